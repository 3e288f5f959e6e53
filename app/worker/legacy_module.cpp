// SPDX-License-Identifier: GPL-3.0-or-later
// model.json is torch.ModelDef of caffe2/proto/torch.proto; what is done with it follows
// torch/csrc/jit/serialization/import_legacy.cpp.
#include "app/worker/legacy_module.h"

#include "app/worker/fake_mode.h"

#include <ATen/Functions.h>
#include <caffe2/serialize/inline_container.h>
#include <nlohmann/json.hpp>
#include <torch/csrc/jit/frontend/script_type_parser.h>
#include <torch/csrc/jit/serialization/import_source.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using at::Tensor;
using c10::IValue;
using nlohmann::json;

constexpr int deepest = 100;

/// protobuf writes integers of 64 bits as texts, and leaves zeros out.
std::int64_t wholeIn(const json& value)
{
    return value.is_string() ? std::stoll(value.get<std::string>()) : value.get<std::int64_t>();
}

std::int64_t wholeIn(const json& object, const char* key, std::int64_t otherwise = 0)
{
    return object.contains(key) ? wholeIn(object.at(key)) : otherwise;
}

std::vector<std::int64_t> sizesIn(const json& object, const char* key)
{
    std::vector<std::int64_t> sizes;
    for (const json& size : object.value(key, json::array()))
        sizes.push_back(wholeIn(size));
    return sizes;
}

c10::ScalarType typeOf(const std::string& name)
{
    static const std::map<std::string, c10::ScalarType> types = {
        {"FLOAT", at::kFloat}, {"DOUBLE", at::kDouble}, {"FLOAT16", at::kHalf}, {"BFLOAT16", at::kBFloat16},
        {"INT64", at::kLong},  {"INT32", at::kInt},     {"INT16", at::kShort},  {"INT8", at::kChar},
        {"UINT8", at::kByte},  {"BYTE", at::kByte},     {"BOOL", at::kBool}};
    return types.at(name);
}

/// Names of classes that the source mentions.
struct Classes : torch::jit::Resolver {
    explicit Classes(const torch::jit::SourceImporter& given) : importer(given) {}
    c10::TypePtr resolveType(const std::string& name, const torch::jit::SourceRange&) override
    {
        return importer.loadType(c10::QualifiedName(name));
    }

    torch::jit::SourceImporter importer;
};

class Loader {
public:
    explicit Loader(const std::shared_ptr<caffe2::serialize::ReadAdapterInterface>& file)
        : m_reader(file), m_unit(std::make_shared<torch::jit::CompilationUnit>()),
          m_importer(
              m_unit, &m_constants, [this](const std::string& name) { return library(name); },
              m_reader.version())
    {}

    std::optional<torch::jit::Module> load();

private:
    std::string text(const std::string& record)
    {
        const auto [data, size] = m_reader.getRecord(record);
        return {static_cast<const char*>(data.get()), size};
    }
    std::shared_ptr<torch::jit::Source> library(const std::string& name);
    Tensor tensor(const json& stored);
    torch::jit::Module module(const json& module, const std::string& scope, int depth);

    caffe2::serialize::PyTorchStreamReader m_reader;
    std::shared_ptr<torch::jit::CompilationUnit> m_unit;
    std::vector<IValue> m_constants; ///< every stored tensor
    std::vector<IValue> m_attributes;
    torch::jit::SourceImporter m_importer;
};

std::shared_ptr<torch::jit::Source> Loader::library(const std::string& name)
{
    std::string path = "libs/" + name + ".py";
    std::replace(path.begin(), path.end() - 3, '.', '/');
    return m_reader.hasRecord(path) ? std::make_shared<torch::jit::Source>(text(path), path, 1) : nullptr;
}

