// SPDX-License-Identifier: GPL-3.0-or-later
// Schemes of serving engines: fp8, compressed-tensors, ModelOpt, Quark, torchao, MXFP4.
#include "core/quantisation/quantisation_readers.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace sunflop::quantised {

namespace {

constexpr std::array<std::string_view, 4> keptLists{"modules_to_not_convert", "ignored_layers", "ignore",
                                                    "exclude_modules"};
constexpr std::int64_t modelBits = 16; ///< of scales that take the dtype of the model

/// A 32-bit scale of activations beside each weight, where they are measured beforehand.
WeightFormat withInputScale(WeightFormat format, bool isStatic)
{
    if (isStatic)
        format.companions.push_back({.name = "input scale", .tileRows = 0});
    return format;
}

/// Sides of "weight_block_size" or "block_structure".
struct Tile {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
};

std::optional<Tile> tileIn(ConfigReader& keys, std::string_view key)
{
    if (!keys.has(key))
        return std::nullopt;
    const nlohmann::json& value = keys.config().json().at(std::string(key));
    const auto isSide = [](const nlohmann::json& side) {
        return side.is_number_unsigned() && side.get<std::uint64_t>() >= 1 &&
               side.get<std::uint64_t>() <= std::uint64_t{1} << 20;
    };
    if (value.is_array() && value.size() == 2 && isSide(value[0]) && isSide(value[1]))
        return Tile{value[0].get<std::int64_t>(), value[1].get<std::int64_t>()};
    keys.refuse(key, "expected two sizes of at least 1", ErrorKind::Malformed);
    return std::nullopt;
}

/// The weights of one group of compressed-tensors.
Result<WeightFormat> groupFormat(ConfigReader& weights, std::string_view layout, bool hasStaticInputs)
{
    const std::int64_t bits = weights.integer("num_bits", 8);
    const std::string type = weights.text("type", "int");
    const std::string strategy = weights.text("strategy", weights.has("group_size") ? "group" : "tensor");
    const bool isGrouped = strategy == "group" || strategy == "tensor_group";
    const std::int64_t group = isGrouped ? groupIn(weights, "group_size", 128) : 0;
    if (weights.error())
        return failure(*weights.error());
    if (type == "float" && bits == 4 && layout.starts_with("nvfp4"))
        return withInputScale(packing::nvfp4(), hasStaticInputs);
    if (type == "float" && bits == 4 && layout.starts_with("mxfp4"))
        return packing::mx(4);
    if (type == "float" && bits == 8 && layout.starts_with("mxfp8"))
        return packing::mx(8);
    if (type == "int" && (layout == "pack-quantized" || bits < 8) && bits >= 2 && bits <= 8)
        return packing::packedInts(bits, group, !weights.flag("symmetric", true),
                                   weights.has("actorder") && weights.text("actorder", "") == "group");
    const bool isFloat = type == "float";
    if (bits != 8 || (!isFloat && type != "int"))
        return unknown("format of compressed-tensors", fmt::format("{}, {} bits, {}", type, bits, layout));
    const std::string name = isFloat ? "fp8" : "int8";
    if (strategy == "tensor")
        return withInputScale(packing::perTensor8(name + "-tensor", modelBits), hasStaticInputs);
    if (strategy == "block") {
        const auto tile = tileIn(weights, "block_structure");
        if (tile && isFloat)
            return packing::fp8Tiles(tile->rows, tile->columns, modelBits);
        return unknown("strategy of compressed-tensors", "block");
    }
    if (strategy == "channel")
        return withInputScale(packing::perChannel(name + "-channel", modelBits), hasStaticInputs);
    if (!isGrouped)
        return unknown("strategy of compressed-tensors", strategy);
    WeightFormat format = packing::perChannel(fmt::format("{}-g{}", name, group), modelBits);
    format.companions.front().tileColumns = group;
    return format;
}

/// Rules of one group: classes or names of modules, and what their weights are stored in.
Result<std::vector<StorageRule>> groupRules(const Config& group, std::string_view layout)
{
    ConfigReader keys(group);
    const std::vector<std::string> targets = keys.texts("targets");
    ConfigReader weights(keys.object("weights"));
    ConfigReader inputs(keys.object("input_activations"));
    const std::string ownLayout = keys.text("format", layout);
    const bool isStatic = keys.has("input_activations") && inputs.has("dynamic") &&
                          inputs.config().json().at("dynamic").is_boolean() && !inputs.flag("dynamic", true);
    if (keys.error())
        return failure(*keys.error());
    if (!keys.has("weights")) // activations alone
        return std::vector<StorageRule>();
    return groupFormat(weights, ownLayout, isStatic).and_then([&](const WeightFormat& format) {
        return ModuleNames::of(targets).map([&](const ModuleNames& names) {
            const bool meansLinears =
                std::ranges::find(targets, "Linear") != targets.end() && targets.size() == 1;
            if (!meansLinears)
                return std::vector<StorageRule>{{.kinds = matrixKinds(), .modules = names, .format = format}};
            return std::vector<StorageRule>{{.kinds = matrixKinds(), .format = format, .onlyLinears = true},
                                            {.kinds = {WeightKind::Expert}, .format = format}};
        });
    });
}

/// What ModelOpt calls a layout.
Result<WeightFormat> modeloptFormat(std::string_view algorithm)
{
    if (algorithm == "FP8")
        return withInputScale(packing::perTensor8("fp8-tensor"), true);
    if (algorithm == "FP8_PER_CHANNEL_PER_TOKEN")
        return packing::perChannel("fp8-channel");
    if (algorithm == "FP8_PB_WO" || algorithm == "FP8_PB_REAL")
        return packing::fp8Tiles();
    if (algorithm == "NVFP4" || algorithm == "W4A8_NVFP4_FP8")
        return withInputScale(packing::nvfp4(), true);
    if (algorithm == "W4A16_NVFP4")
        return packing::nvfp4();
    if (algorithm == "MXFP8" || algorithm == "W4A8_MXFP4_FP8")
        return packing::mx(algorithm == "MXFP8" ? 8 : 4);
    return unknown("algorithm of ModelOpt", algorithm);
}

/// "quantized_layers" of a mixed precision: an algorithm for each module that it names.
Result<Quantisation> mixedModelopt(ConfigReader& keys)
{
    Quantisation method{.id = "modelopt-mixed", .title = "ModelOpt, mixed"};
    const Config layers = keys.object("quantized_layers");
    std::vector<NamedFormat> modules;
    for (const auto& [key, value] : layers.json().items()) {
        ConfigReader own(layers.child(key));
        auto format = modeloptFormat(own.text("quant_algo", ""));
        if (!format)
            return failure(format.error());
        modules.push_back({key, *std::move(format)});
    }
    return rulesOf(modules, matrixKinds()).map([&](std::vector<StorageRule> rules) {
        method.rules = std::move(rules);
        return std::move(method);
    });
}

/// A torchao configuration as it is written out: its class and what it was made with.
struct TorchaoType {
    std::string name;
    Config settings;
};

/// The class of what a key holds, or of the first of a list there.
std::string typeNamed(const Config& settings, std::string_view key)
{
    const auto value = settings.json().find(std::string(key));
    if (value == settings.json().end())
        return {};
    const nlohmann::json& one = value->is_array() && !value->empty() ? value->front() : *value;
    const auto type = one.is_object() ? one.find("_type") : one.end();
    return type != one.end() && type->is_string() ? type->get<std::string>() : std::string();
}

TorchaoType torchaoType(ConfigReader& keys)
{
    if (const nlohmann::json& json = keys.config().json();
        json.contains("quant_type") && json.at("quant_type").is_string())
        return {keys.text("quant_type", ""), keys.object("quant_type_kwargs")};
    ConfigReader type(keys.object("quant_type"));
    ConfigReader made(type.has("default") ? type.object("default") : type.config());
    return {made.text("_type", ""), made.object("_data")};
}

Result<WeightFormat> torchaoFormat(const TorchaoType& type)
{
    const auto is = [&](std::string_view function, std::string_view className) {
        return type.name == function || type.name == className;
    };
    ConfigReader settings(type.settings);
    if (is("int4_weight_only", "Int4WeightOnlyConfig")) {
        const std::int64_t group = groupIn(settings, "group_size", 128);
        if (settings.error())
            return failure(*settings.error());
        return packing::scaleAndZero("torchao", 4, group);
    }
    if (is("int8_weight_only", "Int8WeightOnlyConfig") ||
        is("int8_dynamic_activation_int8_weight", "Int8DynamicActivationInt8WeightConfig"))
        return packing::perChannel("int8-channel", modelBits);
    if (is("float8_weight_only", "Float8WeightOnlyConfig"))
        return packing::perChannel("fp8-channel");
    if (is("float8_dynamic_activation_float8_weight", "Float8DynamicActivationFloat8WeightConfig")) {
        const bool isByRow = typeNamed(type.settings, "granularity") == "PerRow";
        return isByRow ? packing::perChannel("fp8-channel") : packing::perTensor8("fp8-tensor");
    }
    return unknown("type of torchao", type.name);
}

/// Weights as Quark's "dtype" and "qscheme" tell.
Result<WeightFormat> quarkFormat(const Config& weight)
{
    ConfigReader keys(weight);
    const std::string type = keys.text("dtype", "");
    const std::string scheme = keys.text("qscheme", "");
    const std::int64_t group = keys.integer("group_size", 0);
    const bool isFp8 = type == "fp8_e4m3";
    if ((isFp8 || type == "int8") && scheme == "per_tensor")
        return packing::perTensor8(isFp8 ? "fp8-tensor" : "int8-tensor");
    if ((isFp8 || type == "int8") && scheme == "per_channel")
        return packing::perChannel(isFp8 ? "fp8-channel" : "int8-channel");
    constexpr std::int64_t mxGroup = 32;
    if (type == "fp4" && scheme == "per_group" && group == mxGroup)
        return packing::mx(4);
    return unknown("weights of quark", fmt::format("{}, {}", type, scheme));
}

} // namespace

