// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint/quantisation_beside.h"

#include "core/formats/checkpoint/checkpoint.h"
#include "core/model/json_text.h"
#include "core/model/own_quantisation.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace sunflop {

namespace {

struct SideFile {
    std::string_view name;
    std::string_view method;
    std::string_view inner; ///< key of the object that tells; empty: the whole file
};

constexpr std::array sideFiles{SideFile{"hf_quant_config.json", "modelopt", "quantization"},
                               SideFile{"quantize_config.json", "gptq", ""},
                               SideFile{"quant_config.json", "awq", ""}};

/// What a file beside the config tells; nothing where there is none that can be read. Moved, never copied:
/// nested values are as deep as the file says.
std::optional<nlohmann::json> readBeside(const SideFile& side, const OpenedFile& file)
{
    constexpr std::uint64_t largest = 16 << 20;
    const auto bytes = file.beside(side.name);
    if (!bytes)
        return std::nullopt;
    auto object = bytes->all(largest).and_then([](const std::string& text) { return parseJsonObject(text); });
    if (!object)
        return std::nullopt;
    if (side.inner.empty())
        return *std::move(object);
    const auto inner = object->find(std::string(side.inner));
    return inner != object->end() && inner->is_object() ? std::optional(std::move(*inner)) : std::nullopt;
}

} // namespace

Result<Config> parseConfig(std::string_view text, const OpenedFile& file)
{
    auto config = parseJsonObject(text);
    if (!config)
        return failure(config.error());
    if (!file.path.empty() && !hasQuantisation(*config))
        for (const SideFile& side : sideFiles)
            if (auto object = readBeside(side, file)) {
                (*object)["quant_method"] = side.method;
                (*config)["quantization_config"] = *std::move(object);
                break;
            }
    return Config(*std::move(config));
}

} // namespace sunflop
