// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a call may cost: sums of products with every value filled in, of which a convention follows one.

#include "core/base/count.h"
#include "core/operators/op.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sunflop {

/// A number in a product and what it stands for: "heads" 16. Without a symbol it is a plain factor.
struct Factor {
    std::string_view symbol;
    Count value;
};

/// A product.
using Term = std::vector<Factor>;

/// A sum of products.
using Equation = std::vector<Term>;

Count valueOf(const Equation& equation);

/// Query/key pairs of one head.
struct Pairs {
    enum class Rule : std::uint8_t {
        All,       ///< queries * keys
        Triangle,  ///< n * (n + 1) / 2: causal, as many queries as keys
        Trapezoid, ///< queries * keys - queries * (queries - 1) / 2: causal, keys before the first query
        Visible,   ///< what a causal kernel sees otherwise: at most `window` keys for each query
    } rule = Rule::All;
    std::int64_t queries = 0;
    std::int64_t keys = 0;
    std::int64_t window = 0; ///< 0: no limit
    Count count;
    MaskReason mask = MaskReason::None; ///< why All, where the kernel is handed a mask
};

/// What an operator may cost: alternatives, of which a convention follows one.
struct Candidates {
    std::vector<Equation> macs;
    std::vector<Equation> extras; ///< FLOPs beside the multiply-accumulates
    std::vector<Equation> flops;  ///< where there are no multiply-accumulates
    std::optional<Pairs> pairs;   ///< where the factor "pairs" is used
};

/// Of a call at one step, in the order in which they are tried.
std::vector<Candidates> candidatesOf(const Op& op);

/// For the rows.
namespace operators {

std::vector<Candidates> linear(const Op& op);
std::vector<Candidates> product(const Op& op); ///< of matrices, of vectors, and with something added
std::vector<Candidates> convolution(const Op& op);
std::vector<Candidates> recurrence(const Op& op); ///< every matrix of every layer, for each position
std::vector<Candidates> attention(const Op& op);  ///< over the pairs that are seen, over all
std::vector<Candidates> elements(const Op& op);   ///< so many operations on each
std::vector<Candidates> norm(const Op& op);       ///< on each element and on each row
std::vector<Candidates> batchNorm(const Op& op);
std::vector<Candidates> rmsNorm(const Op& op);
std::vector<Candidates> pool(const Op& op); ///< every element of a window
/// The positions of a new size; a product for each tap, and their sum.
std::vector<Candidates> interpolation(const Op& op);

} // namespace operators

} // namespace sunflop
