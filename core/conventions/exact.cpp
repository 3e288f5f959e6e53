// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/registry.h"
#include "core/conventions/convention.h"
#include "core/model/resampling.h"

#include <algorithm>
#include <array>

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

/// Operations on each element by definition of the operator.
std::int64_t perElement(OpKind kind)
{
    switch (kind) {
    case OpKind::Softmax:             // maximum, subtract, exponential, sum, divide
    case OpKind::LogSoftmax:          // maximum, subtract, exponential, sum, subtract
    case OpKind::GeLU:                // divide by sqrt 2, erf, add, halve, multiply
    case OpKind::HardSwish:           // add 3, maximum, minimum, divide by 6, multiply
    case OpKind::Mish: return 5;      // softplus 3, tanh, multiply
    case OpKind::GeLUTanh: return 9;  // cube 2, scale, add, scale, tanh, add, halve, multiply
    case OpKind::SiLU:                // negate, exponential, add, divide
    case OpKind::Sigmoid:             // negate, exponential, add, divide
    case OpKind::HardSigmoid:         // add 3, maximum, minimum, divide by 6
    case OpKind::ELU: return 4;       // compare, exponential, subtract, scale
    case OpKind::Softplus: return 3;  // exponential, add, logarithm
    case OpKind::HardTanh:            // maximum, minimum
    case OpKind::LeakyReLU: return 2; // scale, maximum
    default: return 1;
    }
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

/// Operations on each unit that are not products: adding what comes from input and state, then by definition
/// of the cell.
constexpr std::int64_t perLstmUnit = 4 + 3 * 4 + 1 + 3 + 2; // three sigmoids, tanh, f c + i g, o tanh(c)
constexpr std::int64_t perGruUnit =
    3 + 2 * 4 + 1 + 1 + 4;                 // two sigmoids, r times a state, tanh, (1 - z) n + z h
constexpr std::int64_t perRnnUnit = 1 + 1; // tanh or ReLU

std::int64_t perCell(OpKind kind)
{
    return kind == OpKind::Lstm ? perLstmUnit : kind == OpKind::Gru ? perGruUnit : perRnnUnit;
}

/// Of an operator that has its name alone: one, but for the cells of recurrent layers, whose products are
/// calls of their own.
std::int64_t perElement(std::string_view name)
{
    if (name == "lstm_cell")
        return perLstmUnit;
    if (name == "gru_cell")
        return perGruUnit;
    return name == "rnn_tanh_cell" || name == "rnn_relu_cell" ? perRnnUnit : 1;
}

/// Every matrix multiplies once for each position, every bias is added once.
Work recurrence(const Op& op)
{
    const Recurrence layers = recurrenceOf(op);
    return product(layers.positions * layers.weights,
                   layers.positions * (layers.biases + Count(layers.cells) * perCell(op.kind)));
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

std::optional<Work> count(const Op& op)
{
    if (isMatrixProduct(op.kind) || isConvolution(op.kind))
        return product(productMacs(op), biasAdds(op));
    if (isRecurrent(op.kind))
        return recurrence(op);
    if (isNorm(op.kind))
        return normalisation(op);
    if (movesData(op.kind))
        return Work{};
    switch (op.kind) {
    case OpKind::ScaledDotProductAttention: return fusedAttention(op);
    case OpKind::NllLoss: return Work{0, op.inputs[1].shape.elements()};
    case OpKind::Interpolate: return interpolation(op);
    case OpKind::MaxPool:
    case OpKind::AvgPool: return pooling(op);
    case OpKind::Mean:
    case OpKind::ArgMax:
    case OpKind::Softmax:
    case OpKind::LogSoftmax:
    case OpKind::Reduction:
    case OpKind::AdaptiveAvgPool:
    case OpKind::AdaptiveMaxPool: return Work{0, inputElements(op) * perElement(op.kind)};
    case OpKind::Unknown: return std::nullopt;
    case OpKind::Elementwise: return Work{0, op.output.shape.elements() * perElement(nameOf(op))};
    default: return Work{0, op.output.shape.elements() * perElement(op.kind)};
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

std::string_view elementRule(std::int64_t perElement)
{
    switch (perElement) {
    case 1: return rule::once;
    case 2: return rule::twice;
    case 3: return "counts 3 for each element";
    case 4: return rule::fourfold;
    case 5: return rule::fivefold;
    case perGruUnit: return "counts 17 for each unit";
    case perLstmUnit: return "counts 22 for each unit";
    default: return "counts 9 for each element";
    }
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
    switch (op.kind) {
    case OpKind::Lstm: return "counts 2 for each multiply-accumulate, biases, and 22 for each unit and step";
    case OpKind::Gru: return "counts 2 for each multiply-accumulate, biases, and 17 for each unit and step";
    default: return "counts 2 for each multiply-accumulate, biases, and 2 for each unit and step";
    }
}

std::string_view inWords(const Op& op)
{
    if (isMatrixProduct(op.kind) || isConvolution(op.kind))
        return rule::product;
    if (isRecurrent(op.kind))
        return recurrenceRule(op);
    if (isNorm(op.kind))
        return normRule(op);
    if (movesData(op.kind))
        return rule::nothing;
    switch (op.kind) {
    case OpKind::ScaledDotProductAttention: return attentionRule(op);
    case OpKind::NllLoss: return "counts 1 for each label";
    case OpKind::Interpolate: return interpolationRule(op);
    case OpKind::MaxPool:
    case OpKind::AvgPool:
        return pooling(op) ? "counts 1 for each element of every window"
                           : "has no rule for a window that it is not told";
    case OpKind::Unknown: return rule::none;
    case OpKind::Elementwise: return elementRule(perElement(nameOf(op)));
    default: return elementRule(perElement(op.kind));
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
