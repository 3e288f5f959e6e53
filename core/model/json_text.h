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

/// Reads what a person or a program wrote. A key that stands twice in one object is refused: readers of JSON
/// disagree on which one counts. Infinity and NaN, which Python writes and JSON has no words for, become the
/// texts "Infinity",
/// "-Infinity" and "NaN": harmless where nobody reads them, and refused by name where a number is expected.
Result<nlohmann::json> parseJson(std::string_view text, const JsonLimits& limits = {});
/// The same of an object.
Result<nlohmann::json> parseJsonObject(std::string_view text, const JsonLimits& limits = {});

} // namespace sunflop
