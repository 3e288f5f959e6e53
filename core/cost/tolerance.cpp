// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/tolerance.h"

#include "core/base/entry.h"

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

/// Adds what stands in each row to the rows above it.
template<typename T>
std::vector<T> summed(const Comparison& comparison, std::vector<T> values)
{
    for (std::size_t i = values.size(); i-- > 1;)
        at(values, comparison.rows[i].parent) += values[i];
    return values;
}

/// Errors of all totals that make up each row. A total is added to its own row and subtracted from its
/// parent's.
std::vector<Count> addedErrors(const Comparison& comparison, const RoundedSide& side, const Measure& measure)
{
    std::vector<Count> added(comparison.rows.size());
    for (std::size_t i = 0; i < side.errors.size(); ++i) {
        const Count error = measure.of(side.errors[i]);
        at(added, side.rowOf[i]) += error;
        if (i > 0)
            at(added, side.rowOf[static_cast<std::size_t>(side.costs.nodes[i].parent)]) += error;
    }
    return summed(comparison, std::move(added));
}

/// Whether the row of a module holds all that is below it; `row` is that row.
bool holdsSubtree(const Comparison& comparison, const RoundedSide& side, std::size_t node, std::int32_t row)
{
    const std::int32_t end = comparison.rows[static_cast<std::size_t>(row)].end;
    return std::all_of(side.rowOf.begin() + static_cast<std::ptrdiff_t>(node),
                       side.rowOf.begin() + side.costs.nodes[node].end,
                       [&](std::int32_t below) { return below >= row && below < end; });
}

} // namespace

std::vector<Count> tolerances(const Comparison& comparison, const RoundedSide& side,
                              const std::vector<ComparedFigure>& figures, const Measure& measure)
{
    std::vector<Count> tolerances(comparison.rows.size());
    if (side.errors.empty())
        return tolerances;
    // Ties move a part of the row above to a row, see compared().
    const std::vector<Count> added = addedErrors(comparison, side, measure);
    for (std::size_t i = 0; i < tolerances.size(); ++i)
        tolerances[i] = at(added, std::max(comparison.rows[i].parent, 0));
    std::vector<std::int32_t> modules(comparison.rows.size());
    for (const std::int32_t row : side.rowOf)
        ++at(modules, row);
    modules = summed(comparison, std::move(modules));
    for (std::size_t i = side.rowOf.size(); i-- > 0;) {
        const CostNode& node = side.costs.nodes[i];
        const std::int32_t row = side.rowOf[i];
        const bool showsTotal = at(figures, row).*side.figure == measure.of(node.total);
        if (showsTotal && at(modules, row) == node.end - static_cast<std::int32_t>(i) &&
            holdsSubtree(comparison, side, i, row))
            at(tolerances, row) = measure.of(side.errors[i]);
    }
    return tolerances;
}

bool isWithin(const ComparedFigure& figure, Count tolerance)
{
    const auto apart = difference(figure);
    return apart && *apart <= tolerance && Count(0) - *apart <= tolerance;
}

} // namespace sunflop
