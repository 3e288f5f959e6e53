// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Lines of a written comparison: rows, and parts of what their modules have themselves, with their figures.

#include "core/cost/compared_parts.h"
#include "core/exporters/tables/comparison.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// A row of the comparison, or a part of what its modules have themselves.
struct ComparedLine {
    std::int32_t row = 0;
    std::int32_t part = -1; ///< -1: the row
};

/// Figures of all rows and parts by one measure.
struct ComparedColumn {
    const Measure* measure = nullptr;
    std::vector<ComparedFigure> rows;
    std::vector<ComparedFigure> parts;
    std::vector<Count> rowTolerances; ///< what differences may be off by
    std::vector<Count> partTolerances;

    const ComparedFigure& figure(const ComparedLine& line) const
    {
        return line.part < 0 ? rows[static_cast<std::size_t>(line.row)]
                             : parts[static_cast<std::size_t>(line.part)];
    }
    Count tolerance(const ComparedLine& line) const
    {
        return line.part < 0 ? rowTolerances[static_cast<std::size_t>(line.row)]
                             : partTolerances[static_cast<std::size_t>(line.part)];
    }
};

/// Two runs as they are written down, by some measures. Must not outlive the runs.
class ComparedLines {
public:
    ComparedLines(const ComparedRuns& runs, const std::vector<const Measure*>& shown);

    const std::vector<ComparedColumn>& columns() const { return m_columns; }
    /// Rows that `depth` lets through, in order. The parts of a row that are not zero on both sides in all
    /// columns follow what is below it.
    std::vector<ComparedLine> upTo(std::optional<std::int32_t> depth) const;
    /// Parts of one row that are not zero on both sides in all columns.
    std::vector<ComparedLine> partsOf(std::int32_t row) const;

    KnownFigure known(const ComparedLine& line, const ComparedColumn& column) const;
    bool isInA(const ComparedLine& line) const;
    bool isInB(const ComparedLine& line) const;
    /// Paths of both modules, with the name of the part; nothing where a side has no such module or part.
    std::optional<std::string> pathOfA(const ComparedLine& line) const;
    std::optional<std::string> pathOfB(const ComparedLine& line) const;
    /// "path", "alias", ... of a row; "" of a part.
    std::string_view match(const ComparedLine& line) const;
    /// "module", "operator", "tensor", "other".
    std::string_view kind(const ComparedLine& line) const;
    const ComparedPart& part(const ComparedLine& line) const
    {
        return m_parts[static_cast<std::size_t>(line.part)];
    }

private:
    std::optional<std::string> path(const ComparedLine& line, const Trace& trace, std::int32_t module,
                                    bool isThere) const;

    const ComparedRuns& m_runs;
    std::vector<ComparedPart> m_parts;
    std::vector<std::size_t> m_firstPart; ///< by row; one more at the end
    std::vector<ComparedColumn> m_columns;
};

} // namespace sunflop
