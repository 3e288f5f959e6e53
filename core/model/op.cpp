// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/op.h"

#include <algorithm>

namespace sunflop {

namespace {

std::size_t rankOf(const Op& op, std::size_t input)
{
    return input < op.inputs.size() ? op.inputs[input].shape.rank() : 0;
}

/// A weight with as many dimensions as the kernel has and two more, and an input with or without a batch.
bool isConvolutionOver(const Op& op, std::size_t dimensions)
{
    const std::size_t rank = rankOf(op, 0);
    return op.inputs.size() >= 2 && op.inputs.size() <= 3 && rankOf(op, 1) == dimensions + 2 &&
           (rank == dimensions + 1 || rank == dimensions + 2) && op.output.shape.rank() == rank;
}

bool isAttention(const Op& op)
{
    for (std::size_t i = 0; i < 3; ++i)
        if (rankOf(op, i) != 4)
            return false;
    return std::holds_alternative<AttentionAttributes>(op.attributes);
}

/// Behind the input as many operands for every layer in every direction, of which the first two are matrices;
/// the first of them is as high as the hidden size times the gates.
bool isRecurrence(const Op& op)
{
    const auto* recurrent = std::get_if<RecurrentAttributes>(&op.attributes);
    if (recurrent == nullptr || rankOf(op, 0) < 2)
        return false;
    const auto weights = static_cast<std::int64_t>(op.inputs.size()) - 1;
    if (recurrent->layers < 1 || recurrent->layers > weights)
        return false;
    const std::int64_t passes = recurrent->layers * (recurrent->isBidirectional ? 2 : 1);
    const std::int64_t each = weights / passes;
    if (each < 2 || weights % passes != 0)
        return false;
    for (std::int64_t pass = 0; pass < passes; ++pass) {
        const auto first = static_cast<std::size_t>(1 + pass * each);
        if (rankOf(op, first) != 2 || rankOf(op, first + 1) != 2)
            return false;
    }
    return true;
}

} // namespace

bool isWellFormed(const Op& op)
{
    switch (op.kind) {
    case OpKind::Linear: return rankOf(op, 0) >= 1 && rankOf(op, 1) == 2;
    case OpKind::MatMul: return op.inputs.size() == 2 && rankOf(op, 0) >= 1 && rankOf(op, 1) >= 1;
    case OpKind::Embedding: return op.inputs.size() >= 2 && rankOf(op, 1) == 2;
    case OpKind::ScaledDotProductAttention: return isAttention(op);
    case OpKind::AddMm: return op.inputs.size() == 3 && rankOf(op, 1) == 2 && rankOf(op, 2) == 2;
    case OpKind::BAddBmm: return op.inputs.size() == 3 && rankOf(op, 1) == 3 && rankOf(op, 2) == 3;
    case OpKind::Conv1d:
    case OpKind::ConvTranspose1d: return isConvolutionOver(op, 1);
    case OpKind::Conv2d:
    case OpKind::ConvTranspose2d: return isConvolutionOver(op, 2);
    case OpKind::Conv3d:
    case OpKind::ConvTranspose3d: return isConvolutionOver(op, 3);
    case OpKind::BatchNorm: return rankOf(op, 0) >= 2;
    case OpKind::NllLoss:
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Div: return op.inputs.size() == 2;
    case OpKind::Interpolate: return rankOf(op, 0) >= 3 && op.output.shape.rank() == rankOf(op, 0);
    default:
        if (isRecurrent(op.kind))
            return isRecurrence(op);
        return !op.inputs.empty() || op.kind == OpKind::Movement || op.kind == OpKind::Unknown ||
               op.kind == OpKind::Elementwise;
    }
}

bool worksInPlace(const Op& op)
{
    return op.spelling == Spelling::InPlace ||
           (op.output.storage >= 0 && !op.inputs.empty() && op.inputs[0].storage == op.output.storage);
}

std::optional<std::size_t> biasOperand(const Op& op)
{
    if (op.kind == OpKind::AddMm || op.kind == OpKind::BAddBmm)
        return 0;
    if ((op.kind == OpKind::Linear || isConvolution(op.kind)) && op.inputs.size() > 2)
        return 2;
    return std::nullopt;
}

Op withoutBias(const Op& op)
{
    Op plain = op;
    const std::size_t bias = biasOperand(op).value();
    plain.inputs.erase(plain.inputs.begin() + static_cast<std::ptrdiff_t>(bias));
    if (bias == 0)
        plain.kind = OpKind::MatMul;
    return plain;
}

Op Op::at(std::int64_t step) const
{
    Op op = *this;
    for (Operand& input : op.inputs)
        input.shape = input.shape.at(step);
    op.output.shape = op.output.shape.at(step);
    return op;
}

bool Op::grows() const
{
    return output.shape.grows() ||
           std::ranges::any_of(inputs, [](const Operand& input) { return input.shape.grows(); });
}

} // namespace sunflop
