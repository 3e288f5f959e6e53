// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A counting convention: what one operator costs in the eyes of one tool.

#include "core/base/count.h"
#include "core/base/result.h"
#include "core/operators/op.h"

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

/// What numpy prints of EinsumAttributes::pathFlops: four digits. Nothing: it is not known.
std::optional<Count> printedPathFlops(const EinsumAttributes& einsum);

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