/// Small integers are real, as of newer files.
Tensor Loader::tensor(const json& stored)
{
    const auto sizes = sizesIn(stored, "dims");
    const auto strides = sizesIn(stored, "strides");
    const auto options = at::TensorOptions().dtype(typeOf(stored.at("dataType").get<std::string>()));
    const Tensor shape = at::empty_strided(sizes, strides, options.device(at::kMeta));
    if (shape.is_floating_point() || shape.numel() > mostRealElements)
        return shape.dim() > 0 ? shape : at::zeros(sizes, options);
    const std::string bytes = text(stored.at("data").at("key").get<std::string>());
    const Tensor whole = at::empty({static_cast<std::int64_t>(bytes.size() / shape.itemsize())}, options);
    std::memcpy(whole.data_ptr(), bytes.data(), static_cast<std::size_t>(whole.numel()) * shape.itemsize());
    return whole.as_strided(sizes, strides, wholeIn(stored, "offset"));
}

torch::jit::Module Loader::module(const json& described, const std::string& scope, int depth)
{
    TORCH_CHECK(depth < deepest, "more than ", deepest, " modules within modules");
    TORCH_CHECK(!described.contains("getStateAttributeId"), "a module that is made by __setstate__");
    const auto name = described.value("name", std::string());
    // Names of lists are numbers, which are no names of types.
    const bool isNumber = !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) != 0;
    const std::string path = scope + "." + (isNumber || name.empty() ? "_" : "") + name;
    torch::jit::Module made(c10::QualifiedName(path), m_unit);
    for (const json& child : described.value("submodules", json::array()))
        made.register_module(child.at("name").get<std::string>(), module(child, path, depth + 1));
    for (const json& parameter : described.value("parameters", json::array())) {
        const Tensor tensor =
            m_constants.at(static_cast<std::size_t>(wholeIn(parameter, "tensorId"))).toTensor();
        made.register_parameter(parameter.at("name").get<std::string>(), tensor,
                                parameter.value("isBuffer", false));
    }
    torch::jit::ScriptTypeParser types(std::make_shared<Classes>(m_importer));
    for (const json& attribute : described.value("attributes", json::array())) {
        const auto key = attribute.at("name").get<std::string>();
        const std::int64_t id = wholeIn(attribute, "id");
        if (!made.hasattr(key)) // buffers stand in both lists
            made.register_attribute(key, types.parseType(attribute.at("type").get<std::string>()),
                                    id < 0 ? IValue() : m_attributes.at(static_cast<std::size_t>(id)));
    }
    if (described.contains("torchscriptArena")) {
        const auto key = described.at("torchscriptArena").at("key").get<std::string>();
        m_importer.LEGACY_import_methods(made, std::make_shared<torch::jit::Source>(text(key), key, 1));
    }
    return made;
}

std::optional<torch::jit::Module> Loader::load()
{
    if (!m_reader.hasRecord("model.json"))
        return std::nullopt;
    const json model = json::parse(text("model.json"));
    for (const json& stored : model.value("tensors", json::array()))
        m_constants.emplace_back(tensor(stored));
    std::vector<Tensor> tensors;
    for (const IValue& constant : m_constants)
        tensors.push_back(constant.toTensor());
    if (m_reader.hasRecord("attributes.pkl")) {
        const std::string pickled = text("attributes.pkl");
        const IValue attributes = torch::jit::unpickle(
            pickled.data(), pickled.size(),
            [this](const c10::QualifiedName& name) {
                return c10::StrongTypePtr(m_unit, m_importer.loadType(name)->expect<c10::ClassType>());
            },
            tensors);
        m_attributes =
            attributes.isTuple() ? attributes.toTupleRef().elements().vec() : attributes.toListRef().vec();
    }
    return module(model.at("mainModule"), "__torch__", 0);
}

} // namespace

std::optional<torch::jit::Module>
loadLegacy(const std::shared_ptr<caffe2::serialize::ReadAdapterInterface>& file)
{
    return Loader(file).load();
}

} // namespace sunflop::worker
