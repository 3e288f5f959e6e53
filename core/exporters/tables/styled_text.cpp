// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/styled_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace sunflop {

namespace {

bool startsCharacter(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// Codes of a colour that is seen on dark and on light ground.
struct RoleColour {
    std::string_view sixteen;
    std::string_view many;
};

/// By Role.
constexpr std::array<RoleColour, roleCount> roleColours{{
    {"90", "38;5;245"}, // other
    {"32", "38;5;36"},  // embedding
    {"34", "38;5;68"},  // attention
    {"33", "38;5;172"}, // mlp
    {"36", "38;5;139"}, // norm
    {"36", "38;5;109"}, // activation
    {"33", "38;5;178"}, // conv
    {"35", "38;5;133"}, // head
    {"31", "38;5;131"}, // projector
    {"35", "38;5;99"},  // router
}};

constexpr std::size_t eighths = 8;
constexpr std::array<std::string_view, eighths> fractions{"",       "\u258f", "\u258e", "\u258d",
                                                          "\u258c", "\u258b", "\u258a", "\u2589"};
constexpr std::string_view block = "\u2588";

/// The part that the middle of a cell belongs to.
Role roleAt(std::span<const Pen::Part> parts, double position)
{
    Role role = Role::Other;
    double end = 0;
    for (const Pen::Part& part : parts) {
        if (part.share > 0)
            role = part.role;
        end += part.share;
        if (position < end)
            break;
    }
    return role;
}

} // namespace

std::size_t widthOf(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, startsCharacter));
}

std::string padded(std::string_view text, std::size_t width, bool isRight)
{
    const std::string blanks(width - std::min(width, widthOf(text)), ' ');
    return isRight ? blanks + std::string(text) : std::string(text) + blanks;
}

std::string cutTo(std::string_view text, std::size_t width)
{
    if (widthOf(text) <= width)
        return std::string(text);
    const std::size_t kept = std::max<std::size_t>(width, 1) - 1;
    std::size_t end = 0;
    for (std::size_t characters = 0; end < text.size(); ++end)
        if (startsCharacter(text[end]) && characters++ == kept)
            break;
    return std::string(text.substr(0, end)) + "\u2026";
}

std::string inAscii(std::string_view text)
{
    using Alike = std::pair<std::string_view, char>;
    static constexpr std::array alike{Alike{"\u00b5", 'u'}, Alike{"\u00d7", 'x'}, Alike{"\u2013", '-'},
                                      Alike{"\u00b7", '-'}, Alike{"\u2026", '.'}};
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        while (end < text.size() && !startsCharacter(text[end]))
            ++end;
        const std::string_view character = text.substr(at, end - at);
        const auto found = std::ranges::find(alike, character, &Alike::first);
        out += character.size() == 1 ? character.front() : found == alike.end() ? '?' : found->second;
        at = end;
    }
    return out;
}

std::string wrapped(std::string_view words, std::size_t indent, std::size_t width)
{
    std::string out;
    std::size_t column = indent;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        const std::string_view word = words.substr(0, end);
        words.remove_prefix(std::min(end + 1, words.size()));
        if (column > indent && column + 1 + widthOf(word) > width) {
            out += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            out += ' ';
            ++column;
        }
        out += word;
        column += widthOf(word);
    }
    return out;
}

std::string Pen::escaped(std::string_view code, std::string_view text) const
{
    return hasColours() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string Pen::warning(std::string_view text) const
{
    return escaped("1;31", text);
}

std::string Pen::inColourOf(Role role, std::string_view text) const
{
    const RoleColour& colour = roleColours[static_cast<std::size_t>(role)];
    return escaped(m_colours == Colours::Many ? colour.many : colour.sixteen, text);
}

std::string Pen::bar(std::span<const Part> parts, std::size_t width) const
{
    double whole = 0;
    for (const Part& part : parts)
        whole += part.share;
    const double length = std::clamp(whole, 0.0, 1.0) * static_cast<double>(width);
    if (length <= 0)
        return {};
    const std::size_t least = m_isUnicode ? 1 : eighths;
    const auto steps = std::max(static_cast<std::size_t>(std::lround(length * eighths)), least);
    const std::size_t cells = m_isUnicode ? steps / eighths : (steps + eighths / 2) / eighths;
    std::string out;
    const auto draw = [&](std::size_t cell, std::string_view text) {
        const double middle = (static_cast<double>(cell) + 0.5) / static_cast<double>(width);
        return inColourOf(roleAt(parts, middle), text);
    };
    std::string stretch;
    for (std::size_t cell = 0; cell < cells; ++cell) {
        stretch += m_isUnicode ? block : "#";
        const auto role = [&](std::size_t at) {
            return roleAt(parts, (static_cast<double>(at) + 0.5) / static_cast<double>(width));
        };
        if (cell + 1 == cells || role(cell) != role(cell + 1)) {
            out += draw(cell, stretch);
            stretch.clear();
        }
    }
    return m_isUnicode && steps % eighths > 0 ? out + draw(cells, fractions[steps % eighths]) : out;
}

} // namespace sunflop
