// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/format.h"

#include "core/base/plain_text.h"
#include "core/formats/folder/adapter_folder.h"
#include "core/formats/folder/folder.h"
#include "core/formats/foreign/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

namespace fs = std::filesystem;

Result<Source> read(const OpenedFile& file)
{
    std::string known;
    for (const Format& format : formats()) {
        if (format.sniff(file.bytes))
            return format.read(file);
        known += fmt::format("{}{}", known.empty() ? "" : ", ", format.title);
    }
    if (auto foreign = foreignFile(file))
        return failure(*std::move(foreign));
    const bool isEmpty = file.bytes.size() == 0;
    return failure(
        isEmpty ? ErrorKind::Malformed : ErrorKind::Unsupported, {},
        fmt::format("{}, expected {}", isEmpty ? "the file is empty" : "unknown kind of file", known));
}

/// A config.json or params.json is named after the folder it lies in.
std::string folderName(const fs::path& folder)
{
    std::error_code problem;
    return fs::weakly_canonical(fs::absolute(folder, problem), problem).filename().string();
}

Result<Source> openOne(const fs::path& file, std::string name)
{
    auto bytes = Bytes::open(file);
    if (!bytes)
        return failure(bytes.error().within(file.string()));
    if (file.filename() == "config.json" || file.filename() == "params.json")
        name = folderName(fs::absolute(file).parent_path());
    auto source = read({*std::move(bytes), std::move(name), file});
    if (!source)
        return failure(source.error().within(file.string()));
    source->place = file.string();
    return source;
}

/// Weights bring the config beside them. Where they cannot be read, the config alone is opened.
Result<Source> openFolder(const fs::path& folder)
{
    const auto found = modelFolder(folder);
    if (!found)
        return failure(found.error().within(folder.string()));
    if (!found->weights)
        return openOne(*found->config, {});
    // What params.json describes goes before weights whose names for tensors no family has.
    if (found->config && found->config->filename() == "params.json")
        if (auto described = openOne(*found->config, {}); described && !described->config.modelType().empty())
            return described;
    auto weights = openOne(*found->weights, folderName(folder));
    if (weights || !found->config)
        return weights;
    auto config = openOne(*found->config, {});
    if (config)
        config->notes.push_back(fmt::format("The weights were not read: {}.", weights.error().text()));
    return config;
}

Result<Source> openBase(const BasePlace& place)
{
    return place.bundled.empty() ? openFolder(place.folder) : *openBundled(place.bundled);
}

/// The base model with the adapters of a folder of peft.
Result<Source> openAdapters(const fs::path& folder)
{
    const fs::path file = folder / "adapter_config.json";
    constexpr std::uint64_t longest = 1 << 20;
    const auto text = Bytes::open(file).and_then([&](const Bytes& bytes) { return bytes.all(longest); });
    const auto settings = text ? adapterSettings(*text) : Result<AdapterSettings>(failure(text.error()));
    if (!settings)
        return failure(settings.error().within(file.string()));
    const auto weights = adapterWeights(folder);
    if (!weights)
        return failure(weights.error().within(folder.string()));
    const auto stored = openOne(*weights, {});
    if (!stored)
        return failure(stored.error());
    auto adapters =
        stored->stored != nullptr
            ? adaptersOf(*settings, *stored->stored)
            : Result<Adapters>(failure(ErrorKind::Malformed, {}, "no tensors, expected adapters"));
    if (!adapters)
        return failure(adapters.error().within(weights->string()));
    const auto place = basePlace(*settings, folder);
    if (!place)
        return failure(place.error().within(file.string()));
    auto source = openBase(*place);
    if (!source)
        return failure(source.error().within(file.string()));
    source->notes.insert(source->notes.begin(),
                         fmt::format("{} adapters, most of rank {}, stand beside their base model{} ({}).",
                                     adapters->layers.size(), adapters->rank,
                                     settings->base.empty() ? "" : " " + shortened(settings->base),
                                     source->place));
    source->config = adaptedConfig(source->config, *settings, *adapters, source->notes);
    source->name = folderName(folder);
    source->place = weights->string();
    source->adapters = std::make_shared<const Adapters>(*std::move(adapters));
    return source;
}

} // namespace

std::optional<Bytes> OpenedFile::beside(std::string_view fileName) const
{
    if (path.empty())
        return std::nullopt;
    auto found = Bytes::open(path.parent_path() / fileName);
    return found ? std::optional(*std::move(found)) : std::nullopt;
}

Result<std::string> textOf(const OpenedFile& file)
{
    constexpr std::uint64_t largestText = 16 << 20;
    return file.bytes.all(largestText);
}

Result<Source> openFile(const std::filesystem::path& path)
{
    std::error_code problem;
    if (const auto adapters = adapterFolder(path))
        return openAdapters(*adapters);
    return fs::is_directory(path, problem) ? openFolder(path) : openOne(path, path.stem().string());
}

Result<Source> openHub(std::string_view id)
{
    const auto folder = hubFolder(id);
    if (!folder)
        return failure(folder.error());
    auto source = openFile(*folder);
    if (source)
        source->name = id.substr(id.find('/') + 1);
    return source;
}

std::optional<Result<Source>> openBundled(std::string_view name)
{
    const auto model = std::ranges::find(bundledModels(), name, &BundledModel::name);
    if (model == bundledModels().end())
        return std::nullopt;
    auto source = read({Bytes::of(std::string(model->json)), std::string(name), {}});
    if (source)
        source->place = "bundled";
    return source;
}

} // namespace sunflop
