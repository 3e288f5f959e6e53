// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Numbers as text, and text as numbers.

#include "core/base/count.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace sunflop {

/// Every digit; "saturated" counts print as ">= 9223372036854775807".
std::string exactText(Count count);

/// A float as Python's repr() prints it: 1e-06, 0.0, 1.5.
std::string pythonFloat(double value);

/// A whole number, with an optional factor k, M, G (1000s) or Ki, Mi, Gi (1024s): "147", "4k", "32Ki".
Result<std::int64_t> parseWhole(std::string_view text);

} // namespace sunflop
