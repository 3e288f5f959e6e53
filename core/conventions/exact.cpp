// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/registry.h"
#include "core/conventions/convention.h"
#include "core/operators/operator.h"
#include "core/operators/quantities.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

namespace sunflop::convention {

namespace {

/// Of an AddMm, what is added is its bias.
Count biasAdds(const Op& op)
{
    return biasOperand(op) ? op.output.shape.elements() : Count(0);
}

Work product(Count macs, Count extraFlops = 0)
{
    return {macs, macs * 2 + extraFlops};
}

/// The two products, and one scaling and a softmax of five for every score.
Work fusedAttention(const Op& op)
{
    const Count pairs = visiblePairs(op);
    const Shape& query = op.inputs.front().shape;
    return product(attentionMacs(op, pairs), Count(query[0]) * query[1] * pairs * 6);
}

/// By definition of the operator.
std::int64_t perElement(const Op& op)
{
    return operatorOf(op.kind).perElement;
}

/// Of a norm, on each element. A mean is one addition, a variance a subtraction, a square and an addition;
/// then the element is multiplied by the reciprocal deviation, scaled and shifted.
std::int64_t normPerElement(const Op& op)
{
    const auto* norm = std::get_if<NormAttributes>(&op.attributes);
    const auto affine = static_cast<std::int64_t>(std::min<std::size_t>(op.inputs.size() - 1, 2));
    if (op.kind == OpKind::RmsNorm)
        return 3 + affine;                                             // square, add, multiply
    return (norm != nullptr && norm->usesStatistics ? 2 : 5) + affine; // subtract and multiply remain
}

/// And 2 for each mean: add epsilon, reciprocal root.
Work normalisation(const Op& op)
{
    return {0, inputElements(op) * normPerElement(op) + normRows(op) * 2};
}

/// Every matrix multiplies once for each position, every bias is added once.
Work recurrence(const Op& op)
{
    const Recurrence layers = recurrenceOf(op);
    return product(layers.positions * layers.weights,
                   layers.positions * (layers.biases + Count(layers.cells) * perElement(op)));
}

/// Every element of a window is added or compared, an average's last operation is its division.
std::optional<Work> pooling(const Op& op)
{
    const auto* pool = std::get_if<PoolAttributes>(&op.attributes);
    if (pool == nullptr || pool->window <= 0)
        return std::nullopt;
    return Work{0, op.output.shape.elements() * pool->window};
}

/// A product for each element that a result is made of, and their sum; one is copied, and so is a table that
/// keeps its size.
std::optional<Work> interpolation(const Op& op)
{
    if (op.inputs.front().shape == op.output.shape && !resamplesByGrid(op))
        return Work{};
    const auto* filter = std::get_if<InterpolateAttributes>(&op.attributes);
    if (filter == nullptr || filter->taps <= 0)
        return std::nullopt;
    return Work{0, filter->taps == 1 ? Count(0) : op.output.shape.elements() * (Count(filter->taps) * 2 - 1)};
}

Work onElements(const Op& op)
{
    const Count elements = operatorOf(op.kind).countsOperand ? inputElements(op) : op.output.shape.elements();
    return {0, elements * perElement(op)};
}

std::optional<Work> count(const Op& op)
{
    if (op.kind == OpKind::NllLoss)
        return Work{0, op.inputs[1].shape.elements()};
    switch (groupOf(op.kind)) {
    case OpGroup::Linear:
    case OpGroup::Product:
    case OpGroup::AddedProduct:
    case OpGroup::Convolution:
    case OpGroup::TransposedConvolution: return product(productMacs(op), biasAdds(op));
    case OpGroup::Attention: return fusedAttention(op);
    case OpGroup::Recurrence: return recurrence(op);
    case OpGroup::Norm: return normalisation(op);
    case OpGroup::Pool: return pooling(op);
    case OpGroup::Interpolation: return interpolation(op);
    case OpGroup::Lookup:
    case OpGroup::Movement: return Work{};
    case OpGroup::Unknown: return std::nullopt;
    default: return onElements(op);
    }
}

std::string_view attentionRule(const Op& op)
{
    const auto& attention = std::get<AttentionAttributes>(op.attributes);
    if (attention.mask != MaskReason::None)
        return "is handed a mask, counts every key for each query and 6 for each score";
    if (!attention.causal)
        return "counts every key for each query and 6 for each score";
    return attention.window > 0
               ? "counts every key that a causal query sees in its window and 6 for each score"
               : "counts every key that a causal query sees and 6 for each score";
}

/// Words that hold a number of the operator's row, by OpKind.
std::vector<std::string> forEachRow(std::string (*words)(const Operator&))
{
    std::vector<std::string> all;
    std::ranges::transform(allOperators(), std::back_inserter(all), words);
    return all;
}

std::string_view elementRule(const Op& op)
{
    static const std::vector<std::string> words = forEachRow([](const Operator& row) {
        return fmt::format("counts {} for each {}", row.perElement, row.gates > 1 ? "unit" : "element");
    });
    return words[static_cast<std::size_t>(op.kind)];
}

std::string_view normRule(const Op& op)
{
    static constexpr std::array<std::string_view, 8> perRow{"",
                                                            "",
                                                            "counts 2 for each element and 2 for each row",
                                                            "counts 3 for each element and 2 for each row",
                                                            "counts 4 for each element and 2 for each row",
                                                            "counts 5 for each element and 2 for each row",
                                                            "counts 6 for each element and 2 for each row",
                                                            "counts 7 for each element and 2 for each row"};
    static constexpr std::array<std::string_view, 8> perChannel{
        "",
        "",
        "counts 2 for each element and 2 for each channel",
        "counts 3 for each element and 2 for each channel",
        "counts 4 for each element and 2 for each channel",
        "counts 5 for each element and 2 for each channel",
        "counts 6 for each element and 2 for each channel",
        "counts 7 for each element and 2 for each channel"};
    return (op.kind == OpKind::BatchNorm ? perChannel : perRow)[static_cast<std::size_t>(normPerElement(op))];
}

std::string_view interpolationRule(const Op& op)
{
    if (op.inputs.front().shape == op.output.shape && !resamplesByGrid(op))
        return "takes a table that keeps its size for a copy";
    if (!interpolation(op))
        return "has no rule for a filter that it is not told";
    return interpolation(op) == Work{} ? rule::nothing
                                       : "counts a product for each element that a result is made of, and "
                                         "adding them up";
}

std::string_view recurrenceRule(const Op& op)
{
    static const std::vector<std::string> words = forEachRow([](const Operator& row) {
        return fmt::format("counts 2 for each multiply-accumulate, biases, and {} for each unit and step",
                           row.perElement);
    });
    return words[static_cast<std::size_t>(op.kind)];
}

std::string_view inWords(const Op& op)
{
    if (op.kind == OpKind::NllLoss)
        return "counts 1 for each label";
    switch (groupOf(op.kind)) {
    case OpGroup::Linear:
    case OpGroup::Product:
    case OpGroup::AddedProduct:
    case OpGroup::Convolution:
    case OpGroup::TransposedConvolution: return rule::product;
    case OpGroup::Attention: return attentionRule(op);
    case OpGroup::Recurrence: return recurrenceRule(op);
    case OpGroup::Norm: return normRule(op);
    case OpGroup::Pool:
        return pooling(op) ? "counts 1 for each element of every window"
                           : "has no rule for a window that it is not told";
    case OpGroup::Interpolation: return interpolationRule(op);
    case OpGroup::Lookup:
    case OpGroup::Movement: return rule::nothing;
    case OpGroup::Unknown: return rule::none;
    default: return elementRule(op);
    }
}

} // namespace

Convention exact()
{
    return {
        .id = "exact",
        .title = "Exact",
        .notes =
            {"What the kernels named in the workload execute: 2 FLOPs per multiply-accumulate, 1 per other "
             "operation on an element, biases included.",
             "Softmax 5 per score, SiLU 4, erf GELU 5, tanh GELU 9, LayerNorm 7 per element and 2 per row; "
             "RMSNorm and rotary embedding as the operators they are written in.",
             "Batch norm with given statistics 4 per element and 2 per channel; the fused RMSNorm 4 per "
             "element and 2 per row; pooling 1 per element of every window; interpolation a product for each "
             "element that a result is made of, and their sum.",
             "LSTM, GRU and RNN: the products of every gate at every step, their biases, and 22, 17 or 2 per "
             "unit for the arithmetic of the cell.",
             "A fused kernel that is told to be causal computes n(n+1)/2 pairs, flash-attn only the band of "
             "a sliding window; one that is handed a mask, and eager attention, compute every pair.",
             "Moving data (embedding look-ups, concatenation, gathering, padding, casts, masks filled in) "
             "costs nothing."},
        .count = count,
        .backward = autogradWork,
        .rule = inWords,
        .biasRule = [](const Op&) { return rule::biasAdds; }};
}

} // namespace sunflop::convention

const sunflop::Convention& sunflop::exactConvention()
{
    static const Convention& entry = *entryNamed(conventions(), convention::exact().id);
    return entry;
}
