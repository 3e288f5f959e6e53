// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Comparisons written as lines, and runs as their sides.

#include "core/cost/comparison.h"
#include "core/run/run.h"
#include "tests/support/text.h"

#include <QStringList>

namespace sunflop::test {

inline ComparisonSide sideOf(const Run& run)
{
    return {run.trace, run.costs};
}

/// Rows that are pairs, but for the two models: "a.path = b.path match".
inline QStringList pairsOf(const Comparison& comparison, const ComparisonSide& a, const ComparisonSide& b)
{
    QStringList lines;
    for (const ComparedRow& row : comparison.rows)
        if (row.parent >= 0 && row.a >= 0 && row.b >= 0)
            lines += q(a.trace.path(row.a) + " = " + b.trace.path(row.b) + " ") + q(matchName(row.match));
    return lines;
}

} // namespace sunflop::test
