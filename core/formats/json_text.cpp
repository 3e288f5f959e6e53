// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/json_text.h"

#include "core/model/json_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

constexpr std::array nonFinite{std::string_view("-Infinity"), std::string_view("Infinity"),
                               std::string_view("NaN")};

/// The end of the string that begins before `at`: behind its quote, or that of the text.
std::size_t stringEnd(std::string_view text, std::size_t at)
{
    for (;;) {
        at = text.find_first_of("\"\\", at);
        if (at == text.npos)
            return text.size();
        if (text[at] == '"')
            return at + 1;
        at = std::min(at + 2, text.size());
    }
}

/// Counts what a parser would keep: it is told by brackets and commas alone.
Result<void> checkLimits(std::string_view text, const JsonLimits& limits)
{
    int depth = 0;
    std::size_t values = 1;
    for (std::size_t at = 0; at < text.size();) {
        switch (text[at++]) {
        case '"': at = stringEnd(text, at); break;
        case '[':
        case '{':
            ++depth;
            ++values;
            break;
        case ']':
        case '}': --depth; break;
        case ',': ++values; break;
        default: break;
        }
        if (depth > limits.depth)
            return failure(ErrorKind::Unsupported, {},
                           fmt::format("JSON nested deeper than {} levels", limits.depth));
    }
    if (values > limits.values)
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("{} JSON values, expected at most {}", values, limits.values));
    return {};
}

} // namespace

std::string withoutNonFinite(std::string_view text, std::string_view replacement)
{
    std::string out;
    out.reserve(text.size() + 16);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const auto word = std::ranges::find_if(
            nonFinite, [&](std::string_view w) { return text.substr(begin).starts_with(w); });
        if (word != nonFinite.end()) {
            out += replacement;
            at += word->size();
            continue;
        }
        at = text[begin] == '"' ? stringEnd(text, begin + 1) : begin + 1;
        out.append(text.substr(begin, at - begin));
    }
    return out;
}

Result<nlohmann::json> parseJson(std::string_view text, const JsonLimits& limits)
{
    if (const auto fits = checkLimits(text, limits); !fits)
        return failure(fits.error());
    const auto isNamed = [&](std::string_view word) { return text.find(word) != text.npos; };
    if (std::ranges::any_of(nonFinite, isNamed)) {
        // Within strings, too: then this changes nothing.
        const std::string plain = withoutNonFinite(text);
        if (plain != text)
            return parseJson(plain, limits);
    }
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::exception& error) {
        return failure(jsonError(text, error));
    }
}

} // namespace sunflop
