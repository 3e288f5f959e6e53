// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/terminal.h"

#include "core/base/units.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace sunflop {

namespace {

constexpr std::int64_t leastWidth = 40;
constexpr std::int64_t mostWidth = 400;

std::string_view variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::int64_t> widthOf(int descriptor, bool isTerminal)
{
    if (const auto columns = parseWhole(variable("COLUMNS")); columns && *columns > 0)
        return *columns;
    winsize size{};
    if (isTerminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return std::nullopt;
}

/// The first that is set decides, as for the C library.
bool isLocaleUtf8()
{
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
        if (std::string locale(variable(name)); !locale.empty()) {
            std::erase(locale, '-');
            std::ranges::transform(locale, locale.begin(), [](unsigned char c) { return std::tolower(c); });
            return locale.find("utf8") != std::string::npos;
        }
    return false;
}

Colours coloursOf(std::string_view terminal)
{
    if (terminal.empty() || terminal == "dumb" || !variable("NO_COLOR").empty())
        return Colours::None;
    const bool hasMany =
        terminal.find("256color") != std::string_view::npos || !variable("COLORTERM").empty();
    return hasMany ? Colours::Many : Colours::Sixteen;
}

} // namespace

Terminal terminalOf(int descriptor)
{
    Terminal found;
    const bool isTerminal = isatty(descriptor) == 1;
    if (const auto width = widthOf(descriptor, isTerminal))
        found.width = static_cast<int>(std::clamp(*width, leastWidth, mostWidth));
    if (!isTerminal)
        return found;
    found.colours = coloursOf(variable("TERM"));
    found.isUnicode = isLocaleUtf8() && variable("TERM") != "dumb";
    return found;
}

} // namespace sunflop
