// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One operator call: what it is, how the source spelled it, and every operand's shape and dtype.

#include "core/base/count.h"
#include "core/base/dtype.h"
#include "core/base/shape.h"
#include "core/operators/op_kind.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace sunflop {

/// How the model's Python source called the operator. Counters that replace functions by name see only some.
enum class Spelling : std::uint8_t {
    Functional, ///< torch.nn.functional.f(x)
    Function,   ///< torch.f(x)
    Operator,   ///< x * y
    Method,     ///< x.f()
    Captured,   ///< a function object kept since the module was built
    InPlace,    ///< x *= y, x.f_()
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

/// Attributes of a convolution. Sizes of the steps matter only to who does not read them off the shapes; they
/// stand by dimension, outermost first.
struct ConvolutionAttributes {
    std::int64_t groups = 1;
    std::array<std::int64_t, 3> stride{}; ///< 0: not told, and the rest is not either
    std::array<std::int64_t, 3> padding{};
    std::array<std::int64_t, 3> dilation{};
    bool padsByName = false; ///< the call said "same" or "valid"
};

/// Of a pooling: elements of its window. 0: adaptive, the window follows from both sizes.
struct PoolAttributes {
    std::int64_t window = 0;
};

/// Of an interpolation: elements that one element of the result is made of: 1 nearest, 2 linear, 4 bilinear,
/// 8 trilinear, 16 bicubic.
struct InterpolateAttributes {
    std::int64_t taps = 1;
    bool isByFactor = false; ///< the call gave a factor, not a size
    bool isByGrid = false;   ///< positions come from a second tensor: grid_sampler
};

/// Of recurrent layers: how many, one behind the other, and whether each runs in both directions.
struct RecurrentAttributes {
    std::int64_t layers = 1;
    bool isBidirectional = false;
    bool hasBias = true;
};

/// Of a normalisation.
struct NormAttributes {
    std::int64_t rows = 0; ///< sets of elements that share a mean and a deviation; 0: the last dimension's
    bool usesStatistics = false; ///< mean and deviation are given: batch norm in inference
};

/// Why a fused attention kernel is handed a mask, a tensor over all pairs, instead of being told which ones
/// count.
enum class MaskReason : std::uint8_t {
    None,   ///< it is not
    Prefix, ///< keys before the first query: told `is_causal`, the kernel would align it with the first key
    Window, ///< some query does not see all keys before it
    FixedCache, ///< the cache has places that hold nothing yet
    Release,    ///< this release of the library always hands one over
    Caller,     ///< a recorded program does
};

/// Which query/key pairs a fused attention kernel computes. One that is handed a mask computes them all.
struct AttentionAttributes {
    /// Which query stands beside which key in a causal kernel.
    enum class Alignment : std::uint8_t {
        Last,  ///< the last query beside the last key: flash-attn
        First, ///< the first query beside the first key: PyTorch's `is_causal`
    };

    bool causal = false;
    std::int64_t window = 0; ///< keys a query may see, itself included; 0: no limit
    MaskReason mask = MaskReason::None;
    Alignment alignment = Alignment::Last;
};

/// Of what an einsum comes to: products, and sums before them.
struct EinsumAttributes {
    bool isLast = false; ///< its result is the einsum's; counters that see only the whole count here
    bool isBatchedProduct = false; ///< the equation is "abc,abd->acd" or "abc,adc->adb", by other letters too
    std::optional<Count>
        pathFlops; ///< of the whole: pathFlops() in einsum_path.h; nothing: too many operands
};

/// What only some operators have.
using OpAttributes =
    std::variant<std::monostate, ConvolutionAttributes, AttentionAttributes, PoolAttributes,
                 InterpolateAttributes, RecurrentAttributes, NormAttributes, EinsumAttributes>;

// clang-format off
/// One call. Operands stand in PyTorch's argument order:
///   Linear: input [..., in], weight [out, in], bias [out]?
///   Conv1d to Conv3d: input [n?, c, ...], weight [out, c / groups, kernel...], bias [out]?
///   ConvTranspose1d to ConvTranspose3d: input [n?, c, ...], weight [c, out / groups, kernel...], bias [out]?
///   MatMul: left [..., m, k], right [..., k, n], or vectors [k]; leading dimensions broadcast
///   AddMm: input, left [m, k], right [k, n]
///   BAddBmm: input, left [b, m, k], right [b, k, n]
///   ScaledDotProductAttention: query [b, h, m, d], key [b, h', k, d], value [b, h', k, e], mask?
///   Lstm, Gru, Rnn: input [..., in], then every weight and bias as the module's parameters stand
///   Embedding: indices, table [rows, width]
///   norms: input, weight?, bias?
///   elementwise: any number of operands
// clang-format on
struct Op {
    OpKind kind{};
    Spelling spelling = Spelling::Functional;
    std::int32_t module = 0; ///< index into Trace::modules
    std::int32_t phase = 0;  ///< index into Trace::phases
    std::vector<Operand> inputs;
    Operand output;
    OpAttributes attributes;
    std::string_view name = {}; ///< where it is not opName(kind); a literal, or kept by Trace::names
    /// The function that Python called, of which this is the whole or a part: "linear" of an addmm. Empty:
    /// not told, or nameOf(op). Kept by Trace::names.
    std::string_view function = {};

    /// The call as it is at one step of its phase: all extents constant.
    Op at(std::int64_t step) const;
    /// Whether any operand grows from step to step.
    bool grows() const;
};

/// PyTorch's name of the operator that was called.
inline std::string_view nameOf(const Op& op)
{
    return op.name.empty() ? opName(op.kind) : op.name;
}

/// Whether the result takes the place of the first operand: "add_".
bool worksInPlace(const Op& op);

/// Whether there are as many operands as the operator has, of ranks that the comment of Op allows. Who
/// records calls of a program asks this first: rules and formulas read operands without asking again.
bool isWellFormed(const Op& op);

/// Where the bias stands among the operands of a product, convolution or added matrix; nothing: there is
/// none.
std::optional<std::size_t> biasOperand(const Op& op);
/// The call without its bias: of an AddMm or BAddBmm the product alone. Requires biasOperand(op).
Op withoutBias(const Op& op);

} // namespace sunflop
