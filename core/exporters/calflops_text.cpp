// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/calflops_text.h"

#include <fmt/format.h>
#include <fmt/printf.h>

#include <array>
#include <cstdlib>

namespace sunflop {

namespace {

/// Rounded to decimals as Python's round() does, then printed as C's %g.
std::string roundedText(double value, int precision)
{
    const std::string decimals = fmt::format("{:.{}f}", value, precision);
    return fmt::sprintf("%g", std::strtod(decimals.c_str(), nullptr));
}

constexpr DecimalUnit tera{1e12, "T"};

} // namespace

DecimalUnit automaticUnit(Count count)
{
    static constexpr std::array units{tera, DecimalUnit{1e9, "G"}, DecimalUnit{1e6, "M"},
                                      DecimalUnit{1e3, "K"}};
    for (const DecimalUnit& unit : units)
        if (static_cast<double>(count.value()) >= unit.size)
            return unit;
    return {};
}

std::string scaledText(Count count, int precision, DecimalUnit unit)
{
    const std::string number = roundedText(static_cast<double>(count.value()) / unit.size, precision);
    return fmt::format("{}{}{}{}", count.isSaturated() ? ">= " : "", number, unit.prefix.empty() ? "" : " ",
                       unit.prefix);
}

std::string amountText(Count count, int precision, DecimalUnit unit, std::string_view suffix)
{
    return scaledText(count, precision, unit) + (unit.prefix.empty() ? " " : "") + std::string(suffix);
}

std::string paramsText(Count params)
{
    DecimalUnit unit = automaticUnit(params);
    if (unit.prefix == "G")
        unit.prefix = "B";
    return scaledText(params, 2, unit);
}

std::string percentText(Count part, Count total)
{
    const double share =
        total == Count(0) ? 0 : static_cast<double>(part.value()) / static_cast<double>(total.value());
    return roundedText(100 * share, 4) + "%";
}

DecimalUnit summaryUnit(Count count)
{
    return count >= Count(1'000'000'000) ? tera : automaticUnit(count);
}

} // namespace sunflop
