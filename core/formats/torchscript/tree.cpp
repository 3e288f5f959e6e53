// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript/tree.h"

#include "core/formats/torchsave/pickled_tensor.h"
#include "core/formats/torchscript/legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace sunflop {

namespace {

constexpr std::uint64_t largestPickle = 64 << 20;
constexpr std::uint64_t largestSource = 64 << 20; ///< of all files together
constexpr std::size_t mostModules = 200'000;
constexpr std::size_t mostTensors = 1'000'000;
constexpr int deepest = 100;
/// Objects of LibTorch's own classes, which quantised layers keep.
constexpr std::string_view packedClasses = "__torch__.torch.classes.";

std::string joined(const std::string& path, std::string_view name)
{
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

bool isContainer(std::string_view className)
{
    constexpr std::array names = {"Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"};
    return std::ranges::find(names, className) != names.end();
}

/// "(3, 3)" where it is not `usual` in every dimension, as Python's extra_repr() would print it.
std::string unusual(const ScriptClass& type, std::string_view name, std::string_view usual)
{
    const std::string* value = type.constant(name);
    if (value == nullptr || value->find_first_not_of(fmt::format("(), {}", usual)) == std::string::npos)
        return {};
    return fmt::format(", {}={}", name, *value);
}

/// What extra_repr() prints of a convolution, from its constants.
std::string convolutionDetail(const ScriptClass& type, bool hasBias)
{
    const std::string* in = type.constant("in_channels");
    const std::string* out = type.constant("out_channels");
    const std::string* kernel = type.constant("kernel_size");
    const std::string* stride = type.constant("stride");
    if (in == nullptr || out == nullptr || kernel == nullptr || stride == nullptr)
        return {};
    return fmt::format("{}, {}, kernel_size={}, stride={}{}{}{}{}{}", *in, *out, *kernel, *stride,
                       unusual(type, "padding", "0"), unusual(type, "dilation", "1"),
                       unusual(type, "output_padding", "0"), unusual(type, "groups", "1"),
                       hasBias ? "" : ", bias=False");
}

/// What extra_repr() would print, as far as constants and weights tell.
std::string detailOf(const ScriptClass& type, std::string_view className, const Shape* weight, bool hasBias)
{
    if (className.starts_with("Conv"))
        return convolutionDetail(type, hasBias);
    if (className == "Linear" && weight != nullptr && weight->rank() == 2)
        return fmt::format("in_features={}, out_features={}, bias={}", (*weight)[1], (*weight)[0],
                           hasBias ? "True" : "False");
    if (className == "Embedding" && weight != nullptr && weight->rank() == 2)
        return fmt::format("{}, {}", (*weight)[0], (*weight)[1]);
    std::string detail;
    for (const auto& [name, value] : type.constants)
        if (!name.starts_with('_') && value.size() < 100)
            detail += fmt::format("{}{}={}", detail.empty() ? "" : ", ", name, value);
    return detail;
}

class Walk {
public:
    explicit Walk(ScriptTree& tree) : m_tree(tree) {}
    Result<void> module(const PickleValue& value, const std::string& path, int depth);
    /// What freezing made of parameters: tensors that the source calls CONSTANTS.c0 and so on.
    Result<void> constants(const PickleValue& tuple);

private:
    Result<void> tensor(const PickleValue& value, std::string name, StoredTensor::Kind kind);
    Result<void> packed(const PickleValue& value, const std::string& path, int depth);
    const ScriptClass& classOf(const PickleValue& value) const;
    std::int64_t memoryOf(const PickledTensor& tensor);
    void describe(std::size_t module, const ScriptClass& type);

    ScriptTree& m_tree;
    std::set<std::int32_t> m_seen;
    std::map<std::tuple<std::string, std::int64_t, Sizes>, std::int64_t> m_memories;
    std::string m_folder; ///< of storages: keys of different ones are the same
};

const ScriptClass& Walk::classOf(const PickleValue& value) const
{
    static const ScriptClass unknown;
    const auto found = m_tree.classes.find(value.typeName());
    return found == m_tree.classes.end() ? unknown : found->second;
}

std::int64_t Walk::memoryOf(const PickledTensor& tensor)
{
    if (tensor.storage.empty())
        return -1;
    const auto next = static_cast<std::int64_t>(m_memories.size());
    return m_memories.try_emplace({m_folder + tensor.storage, tensor.offset, tensor.sizes}, next)
        .first->second;
}

Result<void> Walk::tensor(const PickleValue& value, std::string name, StoredTensor::Kind kind)
{
    const auto found = pickledTensor(value);
    if (!found)
        return failure(found.error().within(name));
    if (found->sizes.size() > Shape::maxRank)
        return failure(
            ErrorKind::Unsupported, name,
            fmt::format("{} dimensions, expected at most {}", found->sizes.size(), Shape::maxRank));
    if (m_tree.stored.tensors.size() == mostTensors)
        return failure(ErrorKind::Unsupported, name, fmt::format("more than {} tensors", mostTensors));
    StoredTensor tensor{.name = std::move(name), .dtype = found->dtype, .memory = memoryOf(*found)};
    for (const std::int64_t size : found->sizes)
        tensor.shape.append(size);
    tensor.bytes = byteSize(tensor.shape, tensor.dtype);
    tensor.kind = kind;
    tensor.trainable = found->requiresGradient;
    m_tree.stored.tensors.push_back(std::move(tensor));
    return {};
}

/// The weight and bias that a quantised layer packs into an object of LibTorch, or into its state. Integers
/// among them say how.
Result<void> Walk::packed(const PickleValue& value, const std::string& path, int depth)
{
    constexpr int levels = 6;
    if (depth > levels)
        return {};
    if (isPickledTensor(value)) {
        const auto found = pickledTensor(value);
        const bool isSetting = found && found->sizes.size() < 2 && !isFloat(found->dtype);
        const bool isWeight = found && found->sizes.size() >= 2;
        return isSetting
                   ? Result<void>()
                   : tensor(value, joined(path, isWeight ? "weight" : "bias"), StoredTensor::Kind::Parameter);
    }
    const auto each = [&](const PickleValue& holder) -> Result<void> {
        for (std::size_t i = 0; i < holder.size(); ++i)
            if (const auto read = packed(holder.item(i), path, depth + 1); !read)
                return read;
        return {};
    };
    for (const PickleValue& holder : {value, value.arguments(), value.state()})
        if (const auto read = each(holder); !read)
            return read;
    return {};
}

Result<void> Walk::constants(const PickleValue& tuple)
{
    m_folder = "constants/";
    for (std::size_t i = 0; i < tuple.size(); ++i) {
        const PickleValue value = tuple.item(i);
        const std::string name = fmt::format("c{}", i);
        const auto found = isPickledTensor(value) ? pickledTensor(value) : Result<PickledTensor>();
        const bool isParameter = found && isFloat(found->dtype) && !found->sizes.empty();
        const auto read = isPickledTensor(value) ? tensor(value, name,
                                                          isParameter ? StoredTensor::Kind::Parameter
                                                                      : StoredTensor::Kind::Buffer)
                                                 : packed(value, name, 0);
        if (!read)
            return read;
    }
    return {};
}

void Walk::describe(std::size_t module, const ScriptClass& type)
{
    StoredModule& described = m_tree.stored.modules[module];
    const std::string weightName = joined(described.path, "weight");
    const std::string biasName = joined(described.path, "bias");
    const Shape* weight = nullptr;
    bool hasBias = false;
    // Its own tensors are the last ones so far.
    const auto& tensors = m_tree.stored.tensors;
    for (auto tensor = tensors.rbegin(); tensor != tensors.rend(); ++tensor) {
        if (!tensor->name.starts_with(described.path))
            break;
        weight = tensor->name == weightName ? &tensor->shape : weight;
        hasBias = hasBias || tensor->name == biasName;
    }
    described.detail = detailOf(type, described.className, weight, hasBias);
}

Result<void> Walk::module(const PickleValue& value, const std::string& path, int depth)
{
    if (depth > deepest || m_tree.stored.modules.size() == mostModules)
        return failure(ErrorKind::Unsupported, path,
                       fmt::format("expected at most {} modules, {} deep", mostModules, deepest));
    if (!m_seen.insert(value.index()).second)
        return {};
    const ScriptClass& type = classOf(value);
    const std::size_t index = m_tree.stored.modules.size();
    const std::string className(shortClassName(value.typeName()));
    m_tree.stored.modules.push_back(
        {.path = path, .className = className, .detail = {}, .isContainer = isContainer(className)});
    const PickleValue state = value.state();
    for (std::size_t i = 0; i < state.entries(); ++i)
        if (isPickledTensor(state.value(i))) {
            const std::string name(state.key(i).text());
            const bool isParameter = std::ranges::find(type.parameters, name) != type.parameters.end();
            const auto kind = isParameter ? StoredTensor::Kind::Parameter : StoredTensor::Kind::Buffer;
            if (const auto read = tensor(state.value(i), joined(path, name), kind); !read)
                return read;
        } else if (state.value(i).typeName().starts_with(packedClasses)) {
            if (const auto read = packed(state.value(i), path, 0); !read)
                return read;
        }
    if (state.entries() == 0)
        if (const auto read = packed(state, path, 0); !read)
            return read;
    describe(index, type);
    for (std::size_t i = 0; i < state.entries(); ++i)
        if (const PickleValue child = state.value(i); classOf(child).isModule)
            if (const auto read = module(child, joined(path, state.key(i).text()), depth + 1); !read)
                return read;
    return {};
}

/// What scripting and tracing declare in every class, freezing drops.
bool isFrozen(const ScriptTree& tree)
{
    const auto root = tree.classes.find(tree.rootClass);
    return root != tree.classes.end() && root->second.isModule &&
           !root->second.attributes.contains("training");
}

} // namespace

Result<ScriptClasses> readScriptClasses(const Archive& archive)
{
    ScriptClasses classes;
    std::uint64_t left = largestSource;
    for (const Archive::Member& member : archive.members()) {
        const std::size_t folder = member.name.find("code/");
        const bool isSource = folder != std::string::npos && member.name.find('/') >= folder - (folder > 0);
        if (!isSource || !member.name.ends_with(".py"))
            continue;
        const auto text = archive.read(member, left);
        if (!text)
            return failure(text.error());
        left -= text->size();
        readScriptClasses(std::string_view(member.name).substr(folder), *text, classes);
    }
    return classes;
}

Result<Pickle> readPickle(const Archive& archive, const Archive::Member& member)
{
    auto bytes = archive.read(member, largestPickle);
    if (!bytes)
        return failure(bytes.error());
    auto pickle = Pickle::read(Bytes::of(*std::move(bytes)));
    if (!pickle)
        return failure(pickle.error().within(member.name));
    return pickle;
}

Result<ScriptTree> readScriptTree(const Archive& archive)
{
    if (const Archive::Member* model = archive.find("model.json"))
        return readLegacyTree(archive, *model);
    const Archive::Member* data = archive.find("data.pkl");
    if (data == nullptr)
        return failure(ErrorKind::Unsupported, {}, "no data.pkl in the archive, and no model.json");
    const auto pickle = readPickle(archive, *data);
    if (!pickle)
        return failure(pickle.error());
    auto classes = readScriptClasses(archive);
    if (!classes)
        return failure(classes.error());
    ScriptTree tree{.classes = *std::move(classes), .rootClass = std::string(pickle->root().typeName())};
    if (!pickle->root().is(PickleValue::Kind::Object))
        return failure(ErrorKind::Malformed, data->name,
                       "no module at the root, expected a TorchScript module");
    Walk walk(tree);
    if (const auto walked = walk.module(pickle->root(), {}, 0); !walked)
        return failure(walked.error().within(data->name));
    const Archive::Member* constants = archive.find("constants.pkl");
    if (constants == nullptr || !isFrozen(tree))
        return tree;
    const auto values = readPickle(archive, *constants);
    if (!values)
        return failure(values.error());
    if (const auto walked = walk.constants(values->root()); !walked)
        return failure(walked.error().within(constants->name));
    return tree;
}

} // namespace sunflop
