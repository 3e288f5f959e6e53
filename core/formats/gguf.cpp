// SPDX-License-Identifier: GPL-3.0-or-later
// A GGUF file, or one of the parts of a split one: all parts that lie beside it are opened.

#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/foreign/foreign.h"
#include "core/formats/gguf/file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace sunflop::format {

namespace {

bool sniff(const Bytes& bytes)
{
    return bytes.head(4) == "GGUF";
}

constexpr std::int64_t mostParts = 10'000;

/// The parts that lie beside a file, as one.
struct Parts {
    GgufHeader header;                ///< keys are those of the first part
    std::vector<std::string> missing; ///< names of files
};

/// Adds one of the other parts, unless it is missing.
Result<void> addPart(Parts& parts, const OpenedFile& file, const ShardName& shard, std::int64_t number)
{
    const std::string name = shardFile(shard, number);
    const auto bytes = file.beside(name);
    if (!bytes) {
        parts.missing.push_back(name);
        return {};
    }
    auto part = readGguf(*bytes);
    if (!part) {
        const auto foreign =
            sniff(*bytes) ? std::nullopt : foreignFile({*bytes, {}, file.path.parent_path() / name});
        return failure(foreign.value_or(part.error()).within(name));
    }
    if (number == 1) {
        std::swap(parts.header.values, part->values);
        std::swap(parts.header.lengths, part->lengths);
    }
    std::ranges::move(part->tensors, std::back_inserter(parts.header.tensors));
    if (parts.header.tensors.size() > mostTensors)
        return failure(ErrorKind::Unsupported, {}, fmt::format("more than {} tensors", mostTensors));
    return {};
}

std::string missingText(std::vector<std::string> missing, std::int64_t count)
{
    constexpr std::size_t shown = 5;
    const std::size_t all = missing.size();
    missing.resize(std::min(shown, all));
    return fmt::format("{} of {} parts are missing: {}{}.", all, count, fmt::join(missing, ", "),
                       all > shown ? " and more" : "");
}

/// Opens all parts. How many there are is told by the keys, and by the names that gguf-split gives.
Result<Parts> partsOf(GgufHeader header, const OpenedFile& file, std::vector<std::string>& notes)
{
    const std::string fileName = file.path.filename().string();
    const auto shard = shardName(fileName);
    const std::int64_t told = header.number("split.count").value_or(1);
    const std::int64_t count = std::max(told, shard ? shard->count : 1);
    if (count > mostParts)
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("{} parts, expected at most {}", count, mostParts));
    const auto tensors = header.number("split.tensors.count");
    Parts parts{std::move(header), {}};
    for (std::int64_t number = 1; shard && number <= shard->count; ++number)
        if (number != shard->number)
            if (const auto added = addPart(parts, file, *shard, number); !added)
                return failure(added.error());
    if (!parts.missing.empty())
        notes.push_back(missingText(parts.missing, count));
    else if (const std::int64_t found = shard ? shard->count : 1; found < count)
        notes.push_back(fmt::format("{} of {} parts are missing: files named as gguf-split names them, "
                                    "<name>-00001-of-{:05}.gguf, are opened together.",
                                    count - found, count, count));
    const auto all = static_cast<std::int64_t>(parts.header.tensors.size());
    parts.header.isWhole = notes.empty() && all >= tensors.value_or(0);
    if (tensors && all != *tensors)
        notes.push_back(fmt::format("{} tensors are here, split.tensors.count is {}.", all, *tensors));
    return parts;
}

Result<Source> read(const OpenedFile& file)
{
    auto header = readGguf(file.bytes);
    if (!header)
        return failure(header.error());
    std::vector<std::string> notes;
    auto parts = partsOf(*std::move(header), file, notes);
    if (!parts)
        return failure(parts.error());
    GgufHeader& whole = parts->header;
    if (whole.tensors.empty() && whole.isWhole) {
        const auto words = whole.lengths.find("tokenizer.ggml.tokens");
        return failure(
            ErrorKind::Unsupported, {},
            words == whole.lengths.end()
                ? std::string("holds no tensors, expected those of a model")
                : fmt::format("a vocabulary of {} tokens and no tensors, expected a model", words->second));
    }
    GgufConfig config = ggufConfig(whole);
    std::ranges::move(config.notes, std::back_inserter(notes));
    auto source = checkpointSource(file, "gguf", {.modules = {}, .tensors = std::move(whole.tensors)},
                                   std::move(notes));
    // What the file itself says goes before a config.json that happens to lie beside it.
    if (source && !config.json.empty())
        source->config = Config(std::move(config.json));
    return source;
}

} // namespace

Format gguf()
{
    return {.id = "gguf", .title = "GGUF", .suffixes = {".gguf"}, .sniff = sniff, .read = read};
}

} // namespace sunflop::format
