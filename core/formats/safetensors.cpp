// SPDX-License-Identifier: GPL-3.0-or-later
// A safetensors file. One of several shards is opened with the others that lie beside it.

#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/checkpoint/safetensors_header.h"
#include "core/formats/checkpoint/shards.h"

namespace sunflop::format {

namespace {

Result<Source> read(const OpenedFile& file)
{
    if (auto shards = readAsShard(file, "safetensors"))
        return *std::move(shards);
    auto tensors = safetensorsHeader(file.bytes);
    if (!tensors)
        return failure(tensors.error());
    return checkpointSource(file, "safetensors", {.modules = {}, .tensors = *std::move(tensors)}, {});
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
