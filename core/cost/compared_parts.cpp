// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/compared_parts.h"

#include "core/base/entry.h"

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

bool hasRowsBelow(const Comparison& comparison, std::int32_t row)
{
    return at(comparison.rows, row).end > row + 1;
}

/// Whether both sides tell what their modules call.
bool areCallsKnown(const ComparisonSide& a, const ComparisonSide& b)
{
    return !a.costs.own.empty() && !b.costs.own.empty();
}

/// Where the parts of each row begin; one more at the end.
std::vector<std::size_t> firstParts(const std::vector<ComparedPart>& parts, std::size_t rows)
{
    std::vector<std::size_t> first(rows + 1);
    for (const ComparedPart& part : parts)
        ++first[static_cast<std::size_t>(part.row) + 1];
    for (std::size_t i = 0; i < rows; ++i)
        first[i + 1] += first[i];
    return first;
}

/// One side's figures of all parts but the rest.
void addNamed(const std::vector<ComparedPart>& parts, const std::vector<std::size_t>& first,
              const std::vector<std::int32_t>& rowOf, const CostTree& costs, const Measure& measure,
              Count ComparedFigure::*side, std::vector<ComparedFigure>& figures)
{
    for (const OwnPart& own : costs.own) {
        if (own.kind == OwnKind::Other)
            continue;
        const auto row = static_cast<std::size_t>(at(rowOf, own.module));
        for (std::size_t i = first[row]; i < first[row + 1]; ++i)
            if (own.is(parts[i].key))
                figures[i].*side += measure.of(own.total);
    }
}

} // namespace

std::vector<ComparedPart> comparedParts(const Comparison& comparison, const ComparisonSide& a,
                                        const ComparisonSide& b)
{
    using Named = std::pair<std::int32_t, const OwnPart*>; // a row, and what a side has there
    const auto named = [&](const ComparisonSide& side, const std::vector<std::int32_t>& rowOf) {
        std::vector<Named> found;
        for (const OwnPart& own : side.costs.own)
            if (own.kind != OwnKind::Other && hasRowsBelow(comparison, at(rowOf, own.module)))
                found.emplace_back(at(rowOf, own.module), &own);
        std::ranges::stable_sort(found, {}, &Named::first);
        return found;
    };
    const bool areKnown = areCallsKnown(a, b);
    const std::vector<Named> inA = areKnown ? named(a, comparison.rowOfA) : std::vector<Named>();
    const std::vector<Named> inB = areKnown ? named(b, comparison.rowOfB) : std::vector<Named>();
    std::vector<ComparedPart> parts;
    auto nextA = inA.begin();
    auto nextB = inB.begin();
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(comparison.rows.size()); ++row) {
        if (!hasRowsBelow(comparison, row))
            continue;
        const auto first = static_cast<std::ptrdiff_t>(parts.size());
        const auto partOf = [&](const OwnPart& own) -> ComparedPart& {
            const auto known = std::find_if(parts.begin() + first, parts.end(),
                                            [&](const ComparedPart& part) { return own.is(part.key); });
            return known != parts.end() ? *known : parts.emplace_back(ComparedPart{row, own.key()});
        };
        for (; nextA != inA.end() && nextA->first == row; ++nextA)
            partOf(*nextA->second).isInA = true;
        for (; nextB != inB.end() && nextB->first == row; ++nextB)
            partOf(*nextB->second).isInB = true;
        const ComparedRow& around = at(comparison.rows, row);
        parts.push_back({row, {OwnKind::Other, "own"}, around.a >= 0, around.b >= 0});
    }
    return parts;
}

std::vector<ComparedFigure> compared(const std::vector<ComparedPart>& parts, const Comparison& comparison,
                                     const ComparisonSide& a, const ComparisonSide& b, const Measure& measure,
                                     const std::vector<ComparedFigure>& rows)
{
    std::vector<ComparedFigure> figures(parts.size());
    const std::vector<std::size_t> first = firstParts(parts, rows.size());
    addNamed(parts, first, comparison.rowOfA, a.costs, measure, &ComparedFigure::a, figures);
    addNamed(parts, first, comparison.rowOfB, b.costs, measure, &ComparedFigure::b, figures);
    std::vector<ComparedFigure> left = rows;
    const auto take = [](ComparedFigure& from, const ComparedFigure& taken) {
        from = {from.a.isSaturated() ? from.a : from.a - taken.a,
                from.b.isSaturated() ? from.b : from.b - taken.b};
    };
    for (std::size_t i = 1; i < rows.size(); ++i)
        take(at(left, comparison.rows[i].parent), rows[i]);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        ComparedFigure& around = at(left, parts[i].row);
        take(around, figures[i]);
        const bool isRest = parts[i].key.kind == OwnKind::Other;
        const auto rest = [](Count count) {
            return count.isSaturated() ? Count(0) : std::max(count, Count(0));
        };
        if (isRest)
            figures[i] = {rest(around.a), rest(around.b)};
    }
    return figures;
}

Change changeOf(const ComparedPart& part, const ComparedFigure& figure, const ComparedFigure& whole)
{
    ComparedRow row;
    row.isInA = part.isInA;
    row.isInB = part.isInB;
    return changeOf(row, figure, whole);
}

} // namespace sunflop
