// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A printed report as one side of a comparison: its own figures, on the module tree of the run behind it.

#include "core/audit/inference.h"
#include "core/cost/measure.h"

#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// What a report prints, module by module. A module's total is the printed figure times its instances, one
/// that is printed without figures (a list) comes to the sum of its children, and `self` is what a total has
/// beside its children, at least zero: printed totals are rounded and need not add up, so that differences of
/// totals, not `self`, are what rows add up to. Only parameters, MACs and FLOPs are printed; everything else
/// in `costs` is zero and unknown.
struct PrintedCosts {
    /// The run behind the report, if one has the printed tree. Its figures may still differ from the printed
    /// ones: see Inference::fits() and Explanation::mismatches.
    std::optional<Inference> behind;
    /// Else why there is none: the place where the trees differ, what was found and what was expected.
    std::string difference;
    Trace printed; ///< then the modules as printed, without operators, roles or parameters
    CostTree costs;
    std::vector<Costs> errors; ///< by node: what its total may be off by, as it was rounded

    const Trace& trace() const { return behind ? behind->run.trace : printed; }
};

/// Whether a report prints this measure.
bool isPrinted(const Measure& measure);

/// Reads the figures off a report. Refuses sources that are none.
Result<PrintedCosts> printedCosts(const Source& source);

} // namespace sunflop
