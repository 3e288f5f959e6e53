// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/subject.h"

#include <algorithm>

namespace sunflop {

namespace {

bool isFloatTensor(const Operand& operand)
{
    return !operand.isNumber && isFloat(operand.dtype);
}

/// What attention multiplies by; an addmm is a linear layer.
bool isProduct(OpKind kind)
{
    const OpGroup group = groupOf(kind);
    return group == OpGroup::Product || group == OpGroup::Attention || kind == OpKind::BAddBmm;
}

/// Elementwise arithmetic says what it is for only by its place and its operands.
Subject ofArithmetic(const Op& op, const Module& module, bool isAfterProduct)
{
    const auto has = [&](auto what) { return std::ranges::any_of(op.inputs, what); };
    const bool hasNumber = has(&Operand::isNumber);
    const bool isOnFloats = std::ranges::all_of(
        op.inputs, [](const Operand& input) { return input.isNumber || isFloatTensor(input); });
    const bool isDifference = groupOf(op.kind) == OpGroup::Subtraction;
    if (!isOnFloats || (isDifference && hasNumber))
        return Subject::Masks;
    if (module.className == "Linear")
        return Subject::Adapters;
    if (module.role == Role::Attention)
        return hasNumber || isAfterProduct ? Subject::Attention : Subject::Rotary;
    if (hasNumber)
        return Subject::Other;
    if (groupOf(op.kind) == OpGroup::Multiplication)
        return has(&Operand::isParameter) ? Subject::LayerScales : Subject::Gates;
    if (groupOf(op.kind) != OpGroup::Addition)
        return Subject::Other;
    return module.role == Role::Embedding || has(&Operand::isParameter) ? Subject::PositionTables
                                                                        : Subject::Residuals;
}

/// `isAfterProduct`: the module multiplied matrices before, in this phase.
Subject ofCall(const Op& op, const Module& module, bool isAfterProduct)
{
    if (module.role == Role::Norm || isNorm(op.kind))
        return Subject::Norms;
    if (module.className.ends_with("RotaryEmbedding"))
        return Subject::Rotary;
    const auto inAttention = [&](Subject there, Subject elsewhere) {
        return module.role == Role::Attention ? there : elsewhere;
    };
    switch (groupOf(op.kind)) {
    case OpGroup::Linear:
    case OpGroup::Convolution:
    case OpGroup::TransposedConvolution:
    case OpGroup::Recurrence: return Subject::Products;
    case OpGroup::Product:
    case OpGroup::AddedProduct: return inAttention(Subject::Attention, Subject::Products);
    case OpGroup::Attention: return Subject::Attention;
    case OpGroup::Activation: return Subject::Activations;
    case OpGroup::Softmax: return inAttention(Subject::Attention, Subject::Activations);
    case OpGroup::Loss: return Subject::Losses;
    case OpGroup::Rotation: return inAttention(Subject::Rotary, Subject::Other);
    case OpGroup::Interpolation: return Subject::Interpolation;
    case OpGroup::Addition:
    case OpGroup::Subtraction:
    case OpGroup::Multiplication:
    case OpGroup::Division: return ofArithmetic(op, module, isAfterProduct);
    default: return Subject::Other;
    }
}

} // namespace

std::string_view subjectName(Subject subject)
{
    switch (subject) {
    case Subject::Products: return "products";
    case Subject::Biases: return "biases";
    case Subject::Attention: return "attention";
    case Subject::Norms: return "norms";
    case Subject::Activations: return "activations";
    case Subject::Gates: return "gates";
    case Subject::Rotary: return "rotary embedding";
    case Subject::Residuals: return "residual additions";
    case Subject::LayerScales: return "layer scales";
    case Subject::PositionTables: return "position tables";
    case Subject::Interpolation: return "interpolation";
    case Subject::Masks: return "masks and positions";
    case Subject::Losses: return "losses";
    case Subject::Adapters: return "adapters";
    case Subject::Inputs: return "inputs";
    case Subject::Other: return "other operators";
    }
    return {};
}

std::vector<Subject> subjectsOf(const Trace& trace)
{
    std::vector<Subject> subjects;
    subjects.reserve(trace.ops.size());
    std::vector<std::int32_t> multipliedIn(trace.modules.size(), -1); // the last phase with a product
    for (const Op& op : trace.ops) {
        const auto module = static_cast<std::size_t>(op.module);
        subjects.push_back(ofCall(op, trace.modules[module], multipliedIn[module] == op.phase));
        if (isProduct(op.kind))
            multipliedIn[module] = op.phase;
    }
    return subjects;
}

} // namespace sunflop
