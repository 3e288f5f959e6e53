// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How far apart two sides of a comparison may be where one of them is known but for rounding.

#include "core/cost/comparison.h"

#include <cstdint>
#include <vector>

namespace sunflop {

/// One side whose totals are rounded.
struct RoundedSide {
    const CostTree& costs;
    const std::vector<Costs>& errors;       ///< by node: what its total may be off by; empty: all are exact
    const std::vector<std::int32_t>& rowOf; ///< Comparison::rowOfA or rowOfB
    Count ComparedFigure::*figure;          ///< &ComparedFigure::a or b
};

/// What the figure of each row, as compared() gives it, may be off by on this side: as much as the total of
/// the module whose subtree the row shows, if it shows one, else as all totals that may have been added or
/// subtracted.
std::vector<Count> tolerances(const Comparison& comparison, const RoundedSide& side,
                              const std::vector<ComparedFigure>& figures, const Measure& measure);

/// Whether a difference is no more than rounding can make.
bool isWithin(const ComparedFigure& figure, Count tolerance);

} // namespace sunflop
