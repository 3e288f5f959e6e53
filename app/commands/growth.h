// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Limits on how much more the second of two models may cost: what `compare --fail-above` checks.

#include "core/base/result.h"
#include "core/cost/measure.h"
#include "core/exporters/tables/comparison.h"

#include <span>
#include <string>

namespace sunflop {

/// The most that B may have above A.
struct GrowthLimit {
    const Measure* measure = nullptr; ///< an entry of measures(); never null
    std::string text;                 ///< as the user wrote it: "2%"
    double percent = 0;               ///< of A, where it is a share
    Count absolute;                   ///< else
    bool isShare = false;
};

/// Reads "flops=2%" or "params=1M".
Result<GrowthLimit> growthLimit(const std::string& text);

/// Every limit that B's total passes, and by how much; empty if none. Growth from zero passes every share;
/// where both totals are saturated no limit is known to be kept; growth within the rounding of a printed side
/// is none. Refuses a measure that a side does not know.
Result<std::string> passedLimits(const ComparedRuns& runs, std::span<const GrowthLimit> limits);

} // namespace sunflop
