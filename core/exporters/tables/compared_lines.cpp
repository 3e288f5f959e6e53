// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/compared_lines.h"

#include "core/base/entry.h"
#include "core/cost/own_parts.h"

#include <algorithm>

namespace sunflop {

ComparedLines::ComparedLines(const ComparedRuns& runs, const std::vector<const Measure*>& shown)
    : m_runs(runs), m_parts(comparedParts(runs.comparison, runs.a.tree(), runs.b.tree())),
      m_firstPart(runs.comparison.rows.size() + 1)
{
    for (const ComparedPart& part : m_parts)
        ++m_firstPart[static_cast<std::size_t>(part.row) + 1];
    for (std::size_t i = 0; i + 1 < m_firstPart.size(); ++i)
        m_firstPart[i + 1] += m_firstPart[i];
    for (const Measure* measure : shown) {
        ComparedColumn column{.measure = measure, .rows = runs.figures(*measure)};
        column.rowTolerances = runs.tolerances(*measure, column.rows);
        column.parts =
            compared(m_parts, runs.comparison, runs.a.tree(), runs.b.tree(), *measure, column.rows);
        // A part is a row less all that is below it.
        std::vector<Count> sums = column.rowTolerances;
        for (std::size_t i = 1; i < sums.size(); ++i)
            at(sums, runs.comparison.rows[i].parent) += column.rowTolerances[i];
        for (const ComparedPart& part : m_parts)
            column.partTolerances.push_back(at(sums, part.row));
        m_columns.push_back(std::move(column));
    }
}

std::vector<ComparedLine> ComparedLines::partsOf(std::int32_t row) const
{
    std::vector<ComparedLine> lines;
    const auto index = static_cast<std::size_t>(row);
    for (std::size_t i = m_firstPart[index]; i < m_firstPart[index + 1]; ++i) {
        const bool isSome = std::ranges::any_of(m_columns, [&](const ComparedColumn& column) {
            return column.parts[i].a != Count(0) || column.parts[i].b != Count(0);
        });
        if (isSome)
            lines.push_back({row, static_cast<std::int32_t>(i)});
    }
    return lines;
}

std::vector<ComparedLine> ComparedLines::upTo(std::optional<std::int32_t> depth) const
{
    std::vector<ComparedLine> lines;
    std::vector<std::int32_t> open; // rows around the next one, outermost first
    const auto isShown = [&] { return !depth || static_cast<std::int32_t>(open.size()) <= *depth; };
    const auto closeBefore = [&](std::int32_t next) {
        for (; !open.empty() && at(m_runs.comparison.rows, open.back()).end <= next; open.pop_back())
            if (isShown())
                std::ranges::copy(partsOf(open.back()), std::back_inserter(lines));
    };
    const auto count = static_cast<std::int32_t>(m_runs.comparison.rows.size());
    for (std::int32_t row = 0; row < count; ++row) {
        closeBefore(row);
        if (isShown())
            lines.push_back({row});
        open.push_back(row);
    }
    closeBefore(count);
    return lines;
}

KnownFigure ComparedLines::known(const ComparedLine& line, const ComparedColumn& column) const
{
    const ComparedFigure& figure = column.figure(line);
    return {m_runs.a.knows(*column.measure) ? std::optional(figure.a) : std::nullopt,
            m_runs.b.knows(*column.measure) ? std::optional(figure.b) : std::nullopt, column.tolerance(line)};
}

bool ComparedLines::isInA(const ComparedLine& line) const
{
    return line.part < 0 ? at(m_runs.comparison.rows, line.row).isInA : part(line).isInA;
}

bool ComparedLines::isInB(const ComparedLine& line) const
{
    return line.part < 0 ? at(m_runs.comparison.rows, line.row).isInB : part(line).isInB;
}

std::optional<std::string> ComparedLines::path(const ComparedLine& line, const Trace& trace,
                                               std::int32_t module, bool isThere) const
{
    if (module < 0 || !isThere)
        return std::nullopt;
    return line.part < 0 ? trace.path(module)
                         : trace.path(module) + std::string(ownMark) + part(line).key.name;
}

std::optional<std::string> ComparedLines::pathOfA(const ComparedLine& line) const
{
    return path(line, m_runs.a.run.trace, at(m_runs.comparison.rows, line.row).a, isInA(line));
}

std::optional<std::string> ComparedLines::pathOfB(const ComparedLine& line) const
{
    return path(line, m_runs.b.run.trace, at(m_runs.comparison.rows, line.row).b, isInB(line));
}

std::string_view ComparedLines::match(const ComparedLine& line) const
{
    return line.part < 0 ? matchName(at(m_runs.comparison.rows, line.row).match) : std::string_view();
}

std::string_view ComparedLines::kind(const ComparedLine& line) const
{
    return line.part < 0 ? "module" : ownKindName(part(line).key.kind);
}

} // namespace sunflop
