// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/units.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sunflop {

std::string exactText(Count count)
{
    return fmt::format("{}{}", count.isSaturated() ? ">= " : "", count.value());
}

std::string pythonFloat(double value)
{
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".en") == std::string::npos)
        text += ".0";
    return text;
}

Result<std::int64_t> parseWhole(std::string_view text)
{
    struct Factor {
        std::string_view suffix;
        std::int64_t value;
    };
    static constexpr std::array factors{
        Factor{"", 1},          Factor{"k", 1000},          Factor{"K", 1000},
        Factor{"M", 1'000'000}, Factor{"G", 1'000'000'000}, Factor{"Ki", 1 << 10},
        Factor{"Mi", 1 << 20},  Factor{"Gi", 1 << 30},
    };
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    const std::string_view suffix(read.ptr, static_cast<std::size_t>(end - read.ptr));
    for (const Factor& factor : factors) {
        const Count product = Count(number) * factor.value;
        if (read.ec == std::errc() && suffix == factor.suffix && !product.isSaturated())
            return product.value();
    }
    return failure(ErrorKind::Malformed, {},
                   fmt::format("\"{}\" is no whole number, expected one such as 147 or 4k", shortened(text)));
}

} // namespace sunflop
