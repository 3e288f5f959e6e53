// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/saved.h"

namespace sunflop {

namespace {

constexpr std::int64_t statisticBytes = 4; // float32

/// Each operand whose partner needs a gradient.
void addFactors(const Op& op, Saved& saved)
{
    if (op.inputs[1].requiresGradient)
        saved.add(op.inputs[0]);
    if (op.inputs[0].requiresGradient)
        saved.add(op.inputs[1]);
}

void addAttention(const Op& op, Saved& saved)
{
    for (std::size_t i = 0; i < 3; ++i)
        saved.add(op.inputs[i]);
    const Shape& query = op.inputs[0].shape;
    const Count rows = Count(query[0]) * query[1] * query[2];
    if (fallsBackToMath(op)) {
        saved.extraBytes = rows * op.inputs[1].shape[2] * info(op.output.dtype).blockBytes;
    } else {
        saved.add(op.output);
        saved.extraBytes = rows * statisticBytes;
    }
}

} // namespace

void Saved::add(const Operand& operand)
{
    if (operand.storage >= 0 && !operand.isParameter && !operand.isNumber)
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
    switch (op.kind) {
    case OpKind::Linear:
    case OpKind::Conv2d:
    case OpKind::MatMul:
    case OpKind::Mul: addFactors(op, saved); break;
    case OpKind::Div:
        if (!op.inputs[1].isNumber)
            addFactors(op, saved);
        break;
    case OpKind::ScaledDotProductAttention: addAttention(op, saved); break;
    case OpKind::LayerNorm: {
        saved.add(op.inputs[0]);
        const Count rows = op.inputs[0].shape.elements().value() / op.inputs[0].shape.fromEnd(0).size;
        saved.extraBytes = rows * 2 * statisticBytes; // mean and reciprocal deviation
        break;
    }
    case OpKind::NllLoss:
        saved.add(op.inputs[0]);
        saved.add(op.inputs[1]);
        break;
    case OpKind::Embedding:
    case OpKind::Pow:
    case OpKind::Cos:
    case OpKind::Sin:
    case OpKind::SiLU:
    case OpKind::GeLU:
    case OpKind::GeLUTanh: saved.add(op.inputs[0]); break;
    case OpKind::Softmax:
    case OpKind::LogSoftmax:
    case OpKind::RSqrt:
    case OpKind::Tanh:
    case OpKind::ReLU: saved.add(op.output); break;
    case OpKind::MaskedFill: saved.extraBytes = op.output.shape.elements(); break; // the mask, one byte each
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::RSub:
    case OpKind::Neg:
    case OpKind::Mean:
    case OpKind::Interpolate:
    case OpKind::ArgMax:
    case OpKind::Cat:
    case OpKind::Copy: break;
    default: break;
    }
    return saved;
}

bool passesGradientOn(const Op& op, std::size_t i)
{
    const Operand& input = op.inputs[i];
    switch (op.kind) {
    case OpKind::Add: return input.shape == op.output.shape && input.dtype == op.output.dtype;
    case OpKind::Copy:
        return input.dtype == op.output.dtype && input.shape.elements() == op.output.shape.elements();
    case OpKind::Cat: return true;
    default: return false;
    }
}

} // namespace sunflop
