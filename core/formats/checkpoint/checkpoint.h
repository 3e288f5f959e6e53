// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the formats of checkpoints share: kinds of tensors, shards, the config beside a file.

#include "core/formats/format.h"
#include "core/model/argument.h"
#include "core/model/stored.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// More tensors than any model has, over all shards: one of 10^12 parameters in 384 experts a layer has
/// 140,000.
inline constexpr std::size_t mostTensors = 1 << 18;

/// Sizes as a shape; of more than eight dimensions the outermost are joined to one.
Shape shapeOf(std::span<const std::int64_t> sizes);

/// Whether a tensor of this name and type is trained, as far as a state_dict() tells: statistics, positions
/// and what belongs to quantised weights are buffers.
StoredTensor::Kind storedKind(std::string_view name, DType dtype);

/// Whether a file of this name is no whole model, whatever lies beside it: an optimizer, an adapter.
bool isPartOfModel(std::string_view fileName);

/// Removes what wrappers put before every name: "module.", "_orig_mod.". Returns what it removed.
std::string withoutWrappers(std::vector<StoredTensor>& tensors);

/// The first name that two tensors have; refused by every format but that of pickles.
std::optional<std::string> repeatedName(const std::vector<StoredTensor>& tensors);

/// Notes about what the elements of quantised tensors cannot tell: "qweight", bitsandbytes.
std::vector<std::string> notesOn(const std::vector<StoredTensor>& tensors);

/// A source of tensors, with the config.json beside the file where there is one and the file is a model's.
/// Refuses a name that two tensors have.
Result<Source> checkpointSource(const OpenedFile& file, std::string_view format, Stored stored,
                                std::vector<std::string> notes);

/// The JSON object in a text as a config.
Result<Config> parseConfig(std::string_view text);

/// "name-00002-of-00005.bin" taken apart.
struct ShardName {
    std::string stem;    ///< "name"
    std::string suffix;  ///< ".bin"
    std::int64_t number; ///< 2
    std::int64_t count;  ///< 5
};
std::optional<ShardName> shardName(std::string_view fileName);
/// The name of another shard of the same file.
std::string shardFile(const ShardName& shard, std::int64_t number);

} // namespace sunflop
