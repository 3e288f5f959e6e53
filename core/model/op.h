// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One operator call: what it is, how the source spelled it, and every operand's shape and dtype.

#include "core/base/dtype.h"
#include "core/base/shape.h"

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

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
};

/// PyTorch's name of the operator: "linear", "scaled_dot_product_attention", ...
std::string_view opName(OpKind kind);

/// Whether each element of the result depends on one element, or one row, of the operands: what a compiler
/// joins to one kernel.
bool isElementwise(OpKind kind);

/// How the model's Python source called the operator. Counters that replace functions by name see only some.
enum class Spelling : std::uint8_t {
    Function, ///< torch.f(x) or torch.nn.functional.f(x)
    Operator, ///< x * y
    Method,   ///< x.f()
    Captured, ///< a function object kept since the module was built
    InPlace,  ///< x *= y, x.f_()
};

/// An operand or a result as the operator saw it.
struct Operand {
    Shape shape;
    DType dtype = DType::BF16;
    std::int32_t storage = -1;     ///< which memory it lives in; views share their base's. -1: a number
    bool isNumber = false;         ///< a Python number, not a tensor
    bool isParameter = false;      ///< a weight, not an activation
    bool requiresGradient = false; ///< autograd would compute a gradient for it
};

/// Attributes of a convolution over height and width.
struct ConvolutionAttributes {
    std::int64_t groups = 1;
};

/// Which query/key pairs a fused attention kernel computes. The last query is aligned with the last key.
struct AttentionAttributes {
    bool causal = false;
    std::int64_t window = 0; ///< keys a query may see, itself included; 0: no limit
};

/// What only some operators have.
using OpAttributes = std::variant<std::monostate, ConvolutionAttributes, AttentionAttributes>;

/// One call. Operands stand in PyTorch's argument order:
///   Linear: input [..., in], weight [out, in], bias [out]?     Conv2d: input [n, c, h, w], weight, bias?
///   MatMul: left [..., m, k], right [..., k, n]                Embedding: indices, table [rows, width]
///   ScaledDotProductAttention: query [b, h, m, d], key [b, h', k, d], value [b, h', k, e], mask?
///   LayerNorm: input, weight?, bias?                           elementwise: one or two operands
struct Op {
    OpKind kind{};
    Spelling spelling = Spelling::Function;
    std::int32_t module = 0; ///< index into Trace::modules
    std::int32_t phase = 0;  ///< index into Trace::phases
    std::vector<Operand> inputs;
    Operand output;
    OpAttributes attributes;

    /// The call as it is at one step of its phase: all extents constant.
    Op at(std::int64_t step) const;
    /// Whether any operand grows from step to step.
    bool grows() const;
};

} // namespace sunflop
