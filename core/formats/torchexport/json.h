// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Looks at JSON of any shape: what is missing or of another type is nothing.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace sunflop {

/// The value under a key of an object; null where there is none, or JSON's null.
inline const nlohmann::json* member(const nlohmann::json* of, const char* key)
{
    if (of == nullptr || !of->is_object())
        return nullptr;
    const auto found = of->find(key);
    return found == of->end() || found->is_null() ? nullptr : &*found;
}

inline const std::string* textIn(const nlohmann::json* value)
{
    return value != nullptr && value->is_string() ? value->get_ptr<const std::string*>() : nullptr;
}

/// The text under a key; empty where there is none.
inline const std::string& textIn(const nlohmann::json* of, const char* key)
{
    static const std::string none;
    const std::string* const text = textIn(member(of, key));
    return text == nullptr ? none : *text;
}

inline std::optional<std::int64_t> wholeIn(const nlohmann::json* value)
{
    if (value == nullptr || !value->is_number_integer())
        return std::nullopt;
    if (value->is_number_unsigned() &&
        value->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        return std::nullopt;
    return value->get<std::int64_t>();
}

/// The items of a list; none where it is no list.
inline const nlohmann::json::array_t& listIn(const nlohmann::json* value)
{
    static const nlohmann::json::array_t none;
    return value != nullptr && value->is_array() ? *value->get_ptr<const nlohmann::json::array_t*>() : none;
}

/// The entries of an object; none where it is no object.
inline const nlohmann::json::object_t& entriesIn(const nlohmann::json* value)
{
    static const nlohmann::json::object_t none;
    return value != nullptr && value->is_object() ? *value->get_ptr<const nlohmann::json::object_t*>() : none;
}

} // namespace sunflop
