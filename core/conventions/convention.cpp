// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sunflop {

Result<const Convention*> conventionNamed(std::string_view id)
{
    std::vector<std::string_view> ids;
    for (const Convention& convention : conventions()) {
        if (convention.id == id)
            return &convention;
        ids.push_back(convention.id);
    }
    return failure(ErrorKind::NotFound, std::string(id),
                   fmt::format("no such convention, expected one of {}", fmt::join(ids, ", ")));
}

bool movesData(OpKind kind)
{
    return kind == OpKind::Cat || kind == OpKind::Copy || kind == OpKind::MaskedFill ||
           kind == OpKind::Embedding;
}

Count linearMacs(const Op& op)
{
    return op.inputs[0].shape.elements() * op.inputs[1].shape[0];
}

Count convolutionMacs(const Op& op)
{
    const Shape& weight = op.inputs[1].shape; // [out, in / groups, height, width]
    Count filter = 1;
    for (std::size_t i = 1; i < weight.rank(); ++i)
        filter *= weight[i];
    return op.output.shape.elements() * filter;
}

Count matmulMacs(const Op& op)
{
    return op.output.shape.elements() * op.inputs[0].shape.fromEnd(0).size;
}

Count attentionMacs(const Op& op, Count pairs)
{
    const Shape& query = op.inputs[0].shape;
    const Shape& value = op.inputs[2].shape;
    return Count(query[0]) * query[1] * pairs * (query[3] + value[3]);
}

Count densePairs(const Op& op)
{
    return Count(op.inputs[0].shape[2]) * op.inputs[1].shape[2];
}

Count visiblePairs(const Op& op)
{
    const auto& attention = std::get<AttentionAttributes>(op.attributes);
    if (!attention.causal)
        return densePairs(op);
    const std::int64_t keys = op.inputs[1].shape[2];
    // Query i sees keys - queries + 1 + i keys, at most the window; those before the first key see none.
    const std::int64_t queries = std::min(op.inputs[0].shape[2], keys);
    const std::int64_t first = keys - queries + 1;
    if (queries == 0)
        return 0;
    if (attention.window == 0 || keys <= attention.window)
        return arithmeticSeries(first, keys, queries);
    const std::int64_t growing = std::clamp<std::int64_t>(attention.window - first, 0, queries);
    const Count rising = growing > 0 ? arithmeticSeries(first, first + growing - 1, growing) : Count(0);
    return rising + Count(queries - growing) * attention.window;
}

Work autogradWork(const Op& op, Work forward)
{
    const auto wanted =
        std::ranges::count_if(op.inputs, [](const Operand& input) { return input.requiresGradient; });
    const auto matrices = std::ranges::count_if(
        op.inputs, [](const Operand& input) { return input.requiresGradient && input.shape.rank() > 1; });
    if (wanted == 0)
        return {};
    switch (op.kind) {
    case OpKind::ScaledDotProductAttention: {
        const auto half = [](Count n) { return n.isSaturated() ? n : Count(n.value() / 2); };
        return forward * 2 + Work{half(forward.macs), half(forward.flops)};
    }
    case OpKind::Linear:
    case OpKind::Conv2d: {
        // What is not product is bias: its gradient is one addition per output element, as in the forward.
        const Count products = std::min(forward.flops, forward.macs * 2);
        const bool wantsBias = op.inputs.size() > 2 && op.inputs[2].requiresGradient;
        return {forward.macs * matrices,
                products * matrices + (wantsBias ? forward.flops - products : Count(0))};
    }
    default: return forward * wanted;
    }
}

} // namespace sunflop
