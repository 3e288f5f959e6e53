// SPDX-License-Identifier: GPL-3.0-or-later
// model.json is torch.ModelDef of caffe2/proto/torch.proto as protobuf writes JSON: {"mainModule": module,
// "tensors": [{"dims", "strides", "offset", "dataType", "requiresGrad", "data": {"key"}}]}, where a module is
// {"name", "parameters": [{"name", "isBuffer", "tensorId"}], "submodules": [module], "torchscriptArena":
// {"key": "code/net.py"}}. Integers of 64 bits are texts, and what is zero or false may be missing.
#include "core/formats/torchscript/legacy.h"

#include "core/base/plain_text.h"
#include "core/model/argument.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace sunflop {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t largestModel = 64 << 20;
constexpr std::size_t mostModules = 200'000;
constexpr int deepest = 100;

/// caffe2.TensorProto.DataType.
constexpr std::array<std::pair<std::string_view, DType>, 12> dataTypes{{{"FLOAT", DType::F32},
                                                                        {"INT32", DType::I32},
                                                                        {"BYTE", DType::U8},
                                                                        {"BOOL", DType::Bool},
                                                                        {"UINT8", DType::U8},
                                                                        {"INT8", DType::I8},
                                                                        {"UINT16", DType::U16},
                                                                        {"INT16", DType::I16},
                                                                        {"INT64", DType::I64},
                                                                        {"FLOAT16", DType::F16},
                                                                        {"DOUBLE", DType::F64},
                                                                        {"BFLOAT16", DType::BF16}}};

const Json& memberOf(const Json& object, const char* key)
{
    static const Json none;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? *found : none;
}

std::string textOf(const Json& value)
{
    return value.is_string() ? value.get<std::string>() : std::string();
}

/// A number, or a text that is one; an absent one is zero.
std::optional<std::int64_t> wholeOf(const Json& value)
{
    if (value.is_null())
        return 0;
    if (value.is_number_integer())
        return value.get<std::int64_t>();
    const std::string text = textOf(value);
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool isWhole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return isWhole ? std::optional(number) : std::nullopt;
}

bool isTrue(const Json& value)
{
    return value.is_boolean() && value.get<bool>();
}

class Reader {
public:
    Reader(ScriptTree& tree, const Json& model) : m_tree(tree), m_tensors(memberOf(model, "tensors")) {}
    Result<void> module(const Json& module, const std::string& path, int depth);

private:
    Result<StoredTensor> tensor(const Json& stored);

    ScriptTree& m_tree;
    const Json& m_tensors;
    std::map<std::tuple<std::string, std::int64_t, std::vector<std::int64_t>>, std::int64_t> m_memories;
};

Result<StoredTensor> Reader::tensor(const Json& stored)
{
    const std::string type = textOf(memberOf(stored, "dataType"));
    const auto known = std::ranges::find(dataTypes, type, &std::pair<std::string_view, DType>::first);
    if (known == dataTypes.end())
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("element type \"{}\", expected one such as FLOAT", shortened(type)));
    StoredTensor tensor{.dtype = known->second, .trainable = isTrue(memberOf(stored, "requiresGrad"))};
    std::vector<std::int64_t> sizes;
    Count elements = 1;
    for (const Json& dim : memberOf(stored, "dims")) {
        sizes.push_back(wholeOf(dim).value_or(-1));
        elements *= std::max<std::int64_t>(sizes.back(), 0);
        if (sizes.back() < 0 || elements > Count(mostElements) || sizes.size() > Shape::maxRank)
            return failure(ErrorKind::Malformed, {},
                           fmt::format("sizes {}, expected at most {} that are not negative",
                                       shortened(memberOf(stored, "dims").dump()), Shape::maxRank));
        tensor.shape.append(sizes.back());
    }
    tensor.bytes = byteSize(tensor.shape, tensor.dtype);
    const auto next = static_cast<std::int64_t>(m_memories.size());
    tensor.memory = m_memories
                        .try_emplace({textOf(memberOf(memberOf(stored, "data"), "key")),
                                      wholeOf(memberOf(stored, "offset")).value_or(0), sizes},
                                     next)
                        .first->second;
    return tensor;
}

Result<void> Reader::module(const Json& module, const std::string& path, int depth)
{
    if (depth > deepest || m_tree.stored.modules.size() == mostModules)
        return failure(ErrorKind::Unsupported, path,
                       fmt::format("expected at most {} modules, {} deep", mostModules, deepest));
    const auto joined = [&](const Json& named) {
        const std::string name = textOf(memberOf(named, "name"));
        return path.empty() ? name : path + "." + name;
    };
    const std::string className = path.empty() ? textOf(memberOf(module, "name")) : std::string();
    m_tree.stored.modules.push_back({.path = path, .className = className, .detail = {}});
    for (const Json& parameter : memberOf(module, "parameters")) {
        const auto id = wholeOf(memberOf(parameter, "tensorId"));
        if (!id || *id < 0 || static_cast<std::size_t>(*id) >= m_tensors.size())
            return failure(ErrorKind::Malformed, joined(parameter),
                           fmt::format("no tensor of its number, expected one of {}", m_tensors.size()));
        auto read = tensor(m_tensors[static_cast<std::size_t>(*id)]);
        if (!read)
            return failure(read.error().within(joined(parameter)));
        read->name = joined(parameter);
        const bool isBuffer = isTrue(memberOf(parameter, "isBuffer"));
        read->kind = isBuffer ? StoredTensor::Kind::Buffer : StoredTensor::Kind::Parameter;
        m_tree.stored.tensors.push_back(*std::move(read));
    }
    for (const Json& child : memberOf(module, "submodules"))
        if (const auto read = this->module(child, joined(child), depth + 1); !read)
            return read;
    return {};
}

/// "net" of "code/net.py": as the functions of the file are known.
std::string scopeOf(std::string key)
{
    constexpr std::string_view folder = "code/";
    constexpr std::string_view suffix = ".py";
    if (key.starts_with(folder) && key.ends_with(suffix))
        key = key.substr(folder.size(), key.size() - folder.size() - suffix.size());
    std::ranges::replace(key, '/', '.');
    return key;
}

} // namespace

Result<ScriptTree> readLegacyTree(const Archive& archive, const Archive::Member& model)
{
    const auto text = archive.read(model, largestModel);
    if (!text)
        return failure(text.error());
    const Json json = Json::parse(*text, nullptr, false);
    const Json& root = memberOf(json, "mainModule");
    if (!root.is_object() || !memberOf(json, "tensors").is_array())
        return failure(ErrorKind::Malformed, model.name, "found no \"mainModule\" with \"tensors\"");
    auto classes = readScriptClasses(archive);
    if (!classes)
        return failure(classes.error());
    ScriptTree tree{.classes = *std::move(classes),
                    .rootClass = scopeOf(textOf(memberOf(memberOf(root, "torchscriptArena"), "key")))};
    if (const auto read = Reader(tree, json).module(root, {}, 0); !read)
        return failure(read.error().within(model.name));
    return tree;
}

} // namespace sunflop
