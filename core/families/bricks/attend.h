// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Attention of queries over keys and values, by whichever kernel the workload names.

#include "core/families/bricks/blocks.h"

#include <optional>

namespace sunflop {

/// A mask [batch, 1, tokens, keys] as a forward builds it once, additive or, for fused attention from 4.53
/// on, of truth values; nothing where the kernel works without.
struct LayerMask {
    std::optional<Tensor> tensor;
    MaskReason reason = MaskReason::None;
};

/// How one layer attends.
struct Attend {
    AttentionKernel kernel = AttentionKernel::Sdpa;
    bool causal = false;     ///< fused kernels are told so, unless they are handed a mask
    std::int64_t window = 0; ///< keys a query may see, itself included, as flash-attn is told; 0: all
    const LayerMask* mask = nullptr;
    bool groupsKeys = true; ///< fused attention without a mask takes fewer key heads than query heads
    // What eager code does between both products.
    int scalings = 1;              ///< times that the scores are scaled
    bool dividesByRoot = false;    ///< scores / sqrt(d) instead of scores * scale
    bool capsScores = false;       ///< cap * tanh(scores / cap)
    bool floatSoftmax = true;      ///< softmax in float32, cast back; else in the scores' type
    std::string_view dropout = {}; ///< attribute of the module that drops weights; empty: a function does
    double dropoutProbability = 0;
    Mode mode = Mode::Inference;
    Tensor* weights = nullptr; ///< takes the weights where the caller keeps them
};

/// Queries [b, h, m, d] over keys and values [b, h', n, d], h' a divisor of h: [b, h, m, d], in memory as
/// headOrder(kernel) says. Only eager code runs the dropout module.
Tensor attend(Tracer& t, const Tensor& q, const Tensor& k, const Tensor& v, const Attend& how);

/// Keys or values [b, h', n, d] once for every one of `heads` query heads; as they are where that is so.
Tensor repeatedHeads(const Tensor& x, std::int64_t heads);

} // namespace sunflop
