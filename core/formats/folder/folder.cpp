// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/folder/folder.h"

#include "core/base/bytes.h"
#include "core/base/plain_text.h"
#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/foreign/foreign.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string>
#include <vector>

namespace sunflop {

namespace {

namespace fs = std::filesystem;

/// Names that save_pretrained() gives to a whole model's weights, best first.
constexpr std::array<std::string_view, 8> weightFiles{"model.safetensors.index.json",
                                                      "model.safetensors",
                                                      "diffusion_pytorch_model.safetensors.index.json",
                                                      "diffusion_pytorch_model.safetensors",
                                                      "pytorch_model.bin.index.json",
                                                      "pytorch_model.bin",
                                                      "diffusion_pytorch_model.bin.index.json",
                                                      "diffusion_pytorch_model.bin"};

/// Ends of other names of weights, best first.
constexpr std::array<std::string_view, 10> weightSuffixes{".safetensors.index.json",
                                                          ".bin.index.json",
                                                          ".safetensors",
                                                          ".gguf",
                                                          ".pt2",
                                                          ".bin",
                                                          ".pth",
                                                          ".pt",
                                                          ".ckpt",
                                                          ".torchscript"};

/// Names of the folder's files, sorted; at most as many as anyone keeps in one.
std::vector<std::string> filesIn(const fs::path& folder)
{
    constexpr std::size_t most = 100'000;
    std::vector<std::string> names;
    std::error_code problem;
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end && names.size() < most;
         at.increment(problem))
        names.push_back(at->path().filename().string());
    std::ranges::sort(names);
    return names;
}

/// The only file that ends so, parts of one file counting once; the first part of those. Checkpoints of their
/// makers ("consolidated") lie beside the same weights under transformers' names, and count where those do
/// not.
std::optional<std::string> onlyOne(const std::vector<std::string>& names, std::string_view suffix,
                                   bool isConsolidated)
{
    std::optional<std::string> found;
    for (const std::string& name : names) {
        if (!name.ends_with(suffix) || isPartOfModel(name) ||
            name.starts_with("consolidated") != isConsolidated)
            continue;
        const auto shard = shardName(name);
        if (found && shard && shardName(*found) && shardName(*found)->stem == shard->stem)
            continue;
        if (found)
            return std::nullopt;
        found = name;
    }
    return found;
}

std::optional<std::string> weightsIn(const std::vector<std::string>& names)
{
    for (const std::string_view known : weightFiles)
        if (std::ranges::binary_search(names, known))
            return std::string(known);
    for (const bool isConsolidated : {false, true})
        for (const std::string_view suffix : weightSuffixes)
            if (const auto found = onlyOne(names, suffix, isConsolidated))
                return found;
    return std::nullopt;
}

/// What a file is, if that is known to be no model which is read.
std::optional<Error> foreignAt(const fs::path& path)
{
    constexpr std::uint64_t longestText = 1 << 20;
    const auto bytes = Bytes::open(path);
    if (!bytes)
        return std::nullopt;
    if (path.extension() != ".json")
        return foreignFile({*bytes, {}, path});
    const auto text = bytes->all(longestText);
    const auto object = text ? parseConfig(*text) : Result<Config>(failure(text.error()));
    return object ? foreignJson(object->json(), {*bytes, {}, path}) : std::nullopt;
}

/// What the file is that tells most of a folder without a model: the index of a pipeline, then models of
/// other frameworks, then settings. Texts and pictures lie in every folder.
std::optional<std::string> foreignIn(const fs::path& folder, std::vector<std::string> names)
{
    constexpr std::size_t mostLooked = 200;
    const auto rank = [](const std::string& name) {
        return name == "model_index.json" ? 0 : name.ends_with(".json") ? 2 : 1;
    };
    std::erase_if(names, [](const std::string& name) {
        return std::ranges::any_of(
            std::array{".md", ".txt", ".rst", ".py", ".yaml", ".yml", ".png", ".jpg", ".jpeg", ".pdf"},
            [&](const char* suffix) { return name.ends_with(suffix); });
    });
    std::ranges::stable_sort(names, {}, rank);
    names.resize(std::min(names.size(), mostLooked));
    for (const std::string& name : names)
        if (const auto foreign = foreignAt(folder / name))
            return fmt::format("{} is {}", name, foreign->detail);
    return std::nullopt;
}

/// What a folder holds that is no model folder.
std::string contentsOf(const fs::path& folder, const std::vector<std::string>& names)
{
    const auto any = [&](auto test) { return std::ranges::any_of(names, test); };
    if (any([](const std::string& name) { return name == ".metadata" || name.ends_with(".distcp"); }))
        return "a distributed checkpoint (DCP), whose .metadata is not read; torch.distributed.checkpoint's "
               "dcp_to_torch_save makes a file of it";
    if (any([](const std::string& name) {
            return name.starts_with("mp_rank_") || name.starts_with("zero_pp_rank_") ||
                   name.starts_with("global_step");
        }))
        return "a checkpoint of DeepSpeed or Megatron, cut up by ranks; DeepSpeed's zero_to_fp32.py makes a "
               "file of it";
    const auto count = std::ranges::count_if(names, [](const std::string& name) {
        return !isPartOfModel(name) && std::ranges::any_of(weightSuffixes, [&](std::string_view suffix) {
            return name.ends_with(suffix);
        });
    });
    if (count > 1)
        return fmt::format(
            "the folder has {} checkpoints and no config.json, expected one model: name the file", count);
    if (any([](const std::string& name) { return name == "Manifest.json" || name == "coremldata.bin"; }))
        return "a Core ML model, which is not read; expected a model folder";
    if (const auto foreign = foreignIn(folder, names))
        return fmt::format("the folder has no config.json, expected a model folder; {}", *foreign);
    return "the folder has no config.json, expected a model folder";
}

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

/// $HF_HUB_CACHE, else below $HF_HOME, $XDG_CACHE_HOME or the home folder.
fs::path hubCache()
{
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"})
        if (const std::string path = variable(name); !path.empty())
            return path;
    if (const std::string home = variable("HF_HOME"); !home.empty())
        return fs::path(home) / "hub";
    if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty())
        return fs::path(cache) / "huggingface" / "hub";
    return fs::path(variable("HOME")) / ".cache" / "huggingface" / "hub";
}

