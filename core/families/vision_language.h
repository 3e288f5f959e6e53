// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What vision-language families share: a language model from another family, image inputs, the prompt's
/// length.

#include "core/families/decoder.h"
#include "core/families/rebuild.h"
#include "core/families/tiling.h"

namespace sunflop {

/// Limit of tiles per image, in configs and as an input.
inline constexpr std::int64_t mostTiles = 4096;

/// The language model that the object under `key` describes, read by its own family.
Result<Decoder> languageModel(const Config& config, std::string_view key);

/// The inputs of a text model plus images of `side` pixels and their tiles.
std::vector<Input> visionLanguageInputs(const Decoder& language, std::int64_t side);

/// Positions of the prompt per sequence: text, image features and the model's own markers; at least one.
Result<std::int64_t> promptTokens(const Workload& workload, const ImageTokens& images);

/// `config` once for every language model that the part of the report called `name` could be, under `key`.
std::vector<Config> withLanguageModels(const PrintedReport& report, std::string_view name,
                                       const std::string& key, nlohmann::json config);

} // namespace sunflop
