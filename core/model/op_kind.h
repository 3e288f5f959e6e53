// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The kinds of operators that rules are written for.

#include <cstdint>
#include <string_view>

namespace sunflop {

/// Operators under PyTorch's names and at its granularity.
enum class OpKind : std::uint8_t {
    Linear,
    Conv2d,
    MatMul,
    ScaledDotProductAttention,
    Embedding,
    Softmax,
    LogSoftmax,
    NllLoss,
    LayerNorm,
    Add,
    Sub,
    RSub,
    Mul,
    Div,
    Neg,
    Pow,
    Mean,
    RSqrt,
    Cos,
    Sin,
    SiLU,
    GeLU,
    GeLUTanh,
    ReLU,
    Tanh,
    Interpolate,
    ArgMax,
    Cat,
    Copy,
    MaskedFill,
    Conv1d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    AddMm,
    BAddBmm,
    Lstm,
    Gru,
    Rnn,
    MaxPool,
    AvgPool,
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    RmsNorm,
    Sigmoid,
    HardSigmoid,
    HardSwish,
    HardTanh, ///< ReLU6 and clamps between two numbers too
    LeakyReLU,
    ELU,
    Softplus,
    Mish,
    Elementwise, ///< any other operator that does one operation for each element of its result: Op::name
    Reduction,   ///< any other that does one for each element of its first operand: sums, maxima, sorting
    Movement,    ///< any other that moves elements and computes nothing: gather, roll, pad
    Unknown,     ///< nothing is known of it but its name
};

/// PyTorch's name of the operator: "linear", "scaled_dot_product_attention", ...; empty behind the last kind.
std::string_view opName(OpKind kind);

/// Convolutions over one, two or three dimensions; transposed ones are convolutions too.
bool isConvolution(OpKind kind);
bool isTransposed(OpKind kind);
/// LSTM, GRU and plain RNN: whole layers over all time steps in one call.
bool isRecurrent(OpKind kind);
/// Matrix products, with or without something added: everything but convolutions, attention and recurrence.
bool isMatrixProduct(OpKind kind);
/// Normalisations by mean and deviation, or by the root of the mean square.
bool isNorm(OpKind kind);
/// Functions of one element that networks are made non-linear with.
bool isActivation(OpKind kind);

/// Whether each element of the result depends on one element, or one row, of the operands: what a compiler
/// joins to one kernel.
bool isElementwise(OpKind kind);

} // namespace sunflop
