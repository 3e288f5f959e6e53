// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How calflops words its numbers; its reports are read back and compared character for character.

#include "core/cost/cost_tree.h"
#include "core/model/printed_report.h"

#include <optional>
#include <string>
#include <string_view>

namespace sunflop {

/// A decimal unit: 1e12 is "T".
struct DecimalUnit {
    double size = 1;
    std::string_view prefix;
};

/// The largest of T, G, M, K or none that the value reaches.
DecimalUnit automaticUnit(Count count);

/// count / unit rounded to `precision` decimals, cut to six digits without trailing zeros, a blank and the
/// prefix: "408.17 G", "1.62 M", "896". Saturated counts start with ">= ".
std::string scaledText(Count count, int precision, DecimalUnit unit);

/// Parameters: billions are "B", there is no suffix.
std::string paramsText(Count params);

/// part of total in percent: "71.6836%"; a total of zero is "0%".
std::string percentText(Count part, Count total, int precision);

/// How one report words its numbers. The amounts of the tree always have two decimals and automatic units.
struct ReportStyle {
    int precision = 4;               ///< decimals of the summary and of the shares
    bool flopsShareFromMacs = false; ///< releases up to 0.3.0 divide MACs by the total of FLOPs there
};

/// What stands in front of a module's attributes; `each` is one instance, `whole` the model.
PrintedFigures printedFigures(const Costs& each, const Costs& whole, const ReportStyle& style = {});

/// The summary of a whole model. Amounts are in `unit`, or where there is none in T from a billion on, as the
/// makers of the reference reports set it, and automatic below.
PrintedSummary printedSummary(const Costs& whole, const ReportStyle& style = {},
                              std::optional<DecimalUnit> unit = std::nullopt);

} // namespace sunflop
