// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/folder/adapter_folder.h"

#include "core/base/plain_text.h"
#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/folder/folder.h"
#include "core/formats/format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sunflop {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view settingsFile = "adapter_config.json";
constexpr std::array<std::string_view, 2> weightFiles{"adapter_model.safetensors", "adapter_model.bin"};

bool isThere(const fs::path& path)
{
    std::error_code problem;
    return fs::exists(path, problem);
}

/// The last part of "org/name", or of a path.
std::string lastName(std::string_view base)
{
    while (base.ends_with('/') || base.ends_with('\\'))
        base.remove_suffix(1);
    return std::string(base.substr(base.find_last_of("/\\") + 1));
}

/// A bundled model of the repository's name. Tuned models have the sizes of the plain ones, and Meta's
/// repositories of Llama 3 its own name in front.
std::optional<std::string> bundledAs(std::string_view base)
{
    std::string name = lastName(base);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto isBundled = [](const std::string& known) {
        return std::ranges::find(bundledModels(), known, &BundledModel::name) != bundledModels().end();
    };
    if (isBundled(name))
        return name;
    if (name.starts_with("meta-"))
        name.erase(0, 5);
    for (const std::string_view word : {"-instruct", "-base"})
        if (const std::size_t at = name.find(word); at != std::string::npos)
            name.erase(at, word.size());
    return isBundled(name) ? std::optional(name) : std::nullopt;
}

/// Whether a folder holds a model; the adapters' own may hold their base's config.
bool holdsModel(const fs::path& folder)
{
    std::error_code problem;
    return fs::is_directory(folder, problem) && modelFolder(folder).has_value();
}

/// The class that a task asks for, made of the one that a config names: "LlamaForCausalLM" for SEQ_CLS is
/// "LlamaForSequenceClassification". As peft's AutoPeftModel chooses it.
std::optional<std::string> classFor(std::string_view taskType, std::string_view named)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> tasks{
        {{"CAUSAL_LM", "ForCausalLM"},
         {"SEQ_CLS", "ForSequenceClassification"},
         {"TOKEN_CLS", "ForTokenClassification"},
         {"QUESTION_ANS", "ForQuestionAnswering"},
         {"FEATURE_EXTRACTION", "Model"}}};
    using Task = std::pair<std::string_view, std::string_view>;
    const auto* const task = std::ranges::find(tasks, taskType, &Task::first);
    const auto* const own = std::ranges::find_if(tasks, [&](const Task& known) {
        return named.size() > known.second.size() && named.ends_with(known.second);
    });
    // A "Model" that speaks may be a whole one of its own kind: InternVLChatModel.
    const bool isOther = task != tasks.end() && own != tasks.end() && own != task &&
                         (own->second != "Model" || task->first != "CAUSAL_LM");
    if (!isOther)
        return std::nullopt;
    return fmt::format("{}{}", named.substr(0, named.size() - own->second.size()), task->second);
}

/// Rows of a stored tensor whose module has one of these names; 0: there is none.
std::int64_t rowsOf(const Adapters& adapters, std::initializer_list<std::string_view> modules)
{
    for (const auto& [name, tensor] : adapters.tensors)
        for (const std::string_view module : modules) {
            const std::string end = fmt::format("{}.weight", module);
            const bool isIt = name == end || name.ends_with("." + end);
            if (isIt && tensor.shape.rank() == 2)
                return tensor.shape[0];
        }
    return 0;
}

} // namespace

std::optional<fs::path> adapterFolder(const fs::path& path)
{
    std::error_code problem;
    if (fs::is_directory(path, problem))
        return isThere(path / settingsFile) ? std::optional(path) : std::nullopt;
    const std::string name = path.filename().string();
    const bool isPart =
        name == settingsFile || std::ranges::find(weightFiles, std::string_view(name)) != weightFiles.end();
    const fs::path folder = fs::absolute(path, problem).parent_path();
    return isPart && isThere(folder / settingsFile) ? std::optional(folder) : std::nullopt;
}

