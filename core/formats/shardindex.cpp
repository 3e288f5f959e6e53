// SPDX-License-Identifier: GPL-3.0-or-later
// The index of a checkpoint in several files: model.safetensors.index.json, pytorch_model.bin.index.json.

#include "core/formats/checkpoint/shards.h"

namespace sunflop::format {

Format shardindex()
{
    return {.id = "shardindex",
            .title = "index of a sharded checkpoint",
            .suffixes = {".index.json"},
            .sniff = looksLikeIndex,
            .read = [](const OpenedFile& file) { return readShards(file, "shardindex"); }};
}

} // namespace sunflop::format
