// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why an operator costs what it costs: the count as a sum of products with every value filled in.

#include "core/conventions/convention.h"
#include "core/model/trace.h"

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

/// One step of an operator.
struct StepFormula {
    Work work;
    Equation macs;              ///< empty: none, or no known form
    Equation flops;             ///< may use the factor "MACs"; empty: none, or no known form
    std::optional<Pairs> pairs; ///< where the factor "pairs" is used
};

/// An operator under a convention. Equations hold: what does not come to the convention's count is left out.
struct Formula {
    bool isCounted = false; ///< the convention has a rule; else the rest is empty
    Work total;             ///< all steps, one instance of the module
    std::int64_t steps = 1;
    StepFormula first;               ///< step 0
    std::optional<StepFormula> last; ///< where the operator grows from step to step
};

Formula formulaOf(const Trace& trace, const Op& op, const Convention& convention);

} // namespace sunflop
