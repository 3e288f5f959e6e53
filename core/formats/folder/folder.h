// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which file of a model folder to open, and where the Hub's client keeps such folders.

#include "core/base/result.h"

#include <filesystem>
#include <optional>
#include <string_view>

namespace sunflop {

/// The files of a model folder that are read: at least one of them.
struct ModelFolder {
    std::optional<std::filesystem::path> config;  ///< config.json, or Meta's and Mistral's params.json
    std::optional<std::filesystem::path> weights; ///< an index of shards, or the only checkpoint or program
};

/// Looks into a folder. Refuses one without either, and says what lies there instead. Errors do not name the
/// folder.
Result<ModelFolder> modelFolder(const std::filesystem::path& folder);

/// The folder of "org/name" or "org/name@revision" in the local cache of the Hugging Face Hub; nothing is
/// downloaded. Errors say where was looked. Source of the layout: huggingface_hub.
Result<std::filesystem::path> hubFolder(std::string_view id);

} // namespace sunflop
