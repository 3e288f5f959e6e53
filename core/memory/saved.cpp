// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/saved.h"

#include "core/conventions/convention.h"
#include "core/model/resampling.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace sunflop {

namespace {

constexpr std::int64_t statisticBytes = 4; // float32
constexpr std::int64_t indexBytes = 8;     // int64

/// Each operand whose partner needs a gradient. What an AddMm adds is no factor.
void addFactors(const Op& op, Saved& saved)
{
    const std::size_t first = biasOperand(op) == std::optional<std::size_t>(0) ? 1 : 0;
    const Operand& left = op.inputs[first];
    const Operand& right = op.inputs[first + 1];
    if (right.requiresGradient)
        saved.add(left);
    if (left.requiresGradient)
        saved.add(right);
}

void addAttention(const Op& op, Saved& saved)
{
    for (const Operand& input : op.inputs) // the mask too
        saved.add(input);
    const Shape& query = op.inputs[0].shape;
    const Count rows = Count(query[0]) * query[1] * query[2];
    if (fallsBackToMath(op)) {
        saved.extraBytes = rows * op.inputs[1].shape[2] * info(op.output.dtype).blockBytes;
    } else {
        saved.add(op.output);
        saved.extraBytes = rows * statisticBytes;
    }
}

/// Mean and reciprocal deviation of every row, of a batch norm in training alone. An instance norm is a batch
/// norm of all channels side by side, whose weight is repeated for each image.
void addNorm(const Op& op, Saved& saved)
{
    saved.add(op.inputs[0]);
    const auto* norm = std::get_if<NormAttributes>(&op.attributes);
    if (norm != nullptr && norm->usesStatistics)
        return;
    std::int64_t perRow = op.kind == OpKind::RmsNorm ? 1 : 2;
    if (op.kind == OpKind::InstanceNorm && isAffine(op))
        ++perRow;
    saved.extraBytes = normRows(op) * perRow * statisticBytes;
}

/// Where each maximum stood. An average over everything is a mean, which keeps nothing.
void addPooling(const Op& op, Saved& saved)
{
    const Shape& out = op.output.shape;
    bool isGlobal = op.kind == OpKind::AdaptiveAvgPool;
    for (std::size_t i = 2; i < out.rank(); ++i)
        isGlobal = isGlobal && out[i] == 1;
    if (isGlobal)
        return;
    saved.add(op.inputs[0]);
    if (op.kind == OpKind::MaxPool || op.kind == OpKind::AdaptiveMaxPool)
        saved.extraBytes = out.elements() * indexBytes;
}

/// Gates and states of every step, as the fused cells keep them: four gates, the cell's state and the hidden
/// one of an LSTM; five values and the hidden state of a GRU. Source: thnn_fused_lstm_cell and
/// thnn_fused_gru_cell; what cuDNN reserves is of the same size.
void addRecurrence(const Op& op, Saved& saved)
{
    saved.add(op.inputs[0]);
    saved.add(op.output);
    const Recurrence layers = recurrenceOf(op);
    const std::int64_t values = op.kind == OpKind::Rnn ? 1 : 6;
    saved.extraBytes = layers.positions * layers.cells * values * info(op.output.dtype).blockBytes;
}

bool isOneOf(std::string_view name, std::span<const std::string_view> names)
{
    if (name.ends_with('_'))
        name.remove_suffix(1);
    return std::ranges::find(names, name) != names.end();
}

/// Indices and masks by which a gradient finds its way back; elements that only moved are not needed.
void addIndices(const Op& op, Saved& saved)
{
    for (const Operand& input : op.inputs)
        if (!isFloat(input.dtype))
            saved.add(input);
}

/// By name: derivatives that are written in the result, and those that need no value at all.
void addNamed(const Op& op, Saved& saved)
{
    static constexpr std::array<std::string_view, 9> ofResult{
        "exp", "exp2", "expm1", "sqrt", "rsqrt", "tanh", "reciprocal", "prod", "cumprod"};
    static constexpr std::array<std::string_view, 14> ofNothing{"sum",    "cumsum", "floor", "ceil", "round",
                                                                "trunc",  "sign",   "clone", "rsub", "lerp",
                                                                "nansum", "neg",    "sub",   "add"};
    static constexpr std::array<std::string_view, 9> ofIndices{"max",  "min",    "median", "sort",    "topk",
                                                               "mode", "cummax", "cummin", "kthvalue"};
    if (isOneOf(nameOf(op), ofNothing))
        return;
    if (isOneOf(nameOf(op), ofResult)) {
        saved.add(op.output);
        return;
    }
    if (nameOf(op).ends_with("dropout")) { // which elements stay
        saved.extraBytes = op.output.shape.elements();
        return;
    }
    if (nameOf(op) == "where") {
        addIndices(op, saved);
        return;
    }
    if (op.kind == OpKind::Reduction && op.output.shape.rank() > 0 && isOneOf(nameOf(op), ofIndices)) {
        saved.extraBytes = op.output.shape.elements() * indexBytes;
        return;
    }
    for (const Operand& input : op.inputs)
        saved.add(input);
}

/// At positions that are fixed, resampling is linear and needs no value.
void addGrid(const Op& op, Saved& saved)
{
    if (resamplesByGrid(op))
        for (const Operand& input : op.inputs)
            saved.add(input);
}

bool keepsNothing(OpKind kind)
{
    switch (kind) {
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::RSub:
    case OpKind::Neg:
    case OpKind::Mean:
    case OpKind::ArgMax:
    case OpKind::Cat:
    case OpKind::Copy:
    case OpKind::Unknown: return true;
    default: return false;
    }
}

/// Operators that are neither a product nor a norm.
void addOther(const Op& op, Saved& saved)
{
    switch (op.kind) {
    case OpKind::Mul: addFactors(op, saved); break;
    case OpKind::Div:
        if (!op.inputs[1].isNumber)
            addFactors(op, saved);
        break;
    case OpKind::ScaledDotProductAttention: addAttention(op, saved); break;
    case OpKind::NllLoss:
        saved.add(op.inputs[0]);
        saved.add(op.inputs[1]);
        break;
    case OpKind::Softmax:
    case OpKind::LogSoftmax:
    case OpKind::RSqrt:
    case OpKind::Tanh:
    case OpKind::Sigmoid:
    case OpKind::ReLU: saved.add(op.output); break;
    case OpKind::MaskedFill: saved.extraBytes = op.output.shape.elements(); break; // the mask, one byte each
    case OpKind::MaxPool:
    case OpKind::AvgPool:
    case OpKind::AdaptiveAvgPool:
    case OpKind::AdaptiveMaxPool: addPooling(op, saved); break;
    case OpKind::Interpolate: addGrid(op, saved); break;
    case OpKind::Elementwise:
    case OpKind::Reduction: addNamed(op, saved); break;
    case OpKind::Movement: addIndices(op, saved); break;
    default:
        if (!keepsNothing(op.kind)) // embeddings' indices, and what activations are a function of
            saved.add(op.inputs[0]);
    }
}

} // namespace

