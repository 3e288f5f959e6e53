// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/subject.h"

#include <algorithm>

namespace sunflop {

namespace {

bool isFloatTensor(const Operand& operand)
{
    return !operand.isNumber && isFloat(operand.dtype);
}

bool isProduct(OpKind kind)
{
    return kind == OpKind::MatMul || kind == OpKind::BAddBmm || kind == OpKind::ScaledDotProductAttention;
}

/// Elementwise arithmetic says what it is for only by its place and its operands.
Subject ofArithmetic(const Op& op, const Module& module, bool isAfterProduct)
{
    const auto has = [&](auto what) { return std::ranges::any_of(op.inputs, what); };
    const bool hasNumber = has(&Operand::isNumber);
    const bool isOnFloats = std::ranges::all_of(
        op.inputs, [](const Operand& input) { return input.isNumber || isFloatTensor(input); });
    const bool isDifference = op.kind == OpKind::Sub || op.kind == OpKind::RSub;
    if (!isOnFloats || (isDifference && hasNumber))
        return Subject::Masks;
    if (module.className == "Linear")
        return Subject::Adapters;
    if (module.role == Role::Attention)
        return hasNumber || isAfterProduct ? Subject::Attention : Subject::Rotary;
    if (hasNumber)
        return Subject::Other;
    if (op.kind == OpKind::Mul)
        return has(&Operand::isParameter) ? Subject::LayerScales : Subject::Gates;
    if (op.kind != OpKind::Add)
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
    if (isActivation(op.kind))
        return Subject::Activations;
    if (op.kind == OpKind::Linear || isConvolution(op.kind) || isRecurrent(op.kind))
        return Subject::Products;
    switch (op.kind) {
    case OpKind::AddMm:
    case OpKind::BAddBmm:
    case OpKind::MatMul: return module.role == Role::Attention ? Subject::Attention : Subject::Products;
    case OpKind::ScaledDotProductAttention: return Subject::Attention;
    case OpKind::Softmax: return module.role == Role::Attention ? Subject::Attention : Subject::Activations;
    case OpKind::LogSoftmax:
    case OpKind::NllLoss: return Subject::Losses;
    case OpKind::Neg:
    case OpKind::Cos:
    case OpKind::Sin: return module.role == Role::Attention ? Subject::Rotary : Subject::Other;
    case OpKind::Interpolate: return Subject::Interpolation;
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::RSub:
    case OpKind::Mul:
    case OpKind::Div: return ofArithmetic(op, module, isAfterProduct);
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
