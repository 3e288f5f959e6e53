// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// JSON that Python wrote, and how much of it is read.

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sunflop {

/// What a JSON text may hold, so that reading it takes a known amount of memory: a value takes some 100
/// bytes.
struct JsonLimits {
    int depth = 64; ///< of lists and objects within each other
    std::size_t values = std::size_t{4} << 20;
};

/// Python writes Infinity and NaN, which JSON has no words for; outside of strings they become `replacement`.
std::string withoutNonFinite(std::string_view text, std::string_view replacement = "null");

/// Parses after a look at the depth and the number of values. Non-finite numbers become null.
Result<nlohmann::json> parseJson(std::string_view text, const JsonLimits& limits = {});

} // namespace sunflop
