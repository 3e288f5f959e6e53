// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/expanded_weights.h"

#include "core/quantisation/quantisation.h"

#include <algorithm>

namespace sunflop {

namespace {

/// The parameter of a call's module that has the operand's shape; null: the operand is none.
const Parameter* parameterOf(const Trace& trace, const Op& op, const Operand& operand)
{
    if (!operand.isParameter || operand.shape.rank() < 2)
        return nullptr;
    // A trained copy of a module (modules_to_save) stands behind the model's own weight, and is what is read.
    const auto& parameters = trace.parameters;
    const auto found = std::find_if(parameters.rbegin(), parameters.rend(), [&](const Parameter& parameter) {
        return parameter.module == op.module && parameter.shape == operand.shape;
    });
    return found == parameters.rend() ? nullptr : &*found;
}

/// Whether this product works on a copy of its weight.
bool isExpanded(const WeightPacking* storage, const Parameter& parameter, const Op& op,
                const Workload& workload)
{
    const bool isTraining = workload.mode == Mode::Training;
    const WeightFormat* format = storage != nullptr ? storage->formatOf(parameter) : nullptr;
    if (format == nullptr)
        return isTraining && isBlockFormat(parameter.dtype);
    if (isTraining)
        return true;
    const std::int64_t columns = std::max<std::int64_t>(1, op.output.shape.fromEnd(0).size);
    return format->isExpanded && op.output.shape.elements() > Count(columns);
}

} // namespace

std::vector<Count> expandedWeights(const Trace& trace, const Workload& workload)
{
    std::vector<Count> bytes;
    const auto method = quantisationOf(workload);
    if (!method && !isBlockFormat(workload.weightDType))
        return bytes;
    std::optional<WeightPacking> storage;
    if (method)
        storage.emplace(trace, *method, workload.mode);
    bytes.resize(trace.ops.size());
    for (std::size_t i = 0; i < trace.ops.size(); ++i) {
        const Op& op = trace.ops[i];
        if (groupOf(op.kind) != OpGroup::Linear)
            continue;
        const Parameter* weight = parameterOf(trace, op, op.inputs[1]);
        if (weight != nullptr && isExpanded(storage ? &*storage : nullptr, *weight, op, workload))
            bytes[i] = byteSize(Shape{weight->shape.elements().value() / workload.tensorParallel},
                                workload.activationDType);
    }
    return bytes;
}

} // namespace sunflop
