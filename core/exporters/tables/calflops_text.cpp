// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/calflops_text.h"

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

DecimalUnit summaryUnit(Count count)
{
    return count >= Count(1'000'000'000) ? tera : automaticUnit(count);
}

/// "408.17 GMACs", "0 FLOPS": the blank stays where there is no prefix.
std::string amountText(Count count, int precision, DecimalUnit unit, std::string_view suffix)
{
    return scaledText(count, precision, unit) + (unit.prefix.empty() ? " " : "") + std::string(suffix);
}

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

std::string paramsText(Count params)
{
    DecimalUnit unit = automaticUnit(params);
    if (unit.prefix == "G")
        unit.prefix = "B";
    return scaledText(params, 2, unit);
}

std::string percentText(Count part, Count total, int precision)
{
    const double share =
        total == Count(0) ? 0 : static_cast<double>(part.value()) / static_cast<double>(total.value());
    return roundedText(100 * share, precision) + "%";
}

PrintedFigures printedFigures(const Costs& each, const Costs& whole, const ReportStyle& style)
{
    const Work work = each.forward;
    const Count flopsPart = style.flopsShareFromMacs ? work.macs : work.flops;
    return {.params = paramsText(each.params),
            .macs = amountText(work.macs, 2, automaticUnit(work.macs), "MACs"),
            .flops = amountText(work.flops, 2, automaticUnit(work.flops), "FLOPS"),
            .paramsShare = percentText(each.params, whole.params, style.precision),
            .macsShare = percentText(work.macs, whole.forward.macs, style.precision),
            .flopsShare = percentText(flopsPart, whole.forward.flops, style.precision)};
}

PrintedSummary printedSummary(const Costs& whole, const ReportStyle& style, std::optional<DecimalUnit> unit)
{
    const auto amount = [&](Count count, std::string_view suffix) {
        return amountText(count, style.precision, unit.value_or(summaryUnit(count)), suffix);
    };
    const Work training = whole.forward + whole.backward;
    return {.params = paramsText(whole.params),
            .macs = amount(whole.forward.macs, "MACs"),
            .flops = amount(whole.forward.flops, "FLOPS"),
            .trainingMacs = amount(training.macs, "MACs"),
            .trainingFlops = amount(training.flops, "FLOPS")};
}

} // namespace sunflop
