// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/json_text.h"

#include "core/base/plain_text.h"
#include "core/model/json_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <unordered_set>
#include <vector>

namespace sunflop {

namespace {

using Json = nlohmann::json;

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

/// The text with Python's words for numbers that are none in quotes.
std::string withQuotedNonFinite(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + 16);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const auto word = std::ranges::find_if(
            nonFinite, [&](std::string_view w) { return text.substr(begin).starts_with(w); });
        if (word != nonFinite.end()) {
            out.append(1, '"').append(*word).append(1, '"');
            at += word->size();
            continue;
        }
        at = text[begin] == '"' ? stringEnd(text, begin + 1) : begin + 1;
        out.append(text.substr(begin, at - begin));
    }
    return out;
}

/// Looks on while a text is parsed for a key that stands twice in one object.
class KeyWatch {
public:
    bool operator()(int, Json::parse_event_t event, Json& parsed)
    {
        if (event == Json::parse_event_t::object_start) {
            m_keys.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            m_keys.pop_back();
        } else if (event == Json::parse_event_t::key && !m_error) {
            const auto& key = parsed.get_ref<const std::string&>();
            if (!m_keys.back().insert(key).second)
                m_error = Error{ErrorKind::Malformed, shortened(key), "stands twice, expected one value"};
        }
        return !m_error; // what is discarded is not kept in memory
    }
    const std::optional<Error>& error() const { return m_error; }

private:
    std::vector<std::unordered_set<std::string>> m_keys; ///< of the objects that are open
    std::optional<Error> m_error;
};

} // namespace

Result<Json> parseJson(std::string_view text, const JsonLimits& limits)
{
    if (const auto fits = checkLimits(text, limits); !fits)
        return failure(fits.error());
    const auto isNamed = [&](std::string_view word) { return text.find(word) != text.npos; };
    if (std::ranges::any_of(nonFinite, isNamed)) {
        // Within strings, too: then this changes nothing.
        const std::string plain = withQuotedNonFinite(text);
        if (plain != text)
            return parseJson(plain, limits);
    }
    KeyWatch watch;
    try {
        Json json = Json::parse(text, std::ref(watch));
        if (watch.error())
            return failure(*watch.error());
        return json;
    } catch (const Json::exception& error) {
        return failure(watch.error() ? *watch.error() : jsonError(text, error));
    }
}

Result<Json> parseJsonObject(std::string_view text, const JsonLimits& limits)
{
    auto json = parseJson(text, limits);
    if (json && !json->is_object())
        return failure(ErrorKind::Malformed, {},
                       fmt::format("the file holds a JSON {}, expected an object", json->type_name()));
    return json;
}

} // namespace sunflop