bool isNamePart(std::string_view text)
{
    return !text.empty() && text != "." && text != ".." && text.size() < 128 &&
           std::ranges::all_of(text, [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
           });
}

/// The commit that a revision means: a file of refs/ says it, or it is one itself.
std::optional<std::string> commitOf(const fs::path& model, const std::string& revision)
{
    constexpr std::uint64_t longestCommit = 100;
    if (const auto bytes = Bytes::open(model / "refs" / revision)) {
        std::string commit = bytes->head(longestCommit);
        commit.erase(std::ranges::find_if(commit, [](unsigned char c) { return std::isspace(c) != 0; }),
                     commit.end());
        return isNamePart(commit) ? std::optional(commit) : std::nullopt;
    }
    std::error_code problem;
    return fs::is_directory(model / "snapshots" / revision, problem) ? std::optional(revision) : std::nullopt;
}

/// The snapshot that was written last.
std::optional<fs::path> newestIn(const fs::path& snapshots)
{
    std::optional<fs::path> newest;
    fs::file_time_type when{};
    for (const std::string& name : filesIn(snapshots)) {
        std::error_code problem;
        const auto time = fs::last_write_time(snapshots / name, problem);
        if (!problem && (!newest || time > when)) {
            newest = snapshots / name;
            when = time;
        }
    }
    return newest;
}

} // namespace

Result<ModelFolder> modelFolder(const fs::path& folder)
{
    const std::vector<std::string> names = filesIn(folder);
    ModelFolder found;
    for (const char* name : {"params.json", "config.json"})
        if (std::ranges::binary_search(names, std::string_view(name)))
            found.config = folder / name;
    if (const auto weights = weightsIn(names))
        found.weights = folder / *weights;
    if (!found.config && !found.weights)
        return failure(ErrorKind::Malformed, {}, contentsOf(folder, names));
    return found;
}

Result<fs::path> hubFolder(std::string_view id)
{
    const std::size_t at = id.find('@');
    const std::string revision(at == std::string_view::npos ? "main" : id.substr(at + 1));
    const std::string_view name = id.substr(0, at);
    const std::size_t slash = name.find('/');
    const bool isNamed = isNamePart(name.substr(0, slash)) && isNamePart(revision) &&
                         (slash == std::string_view::npos || isNamePart(name.substr(slash + 1)));
    if (!isNamed)
        return failure(ErrorKind::Malformed, fmt::format("hf:{}", shortened(id)),
                       "no name of the Hub, expected org/name");
    std::string folder(name);
    if (slash != std::string_view::npos)
        folder.replace(slash, 1, "--");
    const fs::path model = hubCache() / fmt::format("models--{}", folder);
    const auto commit = commitOf(model, revision);
    const auto found = commit                         ? std::optional(model / "snapshots" / *commit)
                       : at == std::string_view::npos ? newestIn(model / "snapshots")
                                                      : std::nullopt;
    std::error_code problem;
    if (!found || !fs::is_directory(*found, problem))
        return failure(ErrorKind::NotFound, fmt::format("hf:{}", id),
                       fmt::format("not in the local cache: no {} of it in {}; nothing is downloaded",
                                   at == std::string_view::npos ? "snapshot" : "such revision",
                                   model.string()));
    return *found;
}

} // namespace sunflop
