// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/printed_amount.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace sunflop {

namespace {

Count whole(double value)
{
    constexpr double limit = 9e18; // what a count holds
    return value >= limit ? Count::saturated() : Count(std::llround(value));
}

} // namespace

Interval printedInterval(const std::string& amount, int precision)
{
    char* end = nullptr;
    const double number = std::strtod(amount.c_str(), &end);
    const std::string_view rest(end);
    double unit = 1;
    for (const auto& [prefix, size] :
         {std::pair{" T", 1e12}, {" B", 1e9}, {" G", 1e9}, {" M", 1e6}, {" K", 1e3}})
        if (rest.starts_with(prefix) && rest != " MACs")
            unit = size;
    if (unit == 1 || number == 0)
        return {number, number};
    const double sixthDigit = std::pow(10, std::floor(std::log10(number)) - 5);
    const double half = std::max(std::pow(10, -precision), sixthDigit) / 2 * unit;
    return {number * unit - half, number * unit + half};
}

Rounded rounded(const std::string& amount)
{
    const Interval interval = printedInterval(amount);
    return {whole((interval.low + interval.high) / 2), whole((interval.high - interval.low) / 2)};
}

} // namespace sunflop
