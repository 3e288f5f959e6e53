// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/config.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cassert>

namespace sunflop {

namespace {

/// A value as it stands in the file, cut to what fits in one line.
std::string found(const nlohmann::json& value)
{
    if (value.is_structured())
        return value.is_array() ? "a list" : "an object";
    return shortened(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

} // namespace

Config::Config() : Config(nlohmann::json::object()) {}

Config::Config(std::shared_ptr<const nlohmann::json> object, std::string where)
    : m_object(std::move(object)), m_where(std::move(where))
{}

Config::Config(nlohmann::json object, std::string where)
    : m_object(std::make_shared<nlohmann::json>(std::move(object))), m_where(std::move(where))
{
    assert(m_object->is_object());
}

std::string Config::modelType() const
{
    const auto type = m_object->find("model_type");
    return type != m_object->end() && type->is_string() ? type->get<std::string>() : std::string();
}

bool operator==(const Config& a, const Config& b)
{
    return *a.m_object == *b.m_object;
}

std::string Config::keyPath(std::string_view key) const
{
    return m_where.empty() ? std::string(key) : m_where + "." + std::string(key);
}

Config Config::child(std::string_view key) const
{
    const auto value = m_object->find(std::string(key));
    if (value == m_object->end() || !value->is_object())
        return Config(nlohmann::json::object(), keyPath(key));
    return {std::shared_ptr<const nlohmann::json>(m_object, &*value), keyPath(key)};
}

const nlohmann::json* ConfigReader::find(std::string_view key) const
{
    const auto value = m_config.json().find(std::string(key));
    return value == m_config.json().end() || value->is_null() ? nullptr : &*value;
}

bool ConfigReader::has(std::string_view key) const
{
    return find(key) != nullptr;
}

void ConfigReader::refuse(std::string_view key, std::string detail, ErrorKind kind)
{
    if (!m_error)
        m_error = Error{kind, m_config.keyPath(key), std::move(detail)};
}

std::optional<std::int64_t> ConfigReader::whole(std::string_view key, std::int64_t minimum,
                                                std::int64_t maximum)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr)
        return std::nullopt;
    const bool wide =
        value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(maximum);
    if (value->is_number_integer() && !wide) {
        const auto number = value->get<std::int64_t>();
        if (number >= minimum && number <= maximum)
            return number;
    }
    refuse(key,
           fmt::format("found {}, expected a whole number from {} to {}", found(*value), minimum, maximum),
           value->is_number() ? ErrorKind::OutOfRange : ErrorKind::Malformed);
    return std::nullopt;
}

std::int64_t ConfigReader::size(std::string_view key, std::int64_t fallback, std::int64_t maximum)
{
    return whole(key, 1, maximum).value_or(fallback);
}

std::optional<std::int64_t> ConfigReader::optionalSize(std::string_view key)
{
    return whole(key, 1, largest);
}

std::int64_t ConfigReader::count(std::string_view key, std::int64_t fallback)
{
    return whole(key, 0, largest).value_or(fallback);
}

std::int64_t ConfigReader::integer(std::string_view key, std::int64_t fallback)
{
    return whole(key, -largest - 1, largest).value_or(fallback);
}

std::int64_t ConfigReader::square(std::string_view key, std::int64_t fallback)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr || !value->is_array())
        return size(key, fallback);
    // Numbers only: comparing and copying nested values recurses as deep as the file does.
    const bool areNumbers = value->size() == 2 && (*value)[0].is_number() && (*value)[1].is_number();
    if (areNumbers && (*value)[0] == (*value)[1]) {
        nlohmann::json object = nlohmann::json::object();
        object[std::string(key)] = (*value)[0];
        ConfigReader side{Config(std::move(object))};
        const std::int64_t number = side.size(key, fallback);
        if (side.error())
            refuse(key, side.error()->detail, side.error()->kind);
        return number;
    }
    refuse(key, "found a list, expected one number or two equal ones", ErrorKind::Unsupported);
    return fallback;
}

double ConfigReader::number(std::string_view key, double fallback)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (value->is_number())
        return value->get<double>();
    refuse(key, fmt::format("found {}, expected a number", found(*value)), ErrorKind::Malformed);
    return fallback;
}

bool ConfigReader::flag(std::string_view key, bool fallback)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (value->is_boolean())
        return value->get<bool>();
    refuse(key, fmt::format("found {}, expected true or false", found(*value)), ErrorKind::Malformed);
    return fallback;
}

std::string ConfigReader::text(std::string_view key, std::string_view fallback)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr)
        return std::string(fallback);
    if (value->is_string())
        return value->get<std::string>();
    refuse(key, fmt::format("found {}, expected a text", found(*value)), ErrorKind::Malformed);
    return std::string(fallback);
}

std::vector<std::string> ConfigReader::texts(std::string_view key)
{
    std::vector<std::string> items;
    const nlohmann::json* value = find(key);
    if (value == nullptr)
        return items;
    bool valid = value->is_array();
    for (const nlohmann::json& item : *value) {
        valid = valid && item.is_string();
        if (valid)
            items.push_back(item.get<std::string>());
    }
    if (!valid)
        refuse(key, fmt::format("found {}, expected a list of texts", found(*value)), ErrorKind::Malformed);
    return items;
}

Config ConfigReader::object(std::string_view key)
{
    const nlohmann::json* value = find(key);
    if (value != nullptr && !value->is_object())
        refuse(key, fmt::format("found {}, expected an object", found(*value)), ErrorKind::Malformed);
    return m_config.child(key);
}

} // namespace sunflop
