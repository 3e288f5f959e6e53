// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint/shards.h"

#include "core/base/plain_text.h"
#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/checkpoint/safetensors_header.h"
#include "core/formats/foreign/foreign.h"
#include "core/formats/torchsave/saved_checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace sunflop {

namespace {

constexpr std::size_t mostShards = 10'000;

/// Which tensors each file should hold, in the files' order.
using Shards = std::map<std::string, std::unordered_set<std::string>, std::less<>>;

/// Takes the texts of "weight_map" from the parser's events.
class IndexReader : public nlohmann::json_sax<nlohmann::json> {
public:
    Shards shards;
    std::optional<Error> error;

    bool null() override { return other(); }
    bool boolean(bool) override { return other(); }
    bool number_integer(number_integer_t) override { return other(); }
    bool number_unsigned(number_unsigned_t) override { return other(); }
    bool number_float(number_float_t, const string_t&) override { return other(); }
    bool binary(binary_t&) override { return other(); }
    bool string(string_t& file) override { return !isMapped() || add(file); }
    bool start_object(std::size_t) override
    {
        ++m_depth;
        return true;
    }
    bool key(string_t& name) override
    {
        (m_depth == 1 ? m_section : m_tensor) = name;
        return true;
    }
    bool end_object() override
    {
        --m_depth;
        return true;
    }
    bool start_array(std::size_t) override { return other(); }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override
    {
        return refuse(fmt::format("byte {}", position), "the index is no JSON");
    }

private:
    bool isMapped() const { return m_depth == 2 && m_section == "weight_map"; }
    bool other() { return !isMapped() || refuse(shortened(m_tensor), "expected the name of a file"); }
    bool refuse(std::string where, std::string detail)
    {
        error = Error{ErrorKind::Malformed, std::move(where), std::move(detail)};
        return false;
    }
    bool add(const std::string& file)
    {
        if (file.empty() || file.find('/') != std::string::npos || file.find('\\') != std::string::npos)
            return refuse(shortened(m_tensor),
                          fmt::format("\"{}\", expected a file in the same folder", shortened(file)));
        std::unordered_set<std::string>& tensors = shards[file];
        if (shards.size() > mostShards || ++m_count > mostTensors)
            return refuse({}, fmt::format("more than {} files or {} tensors", mostShards, mostTensors));
        return tensors.insert(m_tensor).second || refuse(shortened(m_tensor), "named twice");
    }

