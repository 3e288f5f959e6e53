// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A printed report as one side of a comparison: its own figures, on the module tree of the run behind it.

#include "core/audit/inference.h"
#include "core/cost/measure.h"

#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// What a report prints, as a run. A module's total is the printed figure times its instances; one that is
/// printed without figures (a list) comes to the sum of its children. Printed totals are rounded and need not
/// add up: what rows add up to are differences of totals, which may be below zero; `self` is that difference,
/// but at least zero. Only parameters, MACs and FLOPs are printed; all else in `run.costs` is zero and
/// unknown.
struct PrintedCosts {
    /// Counted as calflops does, with the printed figures for costs. Its model and inputs are those behind
    /// the report; without any its trace has the modules as printed, without operators, roles or parameters.
    Run run;
    std::vector<Costs> errors; ///< by node: what its total may be off by, as it was rounded
    /// How the run was found, if one has the printed tree. It may still count differently from what is
    /// printed: see Inference::fits() and Explanation::mismatches. Its own figures are in its own run.
    std::optional<Inference> behind;
    /// Else why there is none: the place where the trees differ, what was found and what was expected.
    std::string difference;
};

/// Whether a report prints this measure.
bool isPrinted(const Measure& measure);

/// Reads the figures off a report. Refuses sources that are none.
Result<PrintedCosts> printedCosts(const Source& source);

} // namespace sunflop
