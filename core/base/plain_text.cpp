// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <limits>

namespace sunflop {

namespace {

struct Character {
    std::size_t bytes = 1;
    char32_t code = U'\uFFFD'; ///< of bytes that are no character
    bool isValid = false;
};

/// The first character of a text that is not empty: by table 3-7 of the Unicode standard.
Character firstOf(std::string_view text)
{
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(i < text.size() ? text[i] : 0);
    };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return {1, lead, true};
    const std::size_t bytes = lead >= 0xc2 && lead < 0xe0   ? 2
                              : lead >= 0xe0 && lead < 0xf0 ? 3
                              : lead >= 0xf0 && lead < 0xf5 ? 4
                                                            : 0;
    if (bytes == 0)
        return {};
    char32_t code = lead & (0xffU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xc0U) != 0x80)
            return {};
        code = code << 6U | (byte(i) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool isSurrogate = code >= 0xd800 && code < 0xe000;
    if (code < smallest[bytes] || isSurrogate || code > 0x10ffff)
        return {};
    return {bytes, code, true};
}

bool isObeyed(char32_t code)
{
    const auto isIn = [code](char32_t first, char32_t last) { return code >= first && code <= last; };
    return code < 0x20 || isIn(0x7f, 0x9f) || code == 0x61c || isIn(0x200e, 0x200f) || isIn(0x2028, 0x202e) ||
           isIn(0x2066, 0x2069) || code == 0xfeff;
}

void append(std::string& line, std::string_view bytes, const Character& character)
{
    if (!character.isValid)
        line += "\xef\xbf\xbd";
    else if (character.code == '\n')
        line += "\\n";
    else if (character.code == '\t')
        line += "\\t";
    else if (isObeyed(character.code))
        fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<std::uint32_t>(character.code));
    else
        line += bytes;
}

bool isPrintable(char c)
{
    return c >= 0x20 && c < 0x7f;
}

} // namespace

std::string plainText(std::string_view text)
{
    return shortened(text, std::numeric_limits<std::size_t>::max());
}

std::string plainLines(std::string_view text)
{
    std::string lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines += plainText(text.substr(0, end));
        if (end < text.size())
            lines += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string shortened(std::string_view text, std::size_t longest)
{
    if (text.size() <= longest && std::ranges::all_of(text, isPrintable))
        return std::string(text);
    std::string line;
    for (std::size_t count = 0; !text.empty(); ++count) {
        if (count == longest)
            return line + "...";
        const Character character = firstOf(text);
        append(line, text.substr(0, character.bytes), character);
        text.remove_prefix(character.bytes);
    }
    return line;
}

} // namespace sunflop
