// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/attend.h"

namespace sunflop {

namespace {

Tensor eagerScores(Tracer& t, const Tensor& q, const Tensor& keys, const Attend& how)
{
    Tensor scores = matmul(q, transpose(keys, 2, 3));
    for (int i = 0; i < how.scalings; ++i)
        scores = how.dividesByRoot ? div(std::move(scores), t.number()) : mul(std::move(scores), t.number());
    if (how.capsScores) {
        scores = tanh(div(std::move(scores), t.number()));
        scores = mul(std::move(scores), t.number());
    }
    if (how.mask == nullptr || !how.mask->tensor)
        return scores;
    Shape seen = how.mask->tensor->shape();
    seen.set(3, scores.size(3));
    return add(std::move(scores), slice(*how.mask->tensor, seen));
}

/// Two matrix products with a softmax between them.
Tensor eagerAttention(Tracer& t, const Tensor& q, const Tensor& keys, const Tensor& values, const Attend& how)
{
    Tensor weights = eagerScores(t, q, keys, how);
    weights = how.floatSoftmax ? floatSoftmax(weights, q.dtype()) : softmax(weights, weights.dtype());
    if (!how.dropout.empty())
        weights = dropout(t, how.dropout, std::move(weights), how.dropoutProbability, how.mode);
    else if (how.mode == Mode::Training && how.dropoutProbability > 0)
        weights = elementwise("dropout", std::move(weights), q.dtype());
    if (how.weights != nullptr)
        *how.weights = weights;
    return matmul(std::move(weights), values);
}

/// PyTorch's or flash-attn's kernel. Handed a mask, PyTorch's reads a key head for each query head.
Tensor fusedAttention(const Tensor& q, const Tensor& k, const Tensor& v, const Attend& how)
{
    if (how.kernel == AttentionKernel::Flash)
        return scaled_dot_product_attention(q, k, v, {.causal = how.causal, .window = how.window});
    const bool isMasked = how.mask != nullptr && how.mask->tensor;
    const std::int64_t heads = isMasked || !how.groupsKeys ? q.shape()[1] : k.shape()[1];
    const Tensor keys = repeatedHeads(k, heads);
    const Tensor values = repeatedHeads(v, heads);
    if (!isMasked)
        return scaled_dot_product_attention(q, keys, values,
                                            {.causal = how.causal && q.size(2) != Extent(1)});
    return scaled_dot_product_attention(q, keys, values, {.mask = how.mask->reason}, how.mask->tensor);
}

} // namespace

Tensor repeatedHeads(const Tensor& x, std::int64_t heads)
{
    return x.size(1) == Extent(heads) ? x : copy(x, {x.size(0), heads, x.size(2), x.size(3)});
}

Tensor attend(Tracer& t, const Tensor& q, const Tensor& k, const Tensor& v, const Attend& how)
{
    if (how.kernel == AttentionKernel::Eager) {
        const std::int64_t heads = q.shape()[1];
        return eagerAttention(t, q, repeatedHeads(k, heads), repeatedHeads(v, heads), how);
    }
    if (!how.dropout.empty()) {
        const auto unused = t.dormant();
        dropout(t, how.dropout, how.dropoutProbability);
    }
    return fusedAttention(q, k, v, how);
}

} // namespace sunflop
