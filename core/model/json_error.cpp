// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/json_error.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

/// A parser's message without its own prefix ("[json.exception.parse_error.101] parse error at ...: ").
std::string reason(const nlohmann::json::exception& error)
{
    std::string_view text = error.what();
    for (const std::string_view prefix : {"] ", ": "})
        if (const std::size_t at = text.find(prefix); at != std::string_view::npos)
            text.remove_prefix(at + prefix.size());
    const std::size_t end = text.find('\n');
    return shortened(text.substr(0, end), 160);
}

} // namespace

Error jsonError(std::string_view text, const nlohmann::json::exception& thrown)
{
    const auto* malformed = dynamic_cast<const nlohmann::json::parse_error*>(&thrown);
    if (malformed == nullptr)
        return {ErrorKind::OutOfRange, {}, fmt::format("no usable JSON, {}", reason(thrown))};
    const std::string_view before = text.substr(0, malformed->byte);
    return {ErrorKind::Malformed, fmt::format("line {}", std::ranges::count(before, '\n') + 1),
            fmt::format("no valid JSON, {}", reason(thrown))};
}

} // namespace sunflop
