// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Device memory that no tensor of the model explains: defaults to start from, never exact.

#include "core/base/count.h"

#include <cstdint>

namespace sunflop::overheads {

inline constexpr std::int64_t kib = 1 << 10;
inline constexpr std::int64_t mib = 1 << 20;
inline constexpr std::int64_t gib = 1 << 30;

/// CUDA context and the kernels of a run, loaded lazily (CUDA 12).
inline constexpr std::int64_t contextBytes = gib / 2;
/// The same with eager loading, before CUDA 11.7.
inline constexpr std::int64_t eagerContextBytes = gib * 9 / 10;
/// NCCL's buffers after the first collective, per process.
inline constexpr std::int64_t ncclBytes = gib * 6 / 5;
/// What nvidia-smi shows besides context and reserved bytes.
inline constexpr std::int64_t driverBytes = 7 * mib / 2;
/// A gradient bucket of DistributedDataParallel.
inline constexpr std::int64_t ddpBucketBytes = 25 * mib;

/// cuBLAS's workspace per handle and stream, inside of PyTorch's allocator: 32 MiB from Hopper (9.0) on, two
/// buffers of 4096 KiB and eight of 16 KiB before (CUBLAS_WORKSPACE_CONFIG :4096:2:16:8).
constexpr std::int64_t cublasWorkspaceBytes(int capabilityMajor)
{
    return capabilityMajor >= 9 ? 32 * mib : 2 * 4096 * kib + 8 * 16 * kib;
}

/// PyTorch's caching allocator (c10/cuda/CUDACachingAllocator).
namespace allocator {
inline constexpr std::int64_t roundingBytes = 512;     ///< of every request, and its least size
inline constexpr std::int64_t smallRequestBytes = mib; ///< most that is served from small segments
inline constexpr std::int64_t smallSegmentBytes = 2 * mib;
inline constexpr std::int64_t largeRequestBytes = 10 * mib; ///< from here on a segment of its own
inline constexpr std::int64_t largeSegmentBytes = 20 * mib;
inline constexpr std::int64_t segmentRoundingBytes = 2 * mib;
inline constexpr std::int64_t largestRemainderBytes = mib; ///< a block of a large segment is split beyond it

/// What one request takes: at least 512 bytes, in steps of 512.
constexpr Count allocatedBytes(Count requested)
{
    if (requested.isSaturated())
        return requested;
    const std::int64_t steps = (requested.value() + roundingBytes - 1) / roundingBytes;
    return Count(steps < 1 ? 1 : steps) * roundingBytes;
}

/// The segment that is asked of the device when no free block serves a request.
constexpr std::int64_t segmentBytes(std::int64_t allocated)
{
    if (allocated <= smallRequestBytes)
        return smallSegmentBytes;
    if (allocated < largeRequestBytes)
        return largeSegmentBytes;
    return (allocated + segmentRoundingBytes - 1) / segmentRoundingBytes * segmentRoundingBytes;
}
} // namespace allocator

} // namespace sunflop::overheads
