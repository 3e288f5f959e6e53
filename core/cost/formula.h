// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why an operator costs what it costs: the count as a sum of products with every value filled in.

#include "core/conventions/convention.h"
#include "core/model/trace.h"
#include "core/operators/candidates.h"

#include <cstdint>
#include <optional>

namespace sunflop {

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
