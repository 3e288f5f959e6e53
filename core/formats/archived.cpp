// SPDX-License-Identifier: GPL-3.0-or-later
// A ZIP archive around one model: TorchServe's .mar, whose manifest names it, stable-baselines3's .zip beside
// its policy's optimizer, a checkpoint that was packed for mailing.

#include "core/containers/archive.h"
#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/format.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace sunflop::format {

namespace {

/// The file that TorchServe's manifest calls the model's; null where there is none.
const Archive::Member* served(const Archive& archive)
{
    constexpr std::uint64_t longest = 1 << 20;
    const Archive::Member* manifest = archive.find("MAR-INF/MANIFEST.json");
    const auto text = manifest ? archive.read(*manifest, longest) : Result<std::string>(std::string());
    const auto json = nlohmann::json::parse(text ? *text : std::string(), nullptr, false);
    static const nlohmann::json::json_pointer key("/model/serializedFile");
    if (!json.is_object() || !json.contains(key) || !json.at(key).is_string())
        return nullptr;
    return archive.find(json.at(key).get<std::string>());
}

bool isModelName(std::string_view path)
{
    constexpr std::array<std::string_view, 7> suffixes{".pt",   ".pth",  ".pt2",        ".bin",
                                                       ".ckpt", ".gguf", ".safetensors"};
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return !isPartOfModel(name) && name.find("optimizer") == std::string_view::npos &&
           name != "pytorch_variables.pth" &&
           std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

/// The only model in an archive; null where there is none, or several.
const Archive::Member* modelIn(const Archive& archive)
{
    if (const Archive::Member* found = served(archive))
        return found;
    const Archive::Member* only = nullptr;
    for (const Archive::Member& member : archive.members())
        if (isModelName(member.name)) {
            if (only != nullptr)
                return nullptr;
            only = &member;
        }
    return only;
}

bool sniff(const Bytes& bytes)
{
    if (!Archive::sniff(bytes))
        return false;
    const auto archive = Archive::open(bytes);
    return archive && modelIn(*archive) != nullptr;
}

Result<Source> read(const OpenedFile& file)
{
    // Unpacked in memory.
    constexpr std::uint64_t largest = std::uint64_t{1} << 30;
    const auto archive = Archive::open(file.bytes);
    if (!archive)
        return failure(archive.error());
    const Archive::Member* member = modelIn(*archive);
    if (member == nullptr)
        return failure(ErrorKind::Unsupported, {}, "the archive holds no model, or several");
    if (member->size > largest)
        return failure(ErrorKind::Unsupported, member->name,
                       fmt::format("{} bytes, expected at most {}: unpack the archive and open it there",
                                   member->size, largest));
    auto text = archive->read(*member, largest);
    if (!text)
        return failure(text.error());
    const OpenedFile inner{Bytes::of(*std::move(text)), file.name, {}};
    for (const Format& format : formats())
        if (format.id != "archived" && format.sniff(inner.bytes)) {
            auto source = format.read(inner);
            if (!source)
                return failure(source.error().within(member->name));
            source->notes.push_back(fmt::format("This is {} in the archive.", member->name));
            return source;
        }
    return failure(ErrorKind::Unsupported, member->name, "unknown kind of file");
}

} // namespace

Format archived()
{
    return {.id = "archived",
            .title = "ZIP archive around a model",
            .suffixes = {".mar", ".zip"},
            .sniff = sniff,
            .read = read};
}

} // namespace sunflop::format
