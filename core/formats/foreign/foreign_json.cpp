// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON files that lie beside a config.json, and those of other frameworks, told by the keys that only
// they have.

#include "core/formats/foreign/foreign.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace sunflop {

namespace {

/// A kind of JSON object: all of `keys`, parted by blanks, stand at its top.
struct Kind {
    std::string_view what;
    std::string_view keys;
    bool isBesideConfig = true; ///< lies in a model folder
};

constexpr std::array kinds{
    Kind{"the settings of an adapter", "peft_type"},
    Kind{"a tokenizer", "version added_tokens model"},
    Kind{"the settings of a tokenizer", "tokenizer_class"},
    Kind{"the settings of a tokenizer", "added_tokens_decoder"},
    Kind{"the settings of a tokenizer", "chat_template"},
    Kind{"the settings of an image processor", "image_processor_type"},
    Kind{"the settings of a feature extractor", "feature_extractor_type"},
    Kind{"the settings of a processor", "processor_class"},
    Kind{"the settings of an image processor", "image_mean image_std"},
    Kind{"the state of a training run", "log_history"},
    Kind{"the arguments of a training run", "learning_rate output_dir"},
    Kind{"the results of a training run", "train_runtime"},
    Kind{"the settings of DeepSpeed", "zero_optimization"},
    Kind{"the settings of GPTQ", "bits group_size"},
    Kind{"the settings of AWQ", "w_bit q_group_size"},
    Kind{"the settings of generation", "_from_model_config"},
    Kind{"the settings of generation", "eos_token_id transformers_version"},
    Kind{"the settings of a sentence encoder", "max_seq_length do_lower_case"},
    Kind{"the settings of a sentence encoder", "__version__"},
    Kind{"the settings of a sentence encoder", "word_embedding_dimension pooling_mode_mean_tokens"},
    Kind{"a list of a tokenizer's special words", "eos_token"},
    Kind{"a list of a tokenizer's special words", "unk_token"},
    Kind{"a list of a tokenizer's special words", "pad_token"},
    Kind{"a TensorFlow.js model", "weightsManifest", false},
    Kind{"a Keras model", "class_name config", false},
    Kind{"a graph of MXNet", "nodes arg_nodes heads", false},
    Kind{"a Paddle program", "base_code program", false},
    Kind{"a notebook of Jupyter, of which nothing is run", "cells nbformat", false},
};

bool hasAll(const nlohmann::json& object, std::string_view keys)
{
    while (!keys.empty()) {
        const std::size_t end = std::min(keys.find(' '), keys.size());
        if (!object.contains(std::string(keys.substr(0, end))))
            return false;
        keys.remove_prefix(std::min(end + 1, keys.size()));
    }
    return true;
}

/// A list of words with their numbers.
bool isVocabulary(const nlohmann::json& object)
{
    constexpr std::size_t manyWords = 200;
    return object.size() >= manyWords &&
           std::ranges::all_of(object, [](const nlohmann::json& value) { return value.is_number_integer(); });
}

/// diffusers' model_index.json: {"unet": ["diffusers", "UNet2DConditionModel"]}.
std::optional<std::string> pipelineParts(const nlohmann::json& object)
{
    if (!object.contains("_diffusers_version"))
        return std::nullopt;
    constexpr std::size_t mostNamed = 6;
    std::string parts;
    std::size_t count = 0;
    for (const auto& [name, part] : object.items())
        if (part.is_array() && part.size() == 2 && part[0].is_string() && count++ < mostNamed)
            parts += fmt::format("{}{}/", parts.empty() ? "" : ", ", name);
    return count > 0 ? std::optional(parts) : std::nullopt;
}

std::string remedyBeside(const OpenedFile& file)
{
    return file.beside("config.json") ? "open the config.json beside it, or their folder"
                                      : "open the model's config.json, or a folder that has one";
}

Error refused(std::string_view what, std::string_view remedy)
{
    return {ErrorKind::Unsupported, {}, fmt::format("{}, not a model: {}", what, remedy)};
}

} // namespace

std::optional<Error> foreignJsonName(const OpenedFile& file)
{
    const std::string name = file.path.filename().string();
    const bool isWords = name == "tokenizer.json" || name == "vocab.json";
    return isWords ? std::optional(refused("a tokenizer", remedyBeside(file))) : std::nullopt;
}

std::optional<Error> foreignJson(const nlohmann::json& object, const OpenedFile& file)
{
    for (const char* key : {"architectures", "hidden_size", "num_hidden_layers", "n_layer", "d_model"})
        if (object.contains(key))
            return std::nullopt;
    if (const auto parts = pipelineParts(object))
        return refused("the index of a pipeline of diffusers",
                       fmt::format("open one of the folders of its parts ({})", *parts));
    if (object.contains("error") && object.size() <= 3)
        return refused("a server's answer instead of a file", "download the file again");
    for (const Kind& kind : kinds)
        if (hasAll(object, kind.keys))
            return refused(kind.what, kind.isBesideConfig
                                          ? remedyBeside(file)
                                          : "open a config.json, a PyTorch program or a checkpoint");
    if (isVocabulary(object))
        return refused("the words of a tokenizer", remedyBeside(file));
    return std::nullopt;
}

} // namespace sunflop
