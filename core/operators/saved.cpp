// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/saved.h"

#include "core/operators/operator.h"
#include "core/operators/quantities.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace sunflop {

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
    if (op.output.requiresGradient)
        operatorOf(op.kind).keep(op, saved);
    return saved;
}

bool passesGradientOn(const Op& op, std::size_t i)
{
    return operatorOf(op.kind).passesGradient(op, i);
}

namespace operators {

namespace {

constexpr std::int64_t statisticBytes = 4; // float32
constexpr std::int64_t indexBytes = 8;     // int64

/// The input and so many numbers of every row, of a batch norm in training alone.
void keepRows(const Op& op, Saved& saved, std::int64_t perRow)
{
    saved.add(op.inputs[0]);
    const auto* norm = std::get_if<NormAttributes>(&op.attributes);
    if (norm == nullptr || !norm->usesStatistics)
        saved.extraBytes = normRows(op) * perRow * statisticBytes;
}

/// Input and states, and `values` of each unit at each step.
void keepUnits(const Op& op, Saved& saved, std::int64_t values)
{
    saved.add(op.inputs[0]);
    saved.add(op.output);
    const Recurrence layers = recurrenceOf(op);
    saved.extraBytes = layers.positions * layers.cells * values * info(op.output.dtype).blockBytes;
}

bool isOneOf(std::string_view name, std::span<const std::string_view> names)
{
    if (name.ends_with('_'))
        name.remove_suffix(1);
    return std::ranges::find(names, name) != names.end();
}

} // namespace

void keepNothing(const Op&, Saved&) {}

void keepInput(const Op& op, Saved& saved)
{
    saved.add(op.inputs[0]);
}

void keepInputs(const Op& op, Saved& saved)
{
    for (const Operand& input : op.inputs)
        saved.add(input);
}

void keepResult(const Op& op, Saved& saved)
{
    saved.add(op.output);
}

void keepMask(const Op& op, Saved& saved)
{
    saved.extraBytes = op.output.shape.elements();
}

void keepIndices(const Op& op, Saved& saved)
{
    for (const Operand& input : op.inputs)
        if (!isFloat(input.dtype))
            saved.add(input);
}

void keepFactors(const Op& op, Saved& saved)
{
    // What an AddMm adds is no factor.
    const std::size_t first = biasOperand(op) == std::optional<std::size_t>(0) ? 1 : 0;
    const Operand& left = op.inputs[first];
    const Operand& right = op.inputs[first + 1];
    if (right.requiresGradient)
        saved.add(left);
    if (left.requiresGradient)
        saved.add(right);
}

void keepDivision(const Op& op, Saved& saved)
{
    if (!op.inputs[1].isNumber)
        keepFactors(op, saved);
}

void keepAttention(const Op& op, Saved& saved)
{
    keepInputs(op, saved); // the mask too
    const Shape& query = op.inputs[0].shape;
    const Count rows = Count(query[0]) * query[1] * query[2];
    if (fallsBackToMath(op)) {
        saved.extraBytes = rows * op.inputs[1].shape[2] * info(op.output.dtype).blockBytes;
    } else {
        saved.add(op.output);
        saved.extraBytes = rows * statisticBytes;
    }
}

void keepStatistics(const Op& op, Saved& saved)
{
    keepRows(op, saved, 2);
}

void keepRootMeanSquare(const Op& op, Saved& saved)
{
    keepRows(op, saved, 1);
}

void keepInstanceStatistics(const Op& op, Saved& saved)
{
    keepRows(op, saved, isAffine(op) ? 3 : 2); // a batch norm of all channels side by side
}

void keepMaxima(const Op& op, Saved& saved)
{
    saved.add(op.inputs[0]);
    saved.extraBytes = op.output.shape.elements() * indexBytes;
}

void keepAverage(const Op& op, Saved& saved)
{
    const Shape& out = op.output.shape;
    for (std::size_t i = 2; i < out.rank(); ++i)
        if (out[i] != 1)
            return saved.add(op.inputs[0]);
}

/// Gates and states of every step, as the fused cells keep them: four gates, the cell's state and the hidden
/// one of an LSTM; five values and the hidden state of a GRU. Source: thnn_fused_lstm_cell and
/// thnn_fused_gru_cell; what cuDNN reserves is of the same size.
void keepGates(const Op& op, Saved& saved)
{
    keepUnits(op, saved, 6);
}

void keepStates(const Op& op, Saved& saved)
{
    keepUnits(op, saved, 1);
}

void keepGrid(const Op& op, Saved& saved)
{
    if (resamplesByGrid(op))
        keepInputs(op, saved);
}

/// Derivatives that are written in the result, those that need no value at all, and those that find their way
/// back by an index.
void keepByName(const Op& op, Saved& saved)
{
    static constexpr std::array<std::string_view, 9> ofResult{
        "exp", "exp2", "expm1", "sqrt", "rsqrt", "tanh", "reciprocal", "prod", "cumprod"};
    static constexpr std::array<std::string_view, 14> ofNothing{"sum",    "cumsum", "floor", "ceil", "round",
                                                                "trunc",  "sign",   "clone", "rsub", "lerp",
                                                                "nansum", "neg",    "sub",   "add"};
    static constexpr std::array<std::string_view, 9> ofIndices{"max",  "min",    "median", "sort",    "topk",
                                                               "mode", "cummax", "cummin", "kthvalue"};
    const std::string_view name = nameOf(op);
    if (isOneOf(name, ofNothing))
        return;
    if (isOneOf(name, ofResult))
        return keepResult(op, saved);
    if (name.ends_with("dropout")) // which elements stay
        return keepMask(op, saved);
    if (name == "where")
        return keepIndices(op, saved);
    if (groupOf(op.kind) == OpGroup::Reduction && op.output.shape.rank() > 0 && isOneOf(name, ofIndices)) {
        saved.extraBytes = op.output.shape.elements() * indexBytes;
        return;
    }
    keepInputs(op, saved);
}

bool passesNothing(const Op&, std::size_t)
{
    return false;
}

bool passesAll(const Op&, std::size_t)
{
    return true;
}

bool passesUnlessBroadcast(const Op& op, std::size_t input)
{
    return op.inputs[input].shape == op.output.shape && op.inputs[input].dtype == op.output.dtype;
}

bool passesUnlessConverted(const Op& op, std::size_t input)
{
    const Operand& from = op.inputs[input];
    return from.dtype == op.output.dtype && from.shape.elements() == op.output.shape.elements();
}

bool passesAdded(const Op& op, std::size_t input)
{
    return input == 0 && passesUnlessBroadcast(op, input);
}

bool passesSum(const Op& op, std::size_t input)
{
    return nameOf(op) == "sum" && op.inputs[input].dtype == op.output.dtype;
}

} // namespace operators

} // namespace sunflop
