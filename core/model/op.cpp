// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/op.h"

#include <algorithm>

namespace sunflop {

std::string_view opName(OpKind kind)
{
    switch (kind) {
    case OpKind::Linear: return "linear";
    case OpKind::Conv2d: return "conv2d";
    case OpKind::MatMul: return "matmul";
    case OpKind::ScaledDotProductAttention: return "scaled_dot_product_attention";
    case OpKind::Embedding: return "embedding";
    case OpKind::Softmax: return "softmax";
    case OpKind::LogSoftmax: return "log_softmax";
    case OpKind::NllLoss: return "nll_loss";
    case OpKind::LayerNorm: return "layer_norm";
    case OpKind::Add: return "add";
    case OpKind::Sub: return "sub";
    case OpKind::RSub: return "rsub";
    case OpKind::Mul: return "mul";
    case OpKind::Div: return "div";
    case OpKind::Neg: return "neg";
    case OpKind::Pow: return "pow";
    case OpKind::Mean: return "mean";
    case OpKind::RSqrt: return "rsqrt";
    case OpKind::Cos: return "cos";
    case OpKind::Sin: return "sin";
    case OpKind::SiLU: return "silu";
    case OpKind::GeLU: return "gelu";
    case OpKind::GeLUTanh: return "gelu_tanh";
    case OpKind::ReLU: return "relu";
    case OpKind::Tanh: return "tanh";
    case OpKind::Interpolate: return "interpolate";
    case OpKind::ArgMax: return "argmax";
    case OpKind::Cat: return "cat";
    case OpKind::Copy: return "copy";
    case OpKind::MaskedFill: return "masked_fill";
    }
    return {};
}

bool isElementwise(OpKind kind)
{
    switch (kind) {
    case OpKind::Linear:
    case OpKind::Conv2d:
    case OpKind::MatMul:
    case OpKind::ScaledDotProductAttention:
    case OpKind::Embedding:
    case OpKind::Interpolate:
    case OpKind::ArgMax: return false;
    default: return true;
    }
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
