// SPDX-License-Identifier: GPL-3.0-or-later
// ZIP (PyTorch 1.6 and later): <name>/data.pkl, and <name>/data/<key> for each storage.
// Legacy: pickles of a magic number, 1001, the writer's system, what was saved, and the keys of its storages,
// then each storage as 64 bits of its number of elements and the elements.

#include "core/formats/torchsave/saved_checkpoint.h"

#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/containers/archive.h"
#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/torchsave/pickled_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace sunflop {

namespace {

/// 0x1950a86a20f9469cfc6c, least byte first.
constexpr std::string_view legacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

bool isLegacy(const Bytes& bytes)
{
    constexpr std::uint64_t headBytes = 32;
    return bytes.head(headBytes).find(legacyMagic) != std::string::npos;
}

/// Bytes and ties of tensors by the storages that hold them. What several views of a storage take adds up to
/// the storage: views of the same elements are one tensor, and the first has what no view covers.
class Storages {
public:
    /// Registers a tensor before any is asked for.
    void add(const PickledTensor& tensor)
    {
        if (tensor.storage.empty())
            return;
        Storage& storage = m_storages[tensor.storage];
        storage.left = std::max(storage.left, tensor.storageBytes);
        const auto [view, isNew] = m_views.emplace(keyOf(tensor), static_cast<std::int64_t>(m_views.size()));
        if (isNew)
            storage.covered += own(tensor);
    }
    std::int64_t memory(const PickledTensor& tensor) const
    {
        return tensor.storage.empty() ? -1 : m_views.at(keyOf(tensor));
    }
    /// Bytes of the next tensor, in the order of the file; of tied ones the same for each.
    Count bytes(const PickledTensor& tensor)
    {
        Count total;
        for (const PickledTensor& part : tensor.parts)
            total += bytes(part);
        if (tensor.storage.empty())
            return tensor.parts.empty() ? byteSize(shapeOf(tensor.sizes), tensor.dtype) : total;
        const auto [given, isNew] = m_given.emplace(keyOf(tensor), Count());
        if (!isNew)
            return total + given->second;
        Storage& storage = m_storages[tensor.storage];
        Count mine = std::min(own(tensor), Count(storage.left));
        if (!storage.isBegun && Count(storage.left) > storage.covered)
            mine += Count(storage.left) - storage.covered;
        storage.isBegun = true;
        storage.left -= mine.value();
        given->second = mine;
        return total + mine;
    }

private:
    struct Storage {
        std::int64_t left = 0; ///< bytes that no tensor has been given
        Count covered;         ///< bytes of all views
        bool isBegun = false;
    };
    using Key = std::tuple<std::string, std::int64_t, std::int64_t>; ///< storage, offset, elements

    static Count own(const PickledTensor& tensor) { return byteSize(shapeOf(tensor.sizes), tensor.dtype); }
    static Key keyOf(const PickledTensor& tensor)
    {
        return {tensor.storage, tensor.offset, shapeOf(tensor.sizes).elements().value()};
    }

