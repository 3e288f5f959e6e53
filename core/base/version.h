// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Version numbers of libraries, as far as layouts depend on them.

#include "core/base/result.h"

#include <compare>
#include <string>
#include <string_view>

namespace sunflop {

/// Major and minor number; patch level and suffixes (".dev0") never matter here.
struct Version {
    int major = 0;
    int minor = 0;

    static constexpr int largestPart = 999; ///< so that versions stand in order as 1000 * major + minor

    friend constexpr auto operator<=>(Version, Version) = default;
    std::string text() const { return std::to_string(major) + "." + std::to_string(minor); }

    /// Reads "4.40", "4.45.0.dev0", "5".
    static Result<Version> parse(std::string_view text);
};

} // namespace sunflop
