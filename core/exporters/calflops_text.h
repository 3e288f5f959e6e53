// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How calflops words its numbers; its reports are read back and compared character for character.

#include "core/base/count.h"

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

/// "408.17 GMACs", "0 FLOPS": an amount of the tree or, with 4 decimals in T, of the summary.
std::string amountText(Count count, int precision, DecimalUnit unit, std::string_view suffix);

/// Parameters: billions are "B", there is no suffix.
std::string paramsText(Count params);

/// part of total in percent with four decimals: "71.6836%"; a total of zero is "0%".
std::string percentText(Count part, Count total);

/// The unit of the report's summary lines: T, as its makers set it; automatic below a billionth of it all.
DecimalUnit summaryUnit(Count count);

} // namespace sunflop
