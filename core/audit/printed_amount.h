// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How much a printed amount tells of the count behind it.

#include "core/base/count.h"

#include <string>

namespace sunflop {

/// A range of real values.
struct Interval {
    double low = 0;
    double high = 0;
};

/// The values that print as this amount ("616.56 MMACs", "4.3 B", "896"): `precision` decimals of its unit,
/// cut to six digits. Amounts without a unit are whole numbers and print as they are.
Interval printedInterval(const std::string& amount, int precision = 2);

/// A count known but for rounding: it lies in value - error .. value + error.
struct Rounded {
    Count value;
    Count error; ///< half a unit of the last printed digit; 0: exact
};

/// The middle of printedInterval().
Rounded rounded(const std::string& amount);

} // namespace sunflop