    int m_depth = 0;
    std::size_t m_count = 0;
    std::string m_section;
    std::string m_tensor;
};

Result<Shards> shardsOf(const OpenedFile& index)
{
    constexpr std::uint64_t longestIndex = 256 << 20;
    const auto text = index.bytes.all(longestIndex);
    if (!text)
        return failure(text.error());
    IndexReader reader;
    const bool isRead = nlohmann::json::sax_parse(*text, &reader);
    if (reader.error)
        return failure(*reader.error);
    if (!isRead || reader.shards.empty())
        return failure(ErrorKind::Malformed, "weight_map", "names no files, expected those of the shards");
    return std::move(reader.shards);
}

/// What one shard came to.
Result<std::vector<StoredTensor>> tensorsIn(const Bytes& bytes, const std::filesystem::path& path)
{
    if (looksLikeSafetensors(bytes))
        return safetensorsHeader(bytes);
    if (looksLikeSaved(bytes))
        return readSaved(bytes).map([](SavedCheckpoint&& saved) { return std::move(saved.stored.tensors); });
    return failure(foreignFile({bytes, {}, path})
                       .value_or(Error{
                           ErrorKind::Unsupported, {}, "expected a safetensors file, or one of torch.save"}));
}

/// The first few names of a list that may be long.
std::string listed(const std::vector<std::string>& names)
{
    constexpr std::size_t shown = 5;
    const std::span<const std::string> first(names.data(), std::min(shown, names.size()));
    const std::string rest = names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : "";
    return fmt::format("{}{}", fmt::join(first, ", "), rest);
}

/// What the shards hold, against what the index says.
struct Joined {
    std::vector<StoredTensor> tensors;
    std::vector<std::string> missingFiles;
    std::size_t missingTensors = 0;     ///< in those files
    std::vector<std::string> elsewhere; ///< tensors that are not in the file that the index names
};

Result<void> join(Joined& joined, std::vector<StoredTensor> tensors, std::unordered_set<std::string>& named)
{
    // Storages of different files are different memory.
    std::int64_t memories = 0;
    for (const StoredTensor& tensor : joined.tensors)
        memories = std::max(memories, tensor.memory + 1);
    for (StoredTensor& tensor : tensors) {
        named.erase(tensor.name);
        tensor.memory = tensor.memory < 0 ? -1 : tensor.memory + memories;
        joined.tensors.push_back(std::move(tensor));
    }
    joined.elsewhere.insert(joined.elsewhere.end(), named.begin(), named.end());
    if (joined.tensors.size() > mostTensors)
        return failure(ErrorKind::Unsupported, {}, fmt::format("more than {} tensors", mostTensors));
    return {};
}

std::vector<std::string> notesOf(Joined& joined, std::size_t files)
{
    std::vector<std::string> notes;
    if (!joined.missingFiles.empty())
        notes.push_back(fmt::format(
            "{} of {} shards are missing{}: {}.", joined.missingFiles.size(), files,
            joined.missingTensors > 0 ? fmt::format(", with {} tensors", joined.missingTensors) : "",
            listed(joined.missingFiles)));
    std::ranges::sort(joined.elsewhere);
    if (!joined.elsewhere.empty())
        notes.push_back(fmt::format("{} tensors are not in the shard that the index names: {}.",
                                    joined.elsewhere.size(), listed(joined.elsewhere)));
    return notes;
}

/// Opens the shards that lie beside a file as one checkpoint.
Result<Source> readAll(Shards shards, const OpenedFile& beside, std::string_view format)
{
    Joined joined;
    for (auto& [name, named] : shards) {
        const auto bytes = beside.beside(name);
        if (!bytes) {
            joined.missingFiles.push_back(name);
            joined.missingTensors += named.size();
            continue;
        }
        auto tensors = tensorsIn(*bytes, beside.path.parent_path() / name);
        if (!tensors)
            return failure(tensors.error().within(name));
        if (const auto added = join(joined, *std::move(tensors), named); !added)
            return failure(added.error());
    }
    if (joined.missingFiles.size() == shards.size())
        return failure(ErrorKind::NotFound, {},
                       fmt::format("none of the {} shards lies beside the index: {}", shards.size(),
                                   listed(joined.missingFiles)));
    auto notes = notesOf(joined, shards.size());
    return checkpointSource(beside, format, {.modules = {}, .tensors = std::move(joined.tensors)},
                            std::move(notes));
}

} // namespace

bool looksLikeIndex(const Bytes& bytes)
{
    constexpr std::uint64_t headBytes = 64 << 10;
    const std::string head = bytes.head(headBytes);
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    return first != std::string::npos && head[first] == '{' &&
           head.find("\"weight_map\"") != std::string::npos;
}

Result<Source> readShards(const OpenedFile& index, std::string_view format)
{
    auto shards = shardsOf(index);
    if (!shards)
        return failure(shards.error());
    return readAll(*std::move(shards), index, format);
}

std::optional<Result<Source>> readAsShard(const OpenedFile& file, std::string_view format)
{
    const auto shard = shardName(file.path.filename().string());
    if (!shard || shard->count < 2)
        return std::nullopt;
    const std::string index = shard->stem + shard->suffix + ".index.json";
    if (auto found = file.beside(index))
        return readShards({*std::move(found), shard->stem, file.path.parent_path() / index}, format);
    if (shard->count > static_cast<std::int64_t>(mostShards))
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("{} shards, expected at most {}", shard->count, mostShards));
    Shards shards;
    for (std::int64_t number = 1; number <= shard->count; ++number)
        shards[shardFile(*shard, number)];
    return readAll(std::move(shards), {file.bytes, shard->stem, file.path}, format);
}

} // namespace sunflop