void Saved::add(const Operand& operand)
{
    if (operand.storage >= 0 && !operand.isParameter && !operand.isNumber && m_count < m_storages.size())
        m_storages[m_count++] = operand.storage;
}

bool fallsBackToMath(const Op& attention)
{
    const Operand& query = attention.inputs[0];
    return query.dtype == DType::F32 && attention.inputs[1].shape[1] != query.shape[1];
}

Saved savedBy(const Op& op)
{
    Saved saved;
    if (!op.output.requiresGradient)
        return saved;
    if (isNorm(op.kind))
        addNorm(op, saved);
    else if (isMatrixProduct(op.kind) || isConvolution(op.kind))
        addFactors(op, saved);
    else if (isRecurrent(op.kind))
        addRecurrence(op, saved);
    else
        addOther(op, saved);
    return saved;
}

bool passesGradientOn(const Op& op, std::size_t i)
{
    const Operand& input = op.inputs[i];
    switch (op.kind) {
    case OpKind::Add: return input.shape == op.output.shape && input.dtype == op.output.dtype;
    case OpKind::Copy:
        return input.dtype == op.output.dtype && input.shape.elements() == op.output.shape.elements();
    case OpKind::AddMm:
    case OpKind::BAddBmm: return i == 0 && input.shape == op.output.shape && input.dtype == op.output.dtype;
    case OpKind::Reduction: return nameOf(op) == "sum" && input.dtype == op.output.dtype; // expanded
    case OpKind::Cat: return true;
    default: return false;
    }
}

} // namespace sunflop
