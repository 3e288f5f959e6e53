// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What vision-language families share: a language model from another family, image inputs, the prompt's
/// length.

#include "core/families/bricks/decoder.h"
#include "core/families/bricks/rebuild.h"
#include "core/families/bricks/tiling.h"

#include <functional>
#include <initializer_list>

namespace sunflop {

/// Limit of tiles per image, in configs and as an input.
inline constexpr std::int64_t mostTiles = 4096;

/// The language model that the object under `key` describes, read by its own family.
Result<Decoder> languageModel(const Config& config, std::string_view key);

/// The inputs of a text model plus images of `side` pixels and their tiles.
std::vector<Input> visionLanguageInputs(const Decoder& language, std::int64_t side);

/// How the model around a tower and a language model is called.
struct VisionLanguageNames {
    std::string_view className;
    std::string_view language;                     ///< attribute of the language model
    std::initializer_list<std::string_view> order; ///< attributes in registration order
};

/// A whole run: `features` runs the tower inside the model and returns [batch, positions, hidden] of the
/// language model, or nothing where there is no image; then prompt and decode steps run.
Result<Trace> traceVisionLanguage(const Workload& workload, const Decoder& language,
                                  const ImageTokens& images, const VisionLanguageNames& names,
                                  const std::function<std::optional<Tensor>(Tracer&)>& features);

/// `config` once for every language model that the part of the report called `name` could be, under `key`.
std::vector<Config> withLanguageModels(const PrintedReport& report, std::string_view name,
                                       const std::string& key, nlohmann::json config);

} // namespace sunflop
