// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/own_quantisation.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace sunflop {

namespace {

constexpr std::array<std::string_view, 3> keys{"quantization_config", "compression_config", "quantization"};
constexpr std::array<std::string_view, 4> languageModels{"text_config", "llm_config", "language_config",
                                                         "language_model_config"};

std::optional<Config> inside(const Config& config)
{
    for (const std::string_view key : keys) {
        Config object = config.child(key);
        if (!object.json().empty())
            return object;
    }
    return std::nullopt;
}

} // namespace

bool hasQuantisation(const nlohmann::json& root)
{
    const auto holds = [](const nlohmann::json& object) {
        return std::ranges::any_of(keys,
                                   [&](std::string_view key) { return object.contains(std::string(key)); });
    };
    return holds(root) || std::ranges::any_of(languageModels, [&](std::string_view key) {
               const auto inner = root.find(std::string(key));
               return inner != root.end() && inner->is_object() && holds(*inner);
           });
}

std::optional<Config> quantisationObject(const Config& root)
{
    if (auto own = inside(root))
        return own;
    for (const std::string_view key : languageModels)
        if (auto language = inside(root.child(key)))
            return language;
    return std::nullopt;
}

} // namespace sunflop
