// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/brief.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace sunflop {

namespace {

constexpr double thousand = 999.5; ///< rounds to it

struct BriefUnit {
    double size = 1;
    std::string_view name;
    double end = thousand; ///< from so many on the next unit is used
};

/// Three digits in the first unit that is large enough; whole numbers of the smallest below it.
std::string brief(Count count, std::string_view smallest, std::span<const BriefUnit> units)
{
    const std::string_view atLeast = count.isSaturated() ? ">= " : "";
    const auto value = static_cast<double>(count.value());
    if (value < units.front().size)
        return fmt::format("{}{}{}", atLeast, count.value(), smallest);
    const auto fits = [&](const BriefUnit& unit) { return value < unit.size * unit.end; };
    const auto found = std::ranges::find_if(units, fits);
    const BriefUnit& unit = found == units.end() ? units.back() : *found;
    const double scaled = value / unit.size;
    const int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
    return fmt::format("{}{:.{}f} {}", atLeast, scaled, decimals, unit.name);
}

} // namespace

std::string briefCount(Count count, char billion)
{
    const std::string_view name(&billion, 1);
    const BriefUnit units[] = {{1e3, "K"}, {1e6, "M"}, {1e9, name}, {1e12, "T"}, {1e15, "P"}, {1e18, "E"}};
    return brief(count, {}, units);
}

std::string briefBytes(Count bytes)
{
    static constexpr BriefUnit units[] = {
        {0x1p10, "KiB"}, {0x1p20, "MiB"}, {0x1p30, "GiB"}, {0x1p40, "TiB"}, {0x1p50, "PiB"}};
    return brief(bytes, " B", units);
}

std::string briefTime(Count nanoseconds)
{
    constexpr double sixty = 60;
    constexpr double many = 120;
    static constexpr BriefUnit units[] = {{1e3, "\u00b5s"},
                                          {1e6, "ms"},
                                          {1e9, "s", many},
                                          {1e9 * sixty, "min", many},
                                          {1e9 * sixty * sixty, "h"}};
    return brief(nanoseconds, " ns", units);
}

} // namespace sunflop
