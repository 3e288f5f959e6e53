// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Two runs laid beside each other, for exporters that write them down. Differences are B - A.

#include "core/cost/comparison.h"
#include "core/cost/reasons.h"
#include "core/run/run.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// One run, and which of its figures are known.
struct ComparedSide {
    Run run;
    std::vector<std::string_view> known; ///< ids of measures; empty: all
    std::vector<Costs> errors; ///< by node: what its total may be off by, if it was rounded; empty: exact

    bool knows(const Measure& measure) const;
    ComparisonSide tree() const { return {run.trace, run.costs}; }
};

/// What is to be told of two runs.
struct ComparedRuns {
    ComparedSide a;
    ComparedSide b;
    Comparison comparison;
    std::vector<const Measure*> measures; ///< what rows are compared by; empty: as each exporter likes
    std::vector<Reason> reasons;          ///< why two conventions count the same run differently
    std::vector<std::string> notes;       ///< sentences on what was set or left out

    /// Every figure of one measure, by row. Of a side that does not know it they are zero and mean nothing.
    std::vector<ComparedFigure> figures(const Measure& measure) const;
    /// What the differences of these figures may be off by, by row: not more is no difference.
    std::vector<Count> tolerances(const Measure& measure, const std::vector<ComparedFigure>& figures) const;
};

/// A figure as it may be shown: nothing where a side does not know it.
struct KnownFigure {
    std::optional<Count> a;
    std::optional<Count> b;
    Count tolerance; ///< what rounding may make of the difference

    /// Nothing unless both are known.
    std::optional<ComparedFigure> both() const;
    /// Whether both are known, and equal but for rounding.
    bool isRoundedSame() const;
};

/// One line of the summary: a total of both models.
struct ComparedTotal {
    std::string_view id;
    std::string_view title;
    std::string_view unit; ///< as Measure::unit
    KnownFigure figure;
};

/// Parameters, MACs, FLOPs, weights, KV cache, peak memory, and FLOPs per token where a side has tokens.
std::vector<ComparedTotal> comparedTotals(const ComparedRuns& runs);

/// Forward FLOPs for each token that the run passes through the model, prompt and decoding, all sequences:
/// rounded down. Nothing for a model without tokens.
std::optional<Count> flopsPerToken(const Run& run);

/// Texts of a table. In its first `names` columns are names, then figures.
struct ComparedTable {
    std::string title;
    std::size_t names = 1;
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows;
};

/// Totals; then modules by each measure, forward FLOPs if none was asked for; then reasons, if there are any.
std::vector<ComparedTable> comparedTables(const ComparedRuns& runs, std::optional<std::int32_t> depth);

/// The notes, and what is to be told of each run: "A: ...".
std::vector<std::string> comparedNotes(const ComparedRuns& runs);

/// What stands around the tables: the two runs, "A: ..." and "B: ...", and the notes.
std::vector<std::string> comparedCaption(const ComparedRuns& runs);

/// A count for people in the unit of its measure: "4.3 B", "8.02 GiB", "1.52 T", "12.5 ms". Below zero with a
/// minus sign.
std::string figureText(std::string_view id, std::string_view unit, Count count);
/// The same with its sign; an en dash for zero.
std::string differenceText(std::string_view id, std::string_view unit, Count difference);
/// B / A with two decimals, or two digits where it is less than that; "new" or "gone" where only one is zero,
/// an en dash where both are, "n/a" where it is not known.
std::string ratioText(const ComparedFigure& figure);

} // namespace sunflop
