// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How much memory a request really takes from PyTorch's CUDA caching allocator.

#include "core/base/count.h"

#include <cstdint>

namespace sunflop {

/// Whose rules round a request.
enum class Allocator : std::uint8_t {
    Exact,   ///< what the tensors hold
    Caching, ///< PyTorch's blocks: torch.cuda.max_memory_allocated()
};

/// Bytes of the block that a tensor of `bytes` gets. The caching allocator rounds up to 512 bytes; from 10
/// MiB on a tensor has a segment of whole 2 MiB, and what is left of it stays with the block unless it is
/// more than 1 MiB. Source: CUDACachingAllocator.cpp (kMinBlockSize, kMinLargeAlloc, kRoundLarge,
/// should_split).
Count blockBytes(Count bytes, Allocator allocator);

/// Bytes that the allocator holds from the driver when blocks of `allocated` bytes are live at the peak: an
/// allowance of 5 % and two segments for what fragments cannot be used. An estimate.
Count reservedBytes(Count allocated);

} // namespace sunflop
