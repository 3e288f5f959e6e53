// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pickles as Python's pickle module writes them, opcode by opcode, and what torch.save puts into them.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop::test {

/// `width` bytes, least first.
inline std::string littleEndian(std::uint64_t value, int width)
{
    std::string bytes;
    for (int i = 0; i < width; ++i) {
        bytes += static_cast<char>(value);
        value >>= 8;
    }
    return bytes;
}

inline std::string pickled(std::string_view text)
{
    return "X" + littleEndian(text.size(), 4) + std::string(text);
}

inline std::string pickled(std::int64_t number)
{
    return "\x8a\x08" + littleEndian(static_cast<std::uint64_t>(number), 8);
}

inline std::string pickledClass(std::string_view module, std::string_view name)
{
    return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}

inline std::string pickledTuple(std::initializer_list<std::string> items)
{
    std::string text = "(";
    for (const std::string& item : items)
        text += item;
    return text + "t";
}

inline std::string pickledSizes(std::initializer_list<std::int64_t> sizes)
{
    std::string text = "(";
    for (const std::int64_t size : sizes)
        text += pickled(size);
    return text + "t";
}

/// A dict of texts to values that are pickled already.
struct PickledEntry {
    std::string key;
    std::string value;
};
inline std::string pickledDict(const std::vector<PickledEntry>& entries)
{
    std::string text = "}(";
    for (const PickledEntry& entry : entries)
        text += pickled(entry.key) + entry.value;
    return text + "u";
}

inline std::string pickledCall(const std::string& callee, const std::string& arguments)
{
    return callee + arguments + "R";
}

/// A stored tensor as torch.save writes it.
struct SavedTensor {
    std::string_view type = "Float"; ///< of its storage: "Half"
    std::string key = "0";
    std::int64_t stored = 0; ///< elements of the storage
    std::int64_t offset = 0;
    std::initializer_list<std::int64_t> sizes;
    std::initializer_list<std::int64_t> strides;
};
inline std::string pickledTensor(const SavedTensor& tensor)
{
    const std::string storage =
        pickledTuple({pickled("storage"), pickledClass("torch", std::string(tensor.type) + "Storage"),
                      pickled(tensor.key), pickled("cpu"), pickled(tensor.stored)}) +
        "Q";
    const std::string hooks = pickledCall(pickledClass("collections", "OrderedDict"), ")");
    return pickledCall(pickledClass("torch._utils", "_rebuild_tensor_v2"),
                       pickledTuple({storage, pickled(tensor.offset), pickledSizes(tensor.sizes),
                                     pickledSizes(tensor.strides), "\x89", hooks}));
}
inline std::string pickledParameter(const SavedTensor& tensor)
{
    const std::string hooks = pickledCall(pickledClass("collections", "OrderedDict"), ")");
    return pickledCall(pickledClass("torch._utils", "_rebuild_parameter"),
                       pickledTuple({pickledTensor(tensor), "\x88", hooks}));
}

/// A whole pickle of protocol 2.
inline std::string pickleOf(const std::string& value)
{
    return "\x80\x02" + value + ".";
}

} // namespace sunflop::test
