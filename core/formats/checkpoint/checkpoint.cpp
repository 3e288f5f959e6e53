// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint/checkpoint.h"

#include "core/base/plain_text.h"
#include "core/formats/checkpoint/quantisation_beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>
#include <utility>

namespace sunflop {

namespace {

/// Last parts of names that registered buffers have.
constexpr std::array<std::string_view, 16> buffers{"running_mean",        "running_var",
                                                   "num_batches_tracked", "inv_freq",
                                                   "original_inv_freq",   "position_ids",
                                                   "token_type_ids",      "masked_bias",
                                                   "attn_mask",           "relative_position_index",
                                                   "rotary_emb.freqs",    "cos_cached",
                                                   "sin_cached",          "relative_coords_table",
                                                   "causal_mask",         "e_score_correction_bias"};

/// Last parts of names that belong to a quantised weight.
constexpr std::array<std::string_view, 18> scales{"absmax",
                                                  "quant_map",
                                                  "nested_absmax",
                                                  "nested_quant_map",
                                                  "qzeros",
                                                  "scales",
                                                  "g_idx",
                                                  "zeros",
                                                  "SCB",
                                                  "weight_format",
                                                  "weight_scale",
                                                  "weight_scale_inv",
                                                  "weight_scale_2",
                                                  "input_scale",
                                                  "weight_zero_point",
                                                  "input_zero_point",
                                                  "weight_shape",
                                                  "weight_g_idx"};

/// Last parts of names of integers that stand for weights.
constexpr std::array<std::string_view, 4> packed{"qweight", "weight_packed", "weight", "W_q"};

std::string_view lastPart(std::string_view name)
{
    return name.substr(name.rfind('.') + 1);
}

bool isOneOf(std::string_view name, std::span<const std::string_view> names)
{
    return std::ranges::find(names, name) != names.end();
}

} // namespace

Shape shapeOf(std::span<const std::int64_t> sizes)
{
    Shape shape;
    Count outer = 1;
    std::size_t i = 0;
    for (; sizes.size() - i > Shape::maxRank; ++i)
        outer *= sizes[i];
    for (; i < sizes.size(); ++i) {
        shape.append((outer * sizes[i]).value());
        outer = 1;
    }
    return shape;
}

StoredTensor::Kind storedKind(std::string_view name, DType dtype)
{
    const std::string_view last = lastPart(name);
    const bool isState = name.find(".quant_state.") != std::string_view::npos;
    const bool belongs = isState || isOneOf(last, buffers) || isOneOf(last, scales) ||
                         name.ends_with("_scale_inv") || name.ends_with("_scales");
    const bool isInteger =
        !isFloat(dtype) && dtype < DType::C128 && !isOneOf(last, packed) && !name.ends_with("_blocks");
    return belongs || isInteger ? StoredTensor::Kind::Buffer : StoredTensor::Kind::Parameter;
}

bool isPartOfModel(std::string_view fileName)
{
    constexpr std::array<std::string_view, 9> beginnings{"adapter",   "optimizer", "training_args",
                                                         "scheduler", "rng_",      "scaler",
                                                         "mmproj",    "trainer",   "random_states_"};
    return std::ranges::any_of(beginnings,
                               [&](std::string_view begin) { return fileName.starts_with(begin); });
}

std::string withoutWrappers(std::vector<StoredTensor>& tensors)
{
    constexpr std::array<std::string_view, 2> wrappers{"module.", "_orig_mod."};
    std::string removed;
    constexpr int deepest = 4;
    for (int i = 0; i < deepest && !tensors.empty(); ++i)
        for (const std::string_view wrapper : wrappers) {
            const auto isWrapped = [&](const StoredTensor& tensor) {
                return tensor.name.starts_with(wrapper);
            };
            if (!std::ranges::all_of(tensors, isWrapped))
                continue;
            for (StoredTensor& tensor : tensors)
                tensor.name.erase(0, wrapper.size());
            removed += wrapper;
        }
    return removed;
}

std::optional<std::string> repeatedName(const std::vector<StoredTensor>& tensors)
{
    std::unordered_set<std::string_view> seen;
    seen.reserve(tensors.size());
    for (const StoredTensor& tensor : tensors)
        if (!seen.insert(tensor.name).second)
            return tensor.name;
    return std::nullopt;
}

std::vector<std::string> notesOn(const std::vector<StoredTensor>& tensors)
{
    std::size_t grouped = 0;
    std::size_t blocks = 0;
    for (const StoredTensor& tensor : tensors) {
        const std::string_view last = lastPart(tensor.name);
        grouped += last == "qweight" || last == "weight_packed" || last == "W_q";
        blocks += last == "absmax";
    }
    std::vector<std::string> notes;
    if (grouped > 0)
        notes.push_back(fmt::format("{} weights are packed into integers (GPTQ, AWQ and the like): how many "
                                    "elements each integer holds is not stored, so the integers are counted "
                                    "as parameters; the bytes are exact.",
                                    grouped));
    if (blocks > 0)
        notes.push_back(
            fmt::format("{} weights are packed by bitsandbytes: their shapes are those of the packed "
                        "bytes, which are counted as parameters; the bytes are exact.",
                        blocks));
    return notes;
}

Result<Source> checkpointSource(const OpenedFile& file, std::string_view format, Stored stored,
                                std::vector<std::string> notes)
{
    if (const auto name = repeatedName(stored.tensors))
        return failure(ErrorKind::Malformed, shortened(*name), "two tensors have this name, expected one");
    for (std::string& note : notesOn(stored.tensors))
        notes.push_back(std::move(note));
    Source source{.name = file.name, .format = format};
    // Mistral's and Meta's own checkpoints have other names for tensors than the family that params.json
    // tells: it is kept for what it says of experts.
    for (const char* name : {"config.json", "params.json"}) {
        const auto config = isPartOfModel(file.path.filename().string()) ? std::nullopt : file.beside(name);
        if (!config)
            continue;
        constexpr std::uint64_t largest = 16 << 20;
        const auto text = config->all(largest);
        auto read = text ? parseConfig(*text, file) : Result<Config>(failure(text.error()));
        if (read)
            source.config = *std::move(read);
        else
            notes.push_back(
                fmt::format("The {} beside the file was not read: {}.", name, read.error().text()));
        break;
    }
    source.stored = std::make_shared<const Stored>(std::move(stored));
    source.notes = std::move(notes);
    return source;
}

std::optional<ShardName> shardName(std::string_view fileName)
{
    constexpr std::string_view of = "-of-";
    constexpr std::size_t digits = 5;
    const std::size_t middle = fileName.rfind(of);
    if (middle == std::string_view::npos || middle < digits + 1 || fileName[middle - digits - 1] != '-')
        return std::nullopt;
    const std::string_view first = fileName.substr(middle - digits, digits);
    const std::string_view last = fileName.substr(middle + of.size());
    ShardName shard{std::string(fileName.substr(0, middle - digits - 1)), {}, 0, 0};
    const auto number = std::from_chars(first.data(), first.data() + first.size(), shard.number);
    const auto count = std::from_chars(last.data(), last.data() + std::min(digits, last.size()), shard.count);
    if (number.ptr != first.data() + digits || count.ptr != last.data() + digits || shard.number < 0 ||
        shard.count < 1)
        return std::nullopt;
    shard.suffix = last.substr(digits);
    return shard;
}

std::string shardFile(const ShardName& shard, std::int64_t number)
{
    return fmt::format("{}-{:05}-of-{:05}{}", shard.stem, number, shard.count, shard.suffix);
}

} // namespace sunflop