Result<AdapterSettings> adapterSettings(std::string_view text)
{
    const auto config = parseConfig(text);
    if (!config)
        return failure(config.error());
    ConfigReader reader(*config);
    AdapterSettings settings;
    const std::string kind = reader.text("peft_type", "");
    settings.base = reader.text("base_model_name_or_path", "");
    settings.revision = reader.text("revision", "");
    settings.taskType = reader.text("task_type", "");
    settings.modulesToSave = reader.texts("modules_to_save");
    settings.trainsBiases = reader.text("bias", "none") != "none";
    ConfigReader mapping(reader.object("auto_mapping"));
    settings.baseClass = mapping.text("base_model_class", "");
    if (const auto error = reader.error() ? reader.error() : mapping.error())
        return failure(*error);
    if (kind.empty())
        return failure(ErrorKind::Malformed, "peft_type", "none, expected the kind of adapter: \"LORA\"");
    if (kind != "LORA")
        return failure(
            ErrorKind::Unsupported, "peft_type",
            fmt::format("an adapter of the kind {}, which is not read; expected LORA (with or without "
                        "DoRA). Open the base model alone{}",
                        shortened(kind),
                        settings.base.empty() ? "" : fmt::format(": {}", shortened(settings.base))));
    for (const std::string_view key : {"layer_replication", "trainable_token_indices", "target_parameters"})
        if (reader.has(key) && !config->json()[std::string(key)].empty())
            return failure(
                ErrorKind::Unsupported, std::string(key),
                "an adapter that was trained with this, which is not read; expected low-rank adapters "
                "beside modules");
    return settings;
}

Result<fs::path> adapterWeights(const fs::path& folder)
{
    for (const std::string_view name : weightFiles)
        if (isThere(folder / name))
            return folder / name;
    return failure(ErrorKind::NotFound, {},
                   fmt::format("no {} beside {}, expected the adapters' weights",
                               fmt::join(weightFiles, " or "), settingsFile));
}

Result<BasePlace> basePlace(const AdapterSettings& settings, const fs::path& folder)
{
    const std::string& base = settings.base;
    std::error_code problem;
    const fs::path here = fs::weakly_canonical(fs::absolute(folder, problem), problem);
    std::vector<std::string> looked;
    const auto at = [&](const fs::path& place) {
        looked.push_back(place.lexically_normal().string());
        return holdsModel(place);
    };
    if (!base.empty()) {
        if (at(here / base)) // an absolute path stays as it is
            return BasePlace{here / base, {}};
        const fs::path beside = here.parent_path() / lastName(base);
        if (beside != here && at(beside))
            return BasePlace{beside, {}};
        if (!fs::path(base).is_absolute()) {
            const auto cached =
                hubFolder(settings.revision.empty() ? base : fmt::format("{}@{}", base, settings.revision));
            if (cached && holdsModel(*cached))
                return BasePlace{*cached, {}};
            looked.emplace_back(cached                                       ? cached->string()
                                : cached.error().kind == ErrorKind::NotFound ? "the cache of the Hub"
                                                                             : cached.error().text());
        }
        if (auto bundled = bundledAs(base))
            return BasePlace{{}, *std::move(bundled)};
        looked.emplace_back("the bundled models");
    }
    if (isThere(here / "config.json"))
        return BasePlace{here, {}};
    if (base.empty())
        return failure(ErrorKind::NotFound, "base_model_name_or_path",
                       "none, expected the base model's name; a config.json of the base beside it does too");
    return failure(ErrorKind::NotFound, "base_model_name_or_path",
                   fmt::format("the base model \"{}\" is not at hand: looked in {}. Put its folder, or its "
                               "config.json alone, into one of these folders, or run \"hf download {}\"",
                               shortened(base), fmt::join(looked, ", "), shortened(base)));
}

Config adaptedConfig(const Config& base, const AdapterSettings& settings, const Adapters& adapters,
                     std::vector<std::string>& notes)
{
    nlohmann::json config = base.json();
    ConfigReader reader(base);
    const std::vector<std::string> named = reader.texts("architectures");
    std::optional<std::string> className;
    if (!settings.baseClass.empty())
        className = settings.baseClass;
    else if (!named.empty())
        className = classFor(settings.taskType, named.front());
    if (className && (named.empty() || *className != named.front())) {
        config["architectures"] = nlohmann::json::array({*className});
        notes.push_back(
            fmt::format("The adapters were trained on {}, which stands in place of the base's {}.",
                        shortened(*className), named.empty() ? "class" : shortened(named.front())));
    }
    if (const std::int64_t labels = rowsOf(adapters, {"score", "classifier"}); labels > 0) {
        config.erase("id2label");
        config["num_labels"] = labels;
    }
    if (const std::int64_t words = rowsOf(adapters, {"embed_tokens", "lm_head"});
        words > 0 && reader.has("vocab_size") && reader.count("vocab_size", words) != words) {
        notes.push_back(
            fmt::format("The vocabulary was resized from {} to {} before the adapters were trained.",
                        reader.count("vocab_size", words), words));
        config["vocab_size"] = words;
    }
    return Config(std::move(config));
}

} // namespace sunflop
