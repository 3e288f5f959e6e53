// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The operators, and the groups that rules are written for. What is known of each is its row in rows.inc.

#include <cstdint>
#include <string_view>

namespace sunflop {

/// Operators under PyTorch's names and at its granularity, in the order of their rows.
enum class OpKind : std::uint8_t {
#define OPERATOR(kind, ...) kind,
#include "core/operators/rows.inc"
#undef OPERATOR
};

/// What operators have in common for who does not ask for a single one.
enum class OpGroup : std::uint8_t {
    Linear,                ///< input times a weight's transpose
    Product,               ///< of two matrices or vectors
    AddedProduct,          ///< of two matrices, and something added
    Convolution,           ///< over one, two or three dimensions
    TransposedConvolution, ///< the same
    Attention,             ///< fused
    Recurrence,            ///< whole layers over all time steps in one call
    RecurrentCell,         ///< the arithmetic of one step, without its products
    Lookup,                ///< rows of a table
    Norm,                  ///< by mean and deviation, or by the root of the mean square
    Activation,            ///< functions of one element that networks are made non-linear with
    Softmax,
    Loss, ///< what makes a loss of logits
    Addition,
    Subtraction,
    Multiplication,
    Division,
    Rotation, ///< what rotary embeddings are computed with: sines, cosines, negation
    Pool,
    AdaptivePool,
    Interpolation,
    Elementwise, ///< other functions of one element
    Reduction,   ///< of many elements to one: sums, maxima, sorting
    Movement,    ///< elements that move and are not computed with
    Unknown,
};

OpGroup groupOf(OpKind kind);

/// PyTorch's name of the operator: "linear", "scaled_dot_product_attention", ...
std::string_view opName(OpKind kind);

/// Convolutions, transposed ones too.
bool isConvolution(OpKind kind);
bool isTransposed(OpKind kind);
bool isRecurrent(OpKind kind);
/// Matrix products, with or without something added: everything but convolutions, attention and recurrence.
bool isMatrixProduct(OpKind kind);
bool isNorm(OpKind kind);
bool isActivation(OpKind kind);
/// Operators that move or reinterpret data and compute nothing.
bool movesData(OpKind kind);

/// Whether each element of the result depends on one element, or one row, of the operands: what a compiler
/// joins to one kernel.
bool isElementwise(OpKind kind);

} // namespace sunflop
