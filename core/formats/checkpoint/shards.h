// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Checkpoints in several files, named by an index or by their numbers.

#include "core/formats/format.h"

#include <optional>
#include <string_view>

namespace sunflop {

/// Whether a text is an index: an object with a "weight_map".
bool looksLikeIndex(const Bytes& bytes);

/// Opens every shard that {"weight_map": {"tensor": "model-00001-of-00002.safetensors"}} names as one
/// checkpoint. Missing shards become a note as long as there is one; tensors that are not where the index
/// says become notes too.
Result<Source> readShards(const OpenedFile& index, std::string_view format);

/// Where a file's name says that it is one of several ("model-00002-of-00005.bin"): all of them as one
/// checkpoint, by their index if it lies beside, else by their numbers. Nothing for other names.
std::optional<Result<Source>> readAsShard(const OpenedFile& file, std::string_view format);

} // namespace sunflop
