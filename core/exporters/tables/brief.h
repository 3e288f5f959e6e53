// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Figures of three digits, for people.

#include "core/base/count.h"

#include <string>

namespace sunflop {

/// "4.30 B", "311 M", "896": thousands K, M, then `billion` (B of parameters, G of operations), T, P, E. A
/// saturated count begins with ">= ".
std::string briefCount(Count count, char billion = 'G');
/// "8.02 GiB", "96 B".
std::string briefBytes(Count bytes);
/// "12.5 ms", "1.93 s", "48.1 min", "2.50 h".
std::string briefTime(Count nanoseconds);

} // namespace sunflop