    std::map<std::string, Storage, std::less<>> m_storages;
    std::map<Key, std::int64_t> m_views;
    std::map<Key, Count> m_given;
};

void addStorages(Storages& storages, const PickledTensor& tensor)
{
    storages.add(tensor);
    for (const PickledTensor& part : tensor.parts)
        addStorages(storages, part);
}

std::string listed(std::vector<std::string> names)
{
    constexpr std::size_t shown = 12;
    const std::size_t count = names.size();
    names.resize(std::min(shown, count));
    for (std::string& name : names)
        name = shortened(name);
    return fmt::format("{}{}", fmt::join(names, ", "),
                       count > shown ? fmt::format(" and {} more", count - shown) : "");
}

SavedCheckpoint checkpointOf(PickledModel& model)
{
    Storages storages;
    for (const NamedTensor& named : model.tensors)
        addStorages(storages, named.tensor);
    SavedCheckpoint saved{.stored = {.modules = std::move(model.modules), .tensors = {}}, .notes = {}};
    for (NamedTensor& named : model.tensors)
        saved.stored.tensors.push_back(
            {.kind = named.kind,
             .name = std::move(named.name),
             .shape = shapeOf(named.tensor.sizes),
             .dtype = named.tensor.dtype,
             .trainable = named.tensor.requiresGradient || !named.tensor.isParameter,
             .bytes = storages.bytes(named.tensor),
             .memory = storages.memory(named.tensor)});
    if (!model.place.empty())
        saved.notes.push_back(fmt::format("The model was found under \"{}\".", shortened(model.place)));
    if (!model.others.empty())
        saved.notes.push_back(
            fmt::format("Also in the file, and not counted: {}.", listed(std::move(model.others))));
    if (saved.stored.modules.empty())
        if (const std::string removed = withoutWrappers(saved.stored.tensors); !removed.empty())
            saved.notes.push_back(
                fmt::format("Every name began with \"{}\", which a wrapper adds; it is left out.", removed));
    return saved;
}

/// Whether every storage is in the archive, with as many bytes as its tensors say.
Result<void> checkMembers(const Archive& archive, const Archive::Member& pickle, const PickledModel& model)
{
    const std::string root =
        pickle.name.substr(0, pickle.name.size() - std::string_view("data.pkl").size()) + "data/";
    std::unordered_map<std::string_view, std::uint64_t> sizes;
    for (const Archive::Member& member : archive.members())
        if (member.name.starts_with(root))
            sizes.emplace(std::string_view(member.name).substr(root.size()), member.size);
    for (const NamedTensor& named : model.tensors) {
        const PickledTensor& tensor = named.tensor;
        if (tensor.storage.empty())
            continue;
        const auto found = sizes.find(tensor.storage);
        if (found == sizes.end())
            return failure(
                ErrorKind::Malformed, shortened(named.name),
                fmt::format("its storage \"{}\" is not in the archive", shortened(tensor.storage)));
        if (found->second != static_cast<std::uint64_t>(tensor.storageBytes))
            return failure(
                ErrorKind::Malformed, shortened(named.name),
                fmt::format("its storage has {} bytes, {} expected", found->second, tensor.storageBytes));
    }
    return {};
}

Result<SavedCheckpoint> readArchive(const Bytes& bytes)
{
    const auto archive = Archive::open(bytes);
    if (!archive)
        return failure(archive.error());
    const Archive::Member* member = archive->find("data.pkl");
    if (member == nullptr)
        return failure(ErrorKind::Unsupported, {}, "the archive has no data.pkl, expected one of torch.save");
    constexpr std::uint64_t longestPickle = 256 << 20;
    auto text = archive->read(*member, longestPickle);
    if (!text)
        return failure(text.error());
    const auto pickle = Pickle::read(Bytes::of(*std::move(text)));
    if (!pickle)
        return failure(pickle.error().within(member->name));
    auto model = pickledModel(pickle->root());
    if (!model)
        return failure(model.error().within(member->name));
    if (const auto checked = checkMembers(*archive, *member, *model); !checked)
        return failure(checked.error());
    return checkpointOf(*model);
}

Result<SavedCheckpoint> readLegacy(const Bytes& bytes)
{
    ByteReader reader(bytes);
    const auto magic = Pickle::read(reader);
    if (!magic)
        return failure(magic.error());
    if (magic->root().text() != legacyMagic)
        return failure(ErrorKind::Malformed, "byte 0", "no checkpoint of torch.save");
    constexpr std::int64_t known = 1001;
    const auto protocol = Pickle::read(reader);
    if (!protocol || protocol->root().integer() != known)
        return failure(protocol ? Error{ErrorKind::Unsupported, {}, fmt::format("no protocol {}", known)}
                                : protocol.error());
    if (const auto system = Pickle::read(reader); !system)
        return failure(system.error());
    const auto saved = Pickle::read(reader);
    if (!saved)
        return failure(saved.error());
    auto model = pickledModel(saved->root());
    if (!model)
        return failure(model.error());
    if (const auto keys = Pickle::read(reader); !keys)
        return failure(keys.error());
    std::map<std::string_view, std::int64_t> storages;
    for (const NamedTensor& named : model->tensors)
        storages[named.tensor.storage] = named.tensor.storage.empty() ? 0 : named.tensor.storageBytes;
    Count stored;
    for (const auto& [key, size] : storages)
        stored += size;
    if (stored > Count(static_cast<std::int64_t>(reader.left())))
        return failure(
            ErrorKind::Malformed, fmt::format("byte {}", reader.position()),
            fmt::format("{} bytes of storages expected, {} are left", exactText(stored), reader.left()));
    return checkpointOf(*model);
}

} // namespace

bool looksLikeSaved(const Bytes& bytes)
{
    if (isLegacy(bytes))
        return true;
    if (!Archive::sniff(bytes))
        return false;
    const auto archive = Archive::open(bytes);
    return archive && archive->find("data.pkl") != nullptr && archive->find("constants.pkl") == nullptr;
}

Result<SavedCheckpoint> readSaved(const Bytes& bytes)
{
    return isLegacy(bytes) ? readLegacy(bytes) : readArchive(bytes);
}

} // namespace sunflop
