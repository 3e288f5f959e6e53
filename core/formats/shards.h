// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Checkpoints in several files, named by an index.

#include "core/formats/format.h"

#include <string_view>

namespace sunflop {

/// Whether a text is an index: an object with a "weight_map".
bool looksLikeIndex(const Bytes& bytes);

/// Opens every shard that {"weight_map": {"tensor": "model-00001-of-00002.safetensors"}} names as one
/// checkpoint. Missing shards become a note as long as there is one; tensors that are not where the index
/// says become notes too.
Result<Source> readShards(const OpenedFile& index, std::string_view format);

} // namespace sunflop
