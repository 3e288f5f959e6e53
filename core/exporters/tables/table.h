// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The rows that Markdown and LaTeX tables share: short figures over all instances and shares of the model.

#include "core/exporters/exporter.h"

#include <string>
#include <vector>

namespace sunflop {

struct TableRow {
    std::int32_t depth = 0;
    std::string module; ///< name below its parent, "model" for the root; of an own part its name
    std::string className;
    bool isOwn = false; ///< a part of what the module around it has itself, no module
    std::int64_t instances = 1;
    std::string params, macs, flops, share; ///< share of the model's FLOPs
    std::string peak, time;                 ///< bytes at the peak of one device, and of the whole run
};

/// Modules, and of what they have themselves whatever has parameters, MACs or FLOPs.
std::vector<TableRow> tableRows(const Run& run, const ExportOptions& options);

/// The inputs that differ from their defaults, in the order in which the model offers them.
std::vector<Assignment> changedInputs(const Run& run);

/// What stands under a table: model, convention, the inputs that differ from their defaults, and whether the
/// figures are an estimate.
std::string tableCaption(const Run& run);

/// What the figures of a table are.
std::string tableLegend(const Run& run, const ExportOptions& options);

} // namespace sunflop
