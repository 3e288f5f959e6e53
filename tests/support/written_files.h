// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files of model formats written byte by byte: archives, safetensors, GGUF.

#include "tests/support/written_pickle.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sunflop::test {

inline std::uint32_t crc32(std::string_view text)
{
    std::uint32_t crc = ~std::uint32_t{0};
    for (const char byte : text) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
    }
    return ~crc;
}

struct WrittenMember {
    std::string name;
    std::string contents;
};

/// A ZIP archive of stored members.
inline std::string zipOf(const std::vector<WrittenMember>& members)
{
    std::string file;
    std::string directory;
    for (const WrittenMember& member : members) {
        const std::size_t size = member.contents.size();
        const std::string common = littleEndian(0, 8) + littleEndian(crc32(member.contents), 4) +
                                   littleEndian(size, 4) + littleEndian(size, 4) +
                                   littleEndian(member.name.size(), 2) + littleEndian(0, 2);
        directory += "PK\1\2" + littleEndian(20, 2) + littleEndian(20, 2) + common + littleEndian(0, 10) +
                     littleEndian(file.size(), 4) + member.name;
        file += "PK\3\4" + littleEndian(20, 2) + common + member.name + member.contents;
    }
    return file + directory + "PK\5\6" + littleEndian(0, 4) + littleEndian(members.size(), 2) +
           littleEndian(members.size(), 2) + littleEndian(directory.size(), 4) +
           littleEndian(file.size(), 4) + littleEndian(0, 2);
}

/// What torch.save writes: a pickle, and a storage of zeros for each size in bytes.
inline std::string savedArchive(const std::string& value, const std::vector<std::size_t>& storages)
{
    std::vector<WrittenMember> members{{"model/data.pkl", pickleOf(value)}, {"model/version", "3\n"}};
    for (std::size_t i = 0; i < storages.size(); ++i)
        members.push_back({"model/data/" + std::to_string(i), std::string(storages[i], '\0')});
    return zipOf(members);
}

/// A safetensors file of this header and as many bytes of data.
inline std::string safetensorsOf(std::string_view header, std::size_t dataBytes)
{
    return littleEndian(header.size(), 8) + std::string(header) + std::string(dataBytes, '\0');
}

inline std::string ggufText(std::string_view text)
{
    return littleEndian(text.size(), 8) + std::string(text);
}
inline std::string ggufKey(std::string_view key, std::string_view text)
{
    return ggufText(key) + littleEndian(8, 4) + ggufText(text);
}
inline std::string ggufKey(std::string_view key, std::uint32_t number)
{
    return ggufText(key) + littleEndian(4, 4) + littleEndian(number, 4);
}

/// A tensor of a GGUF file; dimensions as there, the contiguous one first.
struct WrittenGgufTensor {
    std::string name;
    std::vector<std::uint64_t> dimensions;
    std::uint32_t type = 0;
    std::uint64_t bytes = 0;
};

/// Version 3 with its tensors one behind the other, aligned to 32 bytes.
inline std::string ggufOf(const std::vector<std::string>& keys, const std::vector<WrittenGgufTensor>& tensors)
{
    constexpr std::uint64_t alignment = 32;
    const auto aligned = [](std::uint64_t size) { return (size + alignment - 1) / alignment * alignment; };
    std::string file =
        "GGUF" + littleEndian(3, 4) + littleEndian(tensors.size(), 8) + littleEndian(keys.size(), 8);
    for (const std::string& key : keys)
        file += key;
    std::uint64_t offset = 0;
    for (const WrittenGgufTensor& tensor : tensors) {
        file += ggufText(tensor.name) + littleEndian(tensor.dimensions.size(), 4);
        for (const std::uint64_t dimension : tensor.dimensions)
            file += littleEndian(dimension, 8);
        file += littleEndian(tensor.type, 4) + littleEndian(offset, 8);
        offset += aligned(tensor.bytes);
    }
    file.resize(aligned(file.size()) + offset);
    return file;
}

} // namespace sunflop::test
