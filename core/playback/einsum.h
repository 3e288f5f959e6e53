// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What torch.einsum computes: matrix products, one for each further operand.

#include "core/base/shape.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// What one operand more comes to: the product of what there is, [batch, rows, inner], and the operand,
/// [batch, inner, columns]. Where nothing is summed over both, an elementwise product of [batch, rows] and
/// [batch, columns].
struct Contraction {
    bool isProduct = true; ///< false: nothing is summed over
    Count batch = 1;
    Count rows = 1;
    Count inner = 1;
    Count columns = 1;
    bool sumsLeft = false; ///< dimensions of one side alone are summed before
    bool sumsRight = false;
};

/// The equation for operands of these shapes.
struct Einsum {
    std::vector<Contraction> contractions; ///< of the first two operands, of their result and the third, ...
    bool sumsOnly = false;                 ///< one operand, and some of its dimensions do not come out
    bool isBatchedProduct = false;         ///< EinsumAttributes
    std::optional<Count> pathFlops;        ///< EinsumAttributes
};

/// Reads "bhqd,bhkd->bhqk", with blanks, "..." and without "->" as PyTorch does. Nothing if the equation does
/// not fit the shapes. Source: einsum() in ATen's Linear.cpp, operands from left to right.
std::optional<Einsum> readEinsum(std::string_view equation, std::span<const Shape> shapes);

} // namespace sunflop