Result<Quantisation> fp8(ConfigReader& keys)
{
    const auto tile = tileIn(keys, "weight_block_size");
    const bool isStatic = keys.text("activation_scheme", "dynamic") == "static";
    const WeightFormat format = withInputScale(
        tile ? packing::fp8Tiles(tile->rows, tile->columns) : packing::perTensor8("fp8-tensor"), isStatic);
    Quantisation method =
        methodOf(format, tile ? fmt::format("fp8 in tiles of {} x {}", tile->rows, tile->columns)
                              : "fp8, a scale per tensor");
    method.rules = everyLinear(format);
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> fbgemm(ConfigReader& keys)
{
    WeightFormat format = packing::perChannel("fp8-channel");
    format.companions.push_back({.name = "upper bound", .tileRows = 0});
    Quantisation method = methodOf(format, "fp8, a scale per output (FBGEMM)");
    method.rules = everyLinear(format);
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> compressedTensors(ConfigReader& keys)
{
    const std::string layout = keys.text("format", "dense");
    ConfigReader sparsity(keys.object("sparsity_config"));
    if (const std::string sparse = sparsity.text("format", "dense"); sparse != "dense")
        return unknown("format of compressed-tensors", sparse);
    if (layout.starts_with("marlin") || layout.starts_with("sparse"))
        return unknown("format of compressed-tensors", layout);
    Quantisation method{.id = "compressed-tensors", .title = "compressed-tensors"};
    const Config groups = keys.object("config_groups");
    for (const auto& [key, value] : groups.json().items()) {
        auto rules = groupRules(groups.child(key), layout);
        if (!rules)
            return failure(rules.error());
        method.rules.insert(method.rules.end(), rules->begin(), rules->end());
    }
    const auto isFirst = [&](const StorageRule& rule) {
        return rule.format->id == method.rules.front().format->id;
    };
    if (!method.rules.empty() && std::ranges::all_of(method.rules, isFirst)) {
        method.id = method.rules.front().format->id;
        method.title = fmt::format("compressed-tensors, {}", method.id);
    }
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> modelopt(ConfigReader& keys)
{
    const std::string algorithm = keys.text("quant_algo", "");
    Result<Quantisation> method;
    if (algorithm == "MIXED_PRECISION") {
        method = mixedModelopt(keys);
    } else {
        method = modeloptFormat(algorithm).map([&](const WeightFormat& format) {
            Quantisation made = methodOf(format, fmt::format("ModelOpt {}", algorithm));
            made.rules = everyLinear(format);
            return made;
        });
    }
    if (!method)
        return method;
    return keep(*method, keys, keptLists).map([&] { return *std::move(method); });
}

Result<Quantisation> quark(ConfigReader& keys)
{
    constexpr std::array<std::string_view, 1> lists{"exclude"};
    ConfigReader global(keys.object("global_quant_config"));
    auto format = quarkFormat(global.object("weight"));
    if (!format)
        return failure(format.error());
    Quantisation method = methodOf(*format, fmt::format("Quark, {}", format->id));
    method.rules = everyLinear(*format);
    const Config layers = keys.object("layer_quant_config");
    for (const auto& [key, value] : layers.json().items()) {
        ConfigReader own(layers.child(key));
        auto ownFormat = quarkFormat(own.object("weight"));
        auto modules = ModuleNames::of(std::array{key});
        if (!ownFormat)
            return failure(ownFormat.error());
        if (!modules)
            return failure(modules.error());
        method.rules.insert(
            method.rules.begin(),
            {.kinds = matrixKinds(), .modules = *std::move(modules), .format = *std::move(ownFormat)});
    }
    return keep(method, keys, lists).map([&] { return std::move(method); });
}

Result<Quantisation> mxfp4(ConfigReader& keys)
{
    Quantisation method = expertMatrices(packing::mx(4), "MXFP4, experts only (gpt-oss)");
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> torchao(ConfigReader& keys)
{
    const auto format = torchaoFormat(torchaoType(keys));
    if (!format)
        return failure(format.error());
    Quantisation method = methodOf(*format, fmt::format("torchao, {}", format->id));
    StorageRule rule{.kinds = linearKinds(), .format = *format, .onlyLinears = true};
    method.rules = {rule};
    if (keys.flag("include_input_output_embeddings", false)) {
        rule.kinds = {WeightKind::Embedding, WeightKind::Head};
        rule.onlyLinears = false;
        method.rules.push_back(rule);
    }
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

} // namespace sunflop::quantised
