// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What modules of two models have themselves, beside what is below them: operators and tensors in pairs.

#include "core/cost/comparison.h"

#include <cstdint>
#include <vector>

namespace sunflop {

/// One part of what the modules in one row have themselves. Both sides have it where they call the same
/// operator or hold a tensor of the same name.
struct ComparedPart {
    std::int32_t row = 0; ///< of the comparison; there are rows below it
    OwnKey key;
    bool isInA = false;
    bool isInB = false;
};

/// By row: parts of A in their order, those that only B has, then the rest. Where the calls of a side are not
/// known, as of a printed report, all of both sides is the rest. Depends on modules and their calls only.
std::vector<ComparedPart> comparedParts(const Comparison& comparison, const ComparisonSide& a,
                                        const ComparisonSide& b);

/// One figure for each part; `rows` are those of compared() by the same measure. A row's parts and the rows
/// one level below it sum to it on each side, unless rows below it share a tensor.
std::vector<ComparedFigure> compared(const std::vector<ComparedPart>& parts, const Comparison& comparison,
                                     const ComparisonSide& a, const ComparisonSide& b, const Measure& measure,
                                     const std::vector<ComparedFigure>& rows);

/// What became of a part from A to B, as changeOf() tells of a row.
Change changeOf(const ComparedPart& part, const ComparedFigure& figure, const ComparedFigure& whole);

} // namespace sunflop
