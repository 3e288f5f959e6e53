// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How much of a device's peaks software reaches, and what every kernel costs besides.

#include "core/base/result.h"
#include "core/operators/access.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sunflop {

/// How a run is executed.
enum class Preset : std::uint8_t {
    Ideal,    ///< the roof itself: peaks reached, nothing between kernels, no avoidable byte moved
    Eager,    ///< PyTorch's kernels, launched one by one from Python
    Compiled, ///< the same kernels, captured once and replayed as a CUDA graph, with a static KV cache
    Fused, ///< a graph of which a compiler has joined neighbouring elementwise operators to one kernel each
};
inline constexpr std::array presets{Preset::Ideal, Preset::Eager, Preset::Compiled, Preset::Fused};

/// "ideal", "eager", "compiled", "fused".
std::string_view presetName(Preset preset);
Result<Preset> presetNamed(std::string_view name);

/// Fractions of a peak, 0..1, and seconds. The constants are few and belong to kinds of kernels, not to
/// models or settings; those of eager PyTorch were read from single kernels of PyTorch 2.11 on an H200 (see
/// efficiency.cpp).
struct Efficiency {
    bool reachesMatmulPeak = false; ///< else matrix products reach the device's own matmulEfficiency
    double attention = 1;           ///< of the peak, in the two products of fused attention
    double vectorFlopsPerScore = 0; ///< fp32 operations that its softmax keeps the vector units busy with
    double maskFlopsPerScore = 0;   ///< the same, for fetching and adding a mask it is handed
    std::int64_t attentionTile = 1; ///< queries and keys that fused attention computes at a time
    std::array<double, 3> bandwidth{1, 1, 1}; ///< of the peak, by Access
    double kernelSeconds = 0;                 ///< of every kernel: start, fill and drain
    double tiledKernelSeconds =
        0; ///< the same of kernels that stage tiles: products, convolutions, attention
    double hostSecondsPerCall = 0; ///< until Python has issued the kernels of one operator; 0: replayed
    bool fuses = false;            ///< neighbouring elementwise operators are one kernel
    bool staticCache = false;      ///< new keys are written in place, not joined to a copy of the cache

    double bandwidthOf(Access access) const { return bandwidth[static_cast<std::size_t>(access)]; }
};

Efficiency efficiencyOf(Preset preset);

} // namespace sunflop
