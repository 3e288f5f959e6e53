// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A model's hyper-parameters: the JSON object of a config.json, read key by key with defaults.

#include "core/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// An immutable JSON object and the place it came from. Cheap to copy.
class Config {
public:
    Config(); ///< an empty object
    /// Requires `object` to be a JSON object. `where` is the dotted key in front of its keys; empty at the
    /// top.
    explicit Config(nlohmann::json object, std::string where = {});

    /// The object's own value of "model_type", if it is a string.
    std::string modelType() const;
    const nlohmann::json& json() const { return *m_object; }
    std::string keyPath(std::string_view key) const;
    /// The object under `key`, sharing this one's memory; an empty object where there is none.
    Config child(std::string_view key) const;

    /// The same keys and values, wherever they came from.
    friend bool operator==(const Config& a, const Config& b);

private:
    Config(std::shared_ptr<const nlohmann::json> object, std::string where);

    std::shared_ptr<const nlohmann::json> m_object;
    std::string m_where;
};

/// Reads keys of one Config. A missing key (or null) takes the default; a value of the wrong type or out of
/// range becomes the reader's error, the first one is kept, and reading goes on with the default.
class ConfigReader {
public:
    static constexpr std::int64_t largest = 2'147'483'647;

    explicit ConfigReader(Config config) : m_config(std::move(config)) {}

    /// A dimension, 1 .. maximum.
    std::int64_t size(std::string_view key, std::int64_t fallback, std::int64_t maximum = largest);
    std::optional<std::int64_t> optionalSize(std::string_view key);
    /// A number of things that may be none, 0 .. 2^31 - 1.
    std::int64_t count(std::string_view key, std::int64_t fallback);
    /// Any integer, -2^31 .. 2^31 - 1.
    std::int64_t integer(std::string_view key, std::int64_t fallback);
    /// A dimension written as one number or as [height, width] with equal entries.
    std::int64_t square(std::string_view key, std::int64_t fallback);
    double number(std::string_view key, double fallback);
    bool flag(std::string_view key, bool fallback);
    std::string text(std::string_view key, std::string_view fallback);
    std::vector<std::string> texts(std::string_view key);
    bool has(std::string_view key) const;

    /// A nested object; an empty one where the key is missing.
    Config object(std::string_view key);

    /// Keeps an error about one key: `found`, and what was expected.
    void refuse(std::string_view key, std::string detail, ErrorKind kind = ErrorKind::OutOfRange);
    const std::optional<Error>& error() const { return m_error; }
    const Config& config() const { return m_config; }

private:
    const nlohmann::json* find(std::string_view key) const;
    std::optional<std::int64_t> whole(std::string_view key, std::int64_t minimum, std::int64_t maximum);

    Config m_config;
    std::optional<Error> m_error;
};

} // namespace sunflop
