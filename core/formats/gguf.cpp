// SPDX-License-Identifier: GPL-3.0-or-later
// A GGUF file, or one of the parts of a split one: all parts that lie beside it are opened.

#include "core/formats/checkpoint.h"
#include "core/formats/gguf_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

namespace sunflop::format {

namespace {

bool sniff(const Bytes& bytes)
{
    return bytes.head(4) == "GGUF";
}

/// Adds the tensors of the other parts, and takes the keys of the first. Parts that are missing become notes.
Result<void> addParts(GgufHeader& header, const OpenedFile& file, const ShardName& shard,
                      std::vector<std::string>& notes)
{
    constexpr std::int64_t mostParts = 10'000;
    if (shard.count > mostParts)
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("{} parts, expected at most {}", shard.count, mostParts));
    std::vector<std::string> missing;
    for (std::int64_t number = 1; number <= shard.count; ++number) {
        if (number == shard.number)
            continue;
        const std::string name = shardFile(shard, number);
        const auto bytes = file.beside(name);
        if (!bytes) {
            missing.push_back(name);
            continue;
        }
        auto part = readGguf(*bytes);
        if (!part)
            return failure(part.error().within(name));
        if (number == 1) {
            std::swap(header.values, part->values);
            std::swap(header.lengths, part->lengths);
        }
        std::ranges::move(part->tensors, std::back_inserter(header.tensors));
        if (header.tensors.size() > mostTensors)
            return failure(ErrorKind::Unsupported, {}, fmt::format("more than {} tensors", mostTensors));
    }
    constexpr std::size_t shown = 5;
    if (!missing.empty()) {
        const std::size_t count = missing.size();
        missing.resize(std::min(shown, count));
        notes.push_back(fmt::format("{} of {} parts are missing: {}{}.", count, shard.count,
                                    fmt::join(missing, ", "), count > shown ? " and more" : ""));
    }
    return {};
}

Result<Source> read(const OpenedFile& file)
{
    auto header = readGguf(file.bytes);
    if (!header)
        return failure(header.error());
    std::vector<std::string> notes;
    if (const auto shard = shardName(file.path.filename().string()); shard && shard->count > 1)
        if (const auto added = addParts(*header, file, *shard, notes); !added)
            return failure(added.error());
    nlohmann::json config = ggufConfig(*header);
    auto source = checkpointSource(file, "gguf", {.modules = {}, .tensors = std::move(header->tensors)},
                                   std::move(notes));
    // What the file itself says goes before a config.json that happens to lie beside it.
    if (source && !config.empty())
        source->config = Config(std::move(config));
    return source;
}

} // namespace

Format gguf()
{
    return {.id = "gguf", .title = "GGUF", .suffixes = {".gguf"}, .sniff = sniff, .read = read};
}

} // namespace sunflop::format
