// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A printed module tree laid beside a traced one, and the printed lines that a run explains.

#include "core/exporters/tables/calflops_text.h"
#include "core/model/printed_report.h"
#include "core/run/run.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// For every printed module the index of the traced one, or the first place where the trees differ.
struct Alignment {
    std::vector<std::int32_t> traced; ///< by printed index
    std::string difference;           ///< "path: found X, expected Y"; empty if the trees are the same

    bool isComplete() const { return difference.empty(); }
    /// Printed modules that have a traced one.
    std::int64_t paired() const
    {
        return std::ranges::count_if(traced, [](std::int32_t t) { return t >= 0; });
    }
};

/// Pairs modules by name. Names, classes, printed attributes and lengths of runs must agree; a run may be
/// printed folded or one by one.
Alignment align(const PrintedReport& report, const Trace& trace);

/// How the report words its numbers, read off the numbers themselves.
ReportStyle styleOf(const PrintedReport& report);

/// A printed line that a run does not explain.
struct Mismatch {
    std::string place; ///< "line 61, llm.lm_head", or the label of a summary line
    std::string printed;
    std::string expected;
};

/// How many of the report's lines with figures a run prints character for character.
struct Explanation {
    std::int64_t lines = 0;
    std::vector<Mismatch> mismatches;

    std::int64_t explained() const { return lines - static_cast<std::int64_t>(mismatches.size()); }
    bool isComplete() const { return mismatches.empty(); }
};

/// Requires costs under the calflops convention of the trace that `alignment` was made with.
Explanation explain(const PrintedReport& report, const Alignment& alignment, const CostTree& costs,
                    const ReportStyle& style);

} // namespace sunflop
