// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/quantities.h"

#include "core/operators/operator.h"

#include <algorithm>

namespace sunflop {

Count inputElements(const Op& op)
{
    return op.inputs.empty() ? Count(0) : op.inputs.front().shape.elements();
}

bool isAffine(const Op& op)
{
    return op.inputs.size() > 1;
}

Count productMacs(const Op& op)
{
    switch (groupOf(op.kind)) {
    case OpGroup::Linear: return linearMacs(op);
    case OpGroup::Convolution:
    case OpGroup::TransposedConvolution: return convolutionMacs(op);
    default: return matmulMacs(op);
    }
}

Count linearMacs(const Op& op)
{
    return op.inputs[0].shape.elements() * op.inputs[1].shape[0];
}

Count convolutionMacs(const Op& op)
{
    // [out, in / groups, kernel...], or transposed [in, out / groups, kernel...]
    const Shape& weight = op.inputs[1].shape;
    Count filter = 1;
    for (std::size_t i = 1; i < weight.rank(); ++i)
        filter *= weight[i];
    return (isTransposed(op.kind) ? op.inputs[0] : op.output).shape.elements() * filter;
}

Count matmulMacs(const Op& op)
{
    return op.output.shape.elements() * leftOf(op).fromEnd(0).size;
}

const Shape& leftOf(const Op& op)
{
    return op.inputs[op.inputs.size() - 2].shape;
}

const Shape& rightOf(const Op& op)
{
    return op.inputs.back().shape;
}

Count normRows(const Op& op)
{
    const Shape& shape = op.inputs.front().shape;
    const auto* norm = std::get_if<NormAttributes>(&op.attributes);
    if (op.kind == OpKind::BatchNorm && shape.rank() > 1)
        return shape[1];
    if (norm != nullptr && norm->rows > 0)
        return norm->rows;
    if (op.kind == OpKind::InstanceNorm && shape.rank() > 1)
        return Count(shape[0]) * shape[1];
    const std::int64_t width = shape.rank() > 0 ? shape.fromEnd(0).size : 1;
    return width > 0 ? Count(shape.elements().value() / width) : Count(0);
}

Recurrence recurrenceOf(const Op& op)
{
    Recurrence result{.positions = 1};
    const Shape& input = op.inputs.front().shape;
    for (std::size_t i = 0; i + 1 < input.rank(); ++i)
        result.positions *= input[i];
    for (std::size_t i = 1; i < op.inputs.size(); ++i)
        (op.inputs[i].shape.rank() > 1 ? result.weights : result.biases) += op.inputs[i].shape.elements();
    const auto& recurrent = std::get<RecurrentAttributes>(op.attributes);
    const Count passes = Count(recurrent.layers) * (recurrent.isBidirectional ? 2 : 1);
    result.hidden = op.inputs[1].shape[0] / operatorOf(op.kind).gates;
    result.cells = (passes * result.hidden).value();
    result.operands =
        static_cast<std::int64_t>(op.inputs.size() - 1) / std::max<std::int64_t>(1, passes.value());
    return result;
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
    if (attention.alignment == AttentionAttributes::Alignment::First) {
        const std::int64_t all = op.inputs[0].shape[2];
        const std::int64_t rising = std::min(all, keys); // from here on a query sees every key
        return rising == 0 ? Count(0) : arithmeticSeries(1, rising, rising) + Count(all - rising) * keys;
    }
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

bool resamplesByGrid(const Op& op)
{
    const auto* filter = std::get_if<InterpolateAttributes>(&op.attributes);
    return filter != nullptr && filter->isByGrid;
}

} // namespace sunflop
