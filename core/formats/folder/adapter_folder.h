// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A folder of peft: adapter_config.json tells what was adapted, adapter_model.safetensors holds the
/// adapters. Source of both: peft 0.4 to 0.17, LoraConfig and get_peft_model_state_dict().

#include "core/base/result.h"
#include "core/model/adapters.h"
#include "core/model/config.h"
#include "core/model/stored.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// What is read of an adapter_config.json.
struct AdapterSettings {
    std::string base;      ///< a folder, or "org/name" of the Hub; empty: not told
    std::string revision;  ///< of the Hub; empty: the newest
    std::string taskType;  ///< "SEQ_CLS"; empty: not told
    std::string baseClass; ///< "ViTForImageClassification", of auto_mapping; empty: not told
    bool trainsBiases = false;
    std::vector<std::string> modulesToSave;
};

/// The folder of adapters that a path means: the folder itself, its adapter_config.json, or its weights.
/// Nothing where there is no adapter_config.json.
std::optional<std::filesystem::path> adapterFolder(const std::filesystem::path& path);

/// Reads the text of an adapter_config.json. Refuses other kinds of adapters than LoRA by their names.
Result<AdapterSettings> adapterSettings(std::string_view text);

/// adapter_model.safetensors or adapter_model.bin.
Result<std::filesystem::path> adapterWeights(const std::filesystem::path& folder);

/// The adapters that a file's tensors make. Errors name the tensor.
Result<Adapters> adaptersOf(const AdapterSettings& settings, const Stored& stored);

/// Where the base model is: a folder, or the name of a bundled model. The error says where was looked.
struct BasePlace {
    std::filesystem::path folder;
    std::string bundled;
};
Result<BasePlace> basePlace(const AdapterSettings& settings, const std::filesystem::path& folder);

/// The base's config as the adapters were trained on it: the class that their task asks for, the labels of
/// its head and the words of a table that was resized. `notes` gets a sentence for each change.
Config adaptedConfig(const Config& base, const AdapterSettings& settings, const Adapters& adapters,
                     std::vector<std::string>& notes);

} // namespace sunflop
