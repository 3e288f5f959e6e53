// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchsave/pickled_model.h"

#include "core/base/plain_text.h"
#include "core/formats/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sunflop {

namespace {

using Kind = PickleValue::Kind;

/// Values within values, and visits of values: they may share parts and contain themselves.
constexpr int deepest = 100;
constexpr std::size_t mostVisits = 4 << 20;

/// Where training programs keep the model, most usual first.
constexpr std::array<std::string_view, 13> modelKeys{
    "state_dict", "model_state_dict", "model",          "module",     "model_state", "net", "network",
    "params",     "weights",          "ema_state_dict", "params_ema", "model_ema",   "ema"};

/// Beginnings of keys under which tensors are no model's.
constexpr std::array<std::string_view, 8> stateKeys{"optimizer", "optim", "lr_scheduler", "scheduler",
                                                    "scaler",    "rng",   "random_",      "callbacks"};

std::string joined(const std::string& path, std::string_view name)
{
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::string keyText(const PickleValue& key)
{
    return key.integer() ? std::to_string(*key.integer()) : std::string(key.text());
}

bool isTrainingState(std::string_view key)
{
    return std::ranges::any_of(stateKeys, [&](std::string_view begin) { return key.starts_with(begin); });
}

std::string className(const PickleValue& module)
{
    const std::string_view name = module.typeName();
    return std::string(name.substr(name.rfind('.') + 1));
}

class ModelReader {
public:
    PickledModel model;

    Result<void> read(const PickleValue& root);

private:
    bool holdsTensors(const PickleValue& value, int depth);
    Result<void> addDict(const PickleValue& dict, const std::string& path, int depth);
    Result<void> addValue(const PickleValue& value, const std::string& path, int depth);
    Result<void> addModule(const PickleValue& module, const std::string& path, int depth);
    Result<void> addOwn(const PickleValue& tensors, const std::string& path, StoredTensor::Kind kind);
    Result<void> addTensor(const PickleValue& value, std::string name,
                           std::optional<StoredTensor::Kind> kind);
    Result<void> visit(const std::string& path, int depth);

    std::size_t m_visits = 0;
};

Result<void> ModelReader::visit(const std::string& path, int depth)
{
    if (depth > deepest || ++m_visits > mostVisits)
        return failure(ErrorKind::Unsupported, shortened(path),
                       fmt::format("values within values, expected at most {} levels and {} values", deepest,
                                   mostVisits));
    return {};
}

bool ModelReader::holdsTensors(const PickleValue& value, int depth)
{
    constexpr int levels = 4;
    if (depth > levels || ++m_visits > mostVisits)
        return false;
    if (isPickledTensor(value) || isPickledModule(value))
        return true;
    for (std::size_t i = 0; i < value.entries(); ++i)
        if (!isTrainingState(keyText(value.key(i))) && holdsTensors(value.value(i), depth + 1))
            return true;
    for (std::size_t i = 0; i < value.size(); ++i)
        if (holdsTensors(value.item(i), depth + 1))
            return true;
    return false;
}

Result<void> ModelReader::addTensor(const PickleValue& value, std::string name,
                                    std::optional<StoredTensor::Kind> kind)
{
    auto tensor = pickledTensor(value);
    if (!tensor)
        return failure(tensor.error().within(shortened(name)));
    if (model.tensors.size() == mostTensors)
        return failure(ErrorKind::Unsupported, {}, fmt::format("more than {} tensors", mostTensors));
    const auto guessed =
        tensor->isParameter ? StoredTensor::Kind::Parameter : storedKind(name, tensor->dtype);
    model.tensors.push_back({std::move(name), *std::move(tensor), kind.value_or(guessed)});
    return {};
}

/// Parameters or buffers of one module: None where it has none of that name.
Result<void> ModelReader::addOwn(const PickleValue& tensors, const std::string& path, StoredTensor::Kind kind)
{
    for (std::size_t i = 0; i < tensors.entries(); ++i)
        if (isPickledTensor(tensors.value(i))) {
            const auto added = addTensor(tensors.value(i), joined(path, keyText(tensors.key(i))), kind);
            if (!added)
                return added;
        }
    return {};
}

Result<void> ModelReader::addModule(const PickleValue& module, const std::string& path, int depth)
{
    if (const auto visited = visit(path, depth); !visited)
        return visited;
    constexpr std::array<std::string_view, 4> containers{"ModuleList", "ModuleDict", "ParameterList",
                                                         "ParameterDict"};
    std::string name = className(module);
    const bool isContainer = std::ranges::find(containers, name) != containers.end();
    model.modules.push_back({path, std::move(name), pickledDetail(module), isContainer});
    if (const auto added = addOwn(module.attribute("_parameters"), path, StoredTensor::Kind::Parameter);
        !added)
        return added;
    if (const auto added = addOwn(module.attribute("_buffers"), path, StoredTensor::Kind::Buffer); !added)
        return added;
    const PickleValue children = module.attribute("_modules");
    for (std::size_t i = 0; i < children.entries(); ++i)
        if (isPickledModule(children.value(i))) {
            const auto added =
                addModule(children.value(i), joined(path, keyText(children.key(i))), depth + 1);
            if (!added)
                return added;
        }
    return {};
}

Result<void> ModelReader::addValue(const PickleValue& value, const std::string& path, int depth)
{
    if (isPickledTensor(value))
        return addTensor(value, path, std::nullopt);
    if (isPickledModule(value))
        return addModule(value, path, depth);
    if (value.entries() > 0)
        return addDict(value, path, depth);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (const auto visited = visit(path, depth); !visited)
            return visited;
        if (const auto added = addValue(value.item(i), joined(path, std::to_string(i)), depth + 1); !added)
            return added;
    }
    return {};
}

Result<void> ModelReader::addDict(const PickleValue& dict, const std::string& path, int depth)
{
    for (std::size_t i = 0; i < dict.entries(); ++i) {
        if (const auto visited = visit(path, depth); !visited)
            return visited;
        const std::string key = keyText(dict.key(i));
        const PickleValue value = dict.value(i);
        const bool isModels = !key.empty() && (isPickledTensor(value) || !isTrainingState(key)) &&
                              (path.empty() ? holdsTensors(value, 0) : true);
        if (!isModels) {
            if (depth == 0)
                model.others.push_back(key);
            continue;
        }
        if (const auto added = addValue(value, joined(path, key), depth + 1); !added)
            return added;
    }
    return {};
}

Result<void> ModelReader::read(const PickleValue& root)
{
    if (isPickledModule(root))
        return addModule(root, {}, 0);
    PickleValue found = root;
    // Down to the model's part, which may lie in parts of its own: {"state": {"model": {...}}}.
    constexpr int levels = 4;
    for (int level = 0; level < levels; ++level) {
        const auto key = std::ranges::find_if(modelKeys, [&](std::string_view name) {
            const PickleValue part = found[name];
            return part && !isPickledTensor(part) && holdsTensors(part, 0);
        });
        if (key == modelKeys.end())
            break;
        for (std::size_t i = 0; i < found.entries(); ++i)
            if (keyText(found.key(i)) != *key)
                model.others.push_back(joined(model.place, keyText(found.key(i))));
        model.place = joined(model.place, *key);
        found = found[*key];
        if (isPickledModule(found))
            return addModule(found, {}, 0);
    }
    return addValue(found, {}, 0);
}

} // namespace

bool isPickledModule(const PickleValue& value)
{
    return value.is(Kind::Object) && value.attribute("_modules") && value.attribute("_parameters");
}

Result<PickledModel> pickledModel(const PickleValue& root)
{
    ModelReader reader;
    if (const auto read = reader.read(root); !read)
        return failure(read.error());
    if (reader.model.tensors.empty() && reader.model.modules.empty())
        return failure(ErrorKind::Unsupported, {},
                       root.typeName().empty()
                           ? std::string("the pickle holds no tensors, expected a model's")
                           : fmt::format("the pickle holds a {} without tensors, expected a model's",
                                         shortened(root.typeName())));
    return std::move(reader.model);
}

} // namespace sunflop
