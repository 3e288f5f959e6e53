// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/steps.h"

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

double at(Line line, std::int64_t step, std::int64_t steps)
{
    return steps == 1 ? line.first
                      : line.first + (line.last - line.first) * static_cast<double>(step) /
                                         static_cast<double>(steps - 1);
}

/// Sum over steps begin .. end - 1 of `steps`.
double sum(Line line, std::int64_t begin, std::int64_t end, std::int64_t steps)
{
    return begin >= end
               ? 0
               : (at(line, begin, steps) + at(line, end - 1, steps)) / 2 * static_cast<double>(end - begin);
}

/// How many of the first steps have the sign of the first one: all, where the sign never changes.
std::int64_t stepsBeforeCrossing(Line line, std::int64_t steps)
{
    if ((line.first > 0) == (line.last > 0))
        return steps;
    const double crossing = line.first / (line.first - line.last) * static_cast<double>(steps - 1);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(crossing)) + 1, 1, steps);
}

} // namespace

double sumOfPositive(Line line, std::int64_t steps)
{
    const std::int64_t before = stepsBeforeCrossing(line, steps);
    const double head = sum(line, 0, before, steps);
    const double tail = sum(line, before, steps, steps);
    return std::max(head, 0.0) + std::max(tail, 0.0);
}

Split splitByLarger(Line left, Line right, std::int64_t steps)
{
    const Line difference{left.first - right.first, left.last - right.last};
    const std::int64_t before = stepsBeforeCrossing(difference, steps);
    Split split;
    (difference.first > 0 ? split.left : split.right) +=
        sum(difference.first > 0 ? left : right, 0, before, steps);
    (difference.last > 0 ? split.left : split.right) +=
        sum(difference.last > 0 ? left : right, before, steps, steps);
    return split;
}

} // namespace sunflop
