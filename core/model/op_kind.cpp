// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/op_kind.h"

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
    case OpKind::Conv1d: return "conv1d";
    case OpKind::Conv3d: return "conv3d";
    case OpKind::ConvTranspose1d: return "conv_transpose1d";
    case OpKind::ConvTranspose2d: return "conv_transpose2d";
    case OpKind::ConvTranspose3d: return "conv_transpose3d";
    case OpKind::AddMm: return "addmm";
    case OpKind::BAddBmm: return "baddbmm";
    case OpKind::Lstm: return "lstm";
    case OpKind::Gru: return "gru";
    case OpKind::Rnn: return "rnn";
    case OpKind::MaxPool: return "max_pool";
    case OpKind::AvgPool: return "avg_pool";
    case OpKind::AdaptiveAvgPool: return "adaptive_avg_pool";
    case OpKind::AdaptiveMaxPool: return "adaptive_max_pool";
    case OpKind::BatchNorm: return "batch_norm";
    case OpKind::GroupNorm: return "group_norm";
    case OpKind::InstanceNorm: return "instance_norm";
    case OpKind::RmsNorm: return "rms_norm";
    case OpKind::Sigmoid: return "sigmoid";
    case OpKind::HardSigmoid: return "hardsigmoid";
    case OpKind::HardSwish: return "hardswish";
    case OpKind::HardTanh: return "hardtanh";
    case OpKind::LeakyReLU: return "leaky_relu";
    case OpKind::ELU: return "elu";
    case OpKind::Softplus: return "softplus";
    case OpKind::Mish: return "mish";
    case OpKind::Elementwise: return "elementwise";
    case OpKind::Reduction: return "reduction";
    case OpKind::Movement: return "movement";
    case OpKind::Unknown: return "unknown";
    }
    return {};
}

bool isConvolution(OpKind kind)
{
    switch (kind) {
    case OpKind::Conv1d:
    case OpKind::Conv2d:
    case OpKind::Conv3d: return true;
    default: return isTransposed(kind);
    }
}

bool isTransposed(OpKind kind)
{
    return kind == OpKind::ConvTranspose1d || kind == OpKind::ConvTranspose2d ||
           kind == OpKind::ConvTranspose3d;
}

bool isRecurrent(OpKind kind)
{
    return kind == OpKind::Lstm || kind == OpKind::Gru || kind == OpKind::Rnn;
}

bool isMatrixProduct(OpKind kind)
{
    return kind == OpKind::Linear || kind == OpKind::MatMul || kind == OpKind::AddMm ||
           kind == OpKind::BAddBmm;
}

bool isNorm(OpKind kind)
{
    switch (kind) {
    case OpKind::LayerNorm:
    case OpKind::BatchNorm:
    case OpKind::GroupNorm:
    case OpKind::InstanceNorm:
    case OpKind::RmsNorm: return true;
    default: return false;
    }
}

bool isActivation(OpKind kind)
{
    switch (kind) {
    case OpKind::SiLU:
    case OpKind::GeLU:
    case OpKind::GeLUTanh:
    case OpKind::ReLU:
    case OpKind::Tanh:
    case OpKind::Sigmoid:
    case OpKind::HardSigmoid:
    case OpKind::HardSwish:
    case OpKind::HardTanh:
    case OpKind::LeakyReLU:
    case OpKind::ELU:
    case OpKind::Softplus:
    case OpKind::Mish: return true;
    default: return false;
    }
}

bool isElementwise(OpKind kind)
{
    if (isConvolution(kind) || isRecurrent(kind) || isMatrixProduct(kind))
        return false;
    switch (kind) {
    case OpKind::ScaledDotProductAttention:
    case OpKind::Embedding:
    case OpKind::Interpolate:
    case OpKind::ArgMax:
    case OpKind::MaxPool:
    case OpKind::AvgPool:
    case OpKind::AdaptiveAvgPool:
    case OpKind::AdaptiveMaxPool:
    case OpKind::BatchNorm:
    case OpKind::GroupNorm:
    case OpKind::InstanceNorm:
    case OpKind::Reduction:
    case OpKind::Movement:
    case OpKind::Unknown: return false;
    default: return true;
    }
}

} // namespace sunflop
