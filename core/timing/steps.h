// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Sums over the steps of a decode phase in closed form, from a few of them.

#include "core/timing/kernel.h"

#include <cstdint>
#include <utility>

namespace sunflop {

/// A quantity that runs evenly from its value at the first step to that at the last.
struct Line {
    double first = 0;
    double last = 0;
};

/// Sum of max(0, line) over `steps` >= 1 steps.
double sumOfPositive(Line line, std::int64_t steps);

/// Sum of max(left, right) over `steps` >= 1 steps, each step booked to the larger one; to `right` where they
/// are equal.
struct Split {
    double left = 0;
    double right = 0;
};
Split splitByLarger(Line left, Line right, std::int64_t steps);

/// Steps over which a demand is a linear function of the step.
struct Stretch {
    Demand first;
    Demand last;
    std::int64_t steps = 1;
};

/// Cuts steps first .. last into stretches and visits them in order as visit(first step, stretch). `demand`
/// must be convex or concave and piecewise linear, as rules of conventions are: a stretch is straight where
/// the middle lies on the line between its ends.
template<typename DemandAt, typename Visit>
void forStraightStretches(const DemandAt& demand, std::int64_t first, std::int64_t last, const Visit& visit)
{
    const Demand a = demand(first);
    const Demand c = first == last ? a : demand(last);
    const std::int64_t middle = first + (last - first) / 2;
    const auto isOnLine = [&](Count Demand::*measure, const Demand& b) {
        const double part = static_cast<double>(middle - first) / static_cast<double>(last - first);
        const auto begin = static_cast<double>((a.*measure).value());
        const double expected = begin + part * (static_cast<double>((c.*measure).value()) - begin);
        const double off = static_cast<double>((b.*measure).value()) - expected;
        return off < 0.5 + 1e-12 * expected && off > -0.5 - 1e-12 * expected;
    };
    if (last - first >= 2) {
        const Demand b = demand(middle);
        if (!isOnLine(&Demand::flops, b) || !isOnLine(&Demand::bytes, b)) {
            forStraightStretches(demand, first, middle, visit);
            forStraightStretches(demand, middle + 1, last, visit);
            return;
        }
    }
    visit(first, Stretch{a, c, last - first + 1});
}

} // namespace sunflop
