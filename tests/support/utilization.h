// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The FLOPs of a GPT training step as Megatron-LM's papers count them, and the share of a peak they come to.

#include <cstdint>

namespace sunflop {

/// Sizes of one iteration of a GPT with an MLP four times as wide as its hidden states.
struct GptStep {
    std::int64_t sequences = 1; ///< global batch
    std::int64_t tokens = 1;    ///< per sequence
    std::int64_t layers = 1;
    std::int64_t hidden = 1;
    std::int64_t vocabulary = 1;
};

/// FLOPs of forward and backward, nothing computed twice: 72 B L s h^2 (1 + s / 6h + V / 12hL).
/// Source: Korthikanti et al. 2022 (arXiv 2205.05198), appendix A.
double modelFlops(const GptStep& step);

/// The same with selective recomputation, which computes attention's scores and weighted values once more:
/// the term of s becomes s / 3h.
double selectiveRecomputeFlops(const GptStep& step);

/// flops / (seconds * devices * peak), 0..1: MFU of modelFlops, HFU of what the hardware computed.
double utilization(double flops, double seconds, std::int64_t devices, double peakFlopsPerSecond);

} // namespace sunflop
