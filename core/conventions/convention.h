// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A counting convention: what one operator costs in the eyes of one tool.

#include "core/base/count.h"
#include "core/base/result.h"
#include "core/model/op.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// One registry entry. Rules see an operator at one step: every extent is constant. A rule must be convex or
/// concave and piecewise linear in the size that grows from step to step; then phases are summed exactly from
/// a few steps.
struct Convention {
    std::string_view id;
    std::string_view title;
    /// What a reader of its figures should know, a sentence each.
    std::vector<std::string_view> notes;

    /// Work of one call. Nothing: this convention has no rule for the operator. Zero: free by decision.
    std::optional<Work> (*count)(const Op&) = nullptr;
    /// Work of the gradients of one call whose forward costs `forward`.
    Work (*backward)(const Op&, Work forward) = nullptr;

    /// The same in words, for who asks why two conventions differ: what one call counts apart from its bias,
    /// as the rest of a sentence that begins with the convention: "counts 5 for each element". Calls in the
    /// same words are counted by the same rule. Empty: nothing to say beyond what `count` returns.
    std::string_view (*rule)(const Op&) = nullptr;
    /// And what the bias of a linear layer or convolution counts.
    std::string_view (*biasRule)(const Op&) = nullptr;
};

/// Every convention, in the order of core/CMakeLists.txt; the first is the default.
std::span<const Convention> conventions();
Result<const Convention*> conventionNamed(std::string_view id);

// Entries that others build on.

/// What kernels execute: they take time by it.
const Convention& exactConvention();
/// What calflops prints: reports are checked by it.
const Convention& calflopsConvention();

// Quantities that rules share.

/// Operators that move or reinterpret data and compute nothing.
bool movesData(OpKind kind);
/// Elements of the first operand; 0 without one.
Count inputElements(const Op& op);
/// Whether a norm has a weight.
bool isAffine(const Op& op);
/// Multiply-accumulates of a linear layer, matrix product or convolution.
Count productMacs(const Op& op);
/// Multiply-accumulates of a linear layer: every input element times every output feature.
Count linearMacs(const Op& op);
/// Multiply-accumulates of a convolution: every output element times one filter; of a transposed one every
/// input element times one filter.
Count convolutionMacs(const Op& op);
/// Multiply-accumulates of a matrix product with broadcast leading dimensions, of vectors too; of an AddMm or
/// BAddBmm without what is added.
Count matmulMacs(const Op& op);
/// The left and the right operand of a matrix product.
const Shape& leftOf(const Op& op);
const Shape& rightOf(const Op& op);
/// What numpy prints of EinsumAttributes::pathFlops: four digits. Nothing: it is not known.
std::optional<Count> printedPathFlops(const EinsumAttributes& einsum);
/// Multiply-accumulates of attention over `pairs` query/key pairs per head: scores and weighted values.
Count attentionMacs(const Op& op, Count pairs);
/// All query/key pairs of one head.
Count densePairs(const Op& op);
/// The pairs of one head that a kernel computes: all, or those of a causal, possibly sliding one. A window
/// goes with queries that are aligned with the last keys.
Count visiblePairs(const Op& op);

/// Sets of elements that a norm takes a mean over: channels of a batch norm, else NormAttributes::rows, else
/// vectors of the last dimension.
Count normRows(const Op& op);

/// Recurrent layers of one call: everything that is done at each position of the sequence, in every layer and
/// direction.
struct Recurrence {
    Count positions;           ///< time steps of all sequences
    Count weights;             ///< elements of all matrices: each multiplies one input or state per position
    Count biases;              ///< elements of all vectors
    std::int64_t hidden = 0;   ///< units of one layer and direction
    std::int64_t cells = 0;    ///< units of all layers and directions
    std::int64_t operands = 0; ///< weights and biases of one layer and direction
};
/// Requires isRecurrent(op.kind) and isWellFormed(op).
Recurrence recurrenceOf(const Op& op);

/// Rules that conventions share, as Convention::rule words them.
namespace rule {
inline constexpr std::string_view once = "counts 1 for each element";
inline constexpr std::string_view twice = "counts 2 for each element";
inline constexpr std::string_view fourfold = "counts 4 for each element";
inline constexpr std::string_view fivefold = "counts 5 for each element";
inline constexpr std::string_view product = "counts 2 for each multiply-accumulate";
inline constexpr std::string_view none = "has no rule for these calls";
inline constexpr std::string_view nothing = "counts nothing";
inline constexpr std::string_view biasAdds = "adds the bias to each element of the result";
} // namespace rule

/// Gradients as autograd computes them: a matrix product or convolution costs its forward again for each
/// operand that needs a gradient; fused attention two and a half times its forward, as it computes the scores
/// again; recurrent layers their forward once for what goes back through time and once for their weights.
/// Other operators cost their forward once for each such operand. Nothing comes back through a result that
/// requires no gradient.
Work autogradWork(const Op& op, Work forward);

} // namespace sunflop
