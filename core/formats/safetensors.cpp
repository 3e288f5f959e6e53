// SPDX-License-Identifier: GPL-3.0-or-later
// A safetensors file. One of several shards is opened with the others, where their index lies beside it.

#include "core/formats/checkpoint.h"
#include "core/formats/safetensors_header.h"
#include "core/formats/shards.h"

#include <fmt/format.h>

namespace sunflop::format {

namespace {

Result<Source> read(const OpenedFile& file)
{
    std::vector<std::string> notes;
    if (const auto shard = shardName(file.path.filename().string()); shard && shard->count > 1) {
        const std::string index = shard->stem + shard->suffix + ".index.json";
        if (auto found = file.beside(index))
            return readShards({*std::move(found), shard->stem, file.path.parent_path() / index},
                              "safetensors");
        notes.push_back(
            fmt::format("This is shard {} of {}; {}, which names the others, does not lie beside it.",
                        shard->number, shard->count, index));
    }
    auto tensors = safetensorsHeader(file.bytes);
    if (!tensors)
        return failure(tensors.error());
    return checkpointSource(file, "safetensors", {.modules = {}, .tensors = *std::move(tensors)},
                            std::move(notes));
}

} // namespace

Format safetensors()
{
    return {.id = "safetensors",
            .title = "safetensors",
            .suffixes = {".safetensors"},
            .sniff = looksLikeSafetensors,
            .read = read};
}

} // namespace sunflop::format
