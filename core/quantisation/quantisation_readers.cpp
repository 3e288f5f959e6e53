// SPDX-License-Identifier: GPL-3.0-or-later
// Methods that quantise weights alone, after the model was trained.
#include "core/quantisation/quantisation_readers.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace sunflop::quantised {

namespace {

constexpr std::array<std::int64_t, 8> anyBits{1, 2, 3, 4, 5, 6, 7, 8};
constexpr std::array<std::int64_t, 4> packedBits{2, 3, 4, 8};

/// Lists that say what stays, by the names that methods give them.
constexpr std::array<std::string_view, 3> keptLists{"modules_to_not_convert", "ignored_layers", "ignore"};

std::string title(std::string_view name, std::int64_t bits, std::int64_t group)
{
    return group == 0 ? fmt::format("{}, {} bit", name, bits)
                      : fmt::format("{}, {} bit, groups of {}", name, bits, group);
}

/// What gptqmodel's "dynamic" says of modules by regular expressions: "-:" leaves them out, "+:" or nothing
/// gives them other bits and groups.
Result<void> readDynamic(const Config& dynamic, std::int64_t bits, std::int64_t group, Quantisation& method)
{
    std::vector<StorageRule> rules;
    for (const auto& [key, value] : dynamic.json().items()) {
        const bool isKept = key.starts_with("-:");
        const std::size_t prefix = isKept || key.starts_with("+:") ? 2 : 0;
        auto modules = ModuleNames::of(std::array{"re:" + key.substr(prefix)});
        if (!modules)
            return failure(modules.error());
        StorageRule rule{.kinds = matrixKinds(), .modules = *std::move(modules)};
        ConfigReader own(dynamic.child(key));
        if (!isKept)
            rule.format =
                packing::gptq(bitsIn(own, "bits", bits, packedBits), groupIn(own, "group_size", group));
        if (own.error())
            return failure(*own.error());
        rules.push_back(std::move(rule));
    }
    method.rules.insert(method.rules.begin(), rules.begin(), rules.end());
    return {};
}

/// Only these modules of a layer, where a config lists them.
Result<void> restrictTo(const std::vector<std::string>& names, Quantisation& method)
{
    if (names.empty())
        return {};
    auto modules = ModuleNames::of(names);
    if (!modules)
        return failure(modules.error());
    for (StorageRule& rule : method.rules)
        rule.modules = *modules;
    return {};
}

/// auto-round's "extra_config": bits and groups of single modules; 16 bits and more mean that one stays.
Result<void> readExtra(const Config& extra, std::int64_t bits, std::int64_t group, Quantisation& method)
{
    constexpr std::int64_t unquantised = 16;
    constexpr std::array<std::int64_t, 6> allowed{2, 3, 4, 8, unquantised, 32};
    std::vector<NamedFormat> modules;
    for (const auto& [key, value] : extra.json().items()) {
        ConfigReader own(extra.child(key));
        const std::int64_t ownBits = bitsIn(own, "bits", bits, allowed);
        const std::int64_t ownGroup = groupIn(own, "group_size", group);
        if (own.error())
            return failure(*own.error());
        modules.push_back({.module = key});
        if (ownBits < unquantised)
            modules.back().format = packing::awq(ownBits, ownGroup);
    }
    return rulesOf(modules, matrixKinds()).map([&](const std::vector<StorageRule>& rules) {
        method.rules.insert(method.rules.begin(), rules.begin(), rules.end());
    });
}

} // namespace

Quantisation methodOf(const WeightFormat& format, std::string_view title)
{
    return {.id = format.id, .title = std::string(title)};
}

Result<void> keep(Quantisation& method, std::span<const std::string> modules)
{
    if (modules.empty())
        return {};
    return ModuleNames::of(modules).map([&](ModuleNames names) {
        method.rules.insert(method.rules.begin(), StorageRule{.modules = std::move(names)});
    });
}

Result<void> keep(Quantisation& method, ConfigReader& keys, std::span<const std::string_view> lists)
{
    std::vector<std::string> names;
    for (const std::string_view list : lists)
        std::ranges::copy(keys.texts(list), std::back_inserter(names));
    return keep(method, names);
}

Result<std::vector<StorageRule>> rulesOf(std::span<const NamedFormat> modules,
                                         const std::vector<WeightKind>& kinds)
{
    std::vector<StorageRule> rules;
    std::vector<std::vector<std::string>> names;
    for (const NamedFormat& named : modules) {
        const auto isSame = [&](const StorageRule& rule) {
            return rule.format.has_value() == named.format.has_value() &&
                   (!rule.format || rule.format->id == named.format->id);
        };
        const auto known = static_cast<std::size_t>(std::ranges::find_if(rules, isSame) - rules.begin());
        if (known == rules.size()) {
            rules.push_back({.kinds = kinds, .format = named.format});
            names.emplace_back();
        }
        names[known].push_back(named.module);
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        auto read = ModuleNames::of(names[i]);
        if (!read)
            return failure(read.error());
        rules[i].modules = *std::move(read);
    }
    return rules;
}

std::vector<StorageRule> everyLinear(const WeightFormat& format)
{
    return {{.kinds = linearKinds(), .format = format, .onlyLinears = true},
            {.kinds = {WeightKind::Expert}, .format = format}};
}

std::vector<StorageRule> everyLayerMatrix(const WeightFormat& format)
{
    return {{.kinds = {WeightKind::LayerMatrix, WeightKind::Expert}, .format = format}};
}

std::int64_t bitsIn(ConfigReader& keys, std::string_view key, std::int64_t fallback,
                    std::span<const std::int64_t> allowed)
{
    const std::int64_t bits = keys.integer(key, fallback);
    if (std::ranges::find(allowed, bits) != allowed.end())
        return bits;
    keys.refuse(key, fmt::format("found {}, expected one of {}", bits, fmt::join(allowed, ", ")));
    return allowed.front();
}

std::int64_t groupIn(ConfigReader& keys, std::string_view key, std::int64_t fallback)
{
    const std::int64_t group = keys.integer(key, fallback == 0 ? -1 : fallback);
    if (group == -1 || group > 0)
        return std::max<std::int64_t>(group, 0);
    keys.refuse(key, fmt::format("found {}, expected -1 or a number of inputs", group));
    return 0;
}

std::vector<std::string> textsIn(const Config& config, std::string_view key)
{
    std::vector<std::string> texts;
    const auto list = config.json().find(std::string(key));
    if (list == config.json().end() || !list->is_array())
        return texts;
    for (const nlohmann::json& item : *list) {
        if (item.is_string())
            texts.push_back(item.get<std::string>());
        if (item.is_array())
            for (const nlohmann::json& inner : item)
                if (inner.is_string())
                    texts.push_back(inner.get<std::string>());
    }
    return texts;
}

tl::unexpected<Error> unknown(std::string_view what, std::string_view name)
{
    return failure(ErrorKind::Unsupported, {},
                   fmt::format("the {} \"{}\" is not known", what, shortened(name)));
}

Result<Quantisation> gptq(ConfigReader& keys)
{
    const std::int64_t bits = bitsIn(keys, "bits", 4, packedBits);
    const std::int64_t group = groupIn(keys, "group_size", 128);
    const WeightFormat format = packing::gptq(bits, group);
    Quantisation method = methodOf(format, title("GPTQ", bits, group));
    method.rules = everyLayerMatrix(format);
    if (const auto read = restrictTo(textsIn(keys.config(), "modules_in_block_to_quantize"), method); !read)
        return failure(read.error());
    if (keys.flag("lm_head", false))
        method.rules.push_back({.kinds = {WeightKind::Head}, .format = format});
    if (const auto read = readDynamic(keys.object("dynamic"), bits, group, method); !read)
        return failure(read.error());
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> awq(ConfigReader& keys)
{
    const std::int64_t bits = bitsIn(keys, keys.has("bits") ? "bits" : "w_bit", 4, packedBits);
    const std::int64_t group = groupIn(keys, keys.has("group_size") ? "group_size" : "q_group_size", 128);
    const WeightFormat format = packing::awq(bits, group);
    Quantisation method = methodOf(format, title("AWQ", bits, group));
    method.rules = everyLayerMatrix(format);
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> autoRound(ConfigReader& keys)
{
    if (const std::string type = keys.text("data_type", "int"); type != "int")
        return unknown("data type of auto-round", type);
    const std::int64_t bits = bitsIn(keys, "bits", 4, packedBits);
    const std::int64_t group = groupIn(keys, "group_size", 128);
    const bool hasIndex = keys.text("packing_format", "") == "auto_gptq";
    WeightFormat format = hasIndex ? packing::gptq(bits, group) : packing::awq(bits, group);
    format.id = fmt::format("auto-round-{}-g{}", bits, group);
    Quantisation method = methodOf(format, title("AutoRound", bits, group));
    method.rules = everyLayerMatrix(format);
    if (const auto read = readExtra(keys.object("extra_config"), bits, group, method); !read)
        return failure(read.error());
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> bitsandbytesConfig(ConfigReader& keys)
{
    constexpr std::array<std::string_view, 1> lists{"llm_int8_skip_modules"};
    const bool is8 = keys.flag(keys.has("_load_in_8bit") ? "_load_in_8bit" : "load_in_8bit", false);
    const std::string type = keys.text("bnb_4bit_quant_type", "fp4");
    if (!is8 && type != "fp4" && type != "nf4")
        return unknown("4-bit type of bitsandbytes", type);
    const bool isDouble = keys.flag("bnb_4bit_use_double_quant", false);
    const WeightFormat format =
        is8 ? packing::bitsandbytesInt8()
            : packing::bitsandbytes4(fmt::format("bnb-{}{}", type, isDouble ? "-dq" : ""), isDouble);
    Quantisation method =
        bitsandbytes(format, is8 ? "bitsandbytes int8" : fmt::format("bitsandbytes {}", type));
    // Without a list the head stays; with one, just what it names.
    if (!textsIn(keys.config(), lists.front()).empty())
        method.rules.front().kinds = matrixKinds();
    return keep(method, keys, lists).map([&] { return std::move(method); });
}

Result<Quantisation> hqq(ConfigReader& keys)
{
    constexpr std::array<std::string_view, 1> lists{"skip_modules"};
    ConfigReader quant(keys.object("quant_config"));
    if (!quant.has("weight_quant_params"))
        return unknown("layout of hqq", "settings by layer");
    ConfigReader weights(quant.object("weight_quant_params"));
    const std::int64_t bits = bitsIn(weights, "nbits", 4, anyBits);
    const std::int64_t group = groupIn(weights, "group_size", 0);
    if (weights.error())
        return failure(*weights.error());
    const WeightFormat format = packing::hqq(bits, group);
    Quantisation method = methodOf(format, title("HQQ", bits, group));
    method.rules = {{.kinds = linearKinds(), .format = format, .onlyLinears = true}};
    return keep(method, keys, lists).map([&] { return std::move(method); });
}

Result<Quantisation> eetq(ConfigReader& keys)
{
    WeightFormat format = packing::perChannel("int8-channel", 16);
    Quantisation method = methodOf(format, "EETQ int8");
    method.rules = {{.kinds = linearKinds(), .format = format, .onlyLinears = true}};
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> quanto(ConfigReader& keys)
{
    constexpr std::int64_t usualGroup = 128;
    const std::string type = keys.text("weights", "int8");
    WeightFormat format;
    if (type == "int8" || type == "float8")
        format = packing::perChannel(type == "int8" ? "int8-channel" : "fp8-channel", 16);
    else if (type == "int4" || type == "int2")
        format = packing::scaleAndZero("quanto", type == "int4" ? 4 : 2, usualGroup);
    else
        return unknown("weight type of quanto", type);
    Quantisation method = methodOf(format, fmt::format("quanto {}", type));
    method.rules = {{.kinds = linearKinds(), .format = format, .onlyLinears = true}};
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> aqlm(ConfigReader& keys)
{
    constexpr std::array<std::string_view, 1> lists{"linear_weights_not_to_quantize"};
    constexpr std::int64_t mostCodeBits = 16;
    const packing::AqlmSizes sizes{.inGroup = keys.size("in_group_size", 8, 1024),
                                   .outGroup = keys.size("out_group_size", 1, 1024),
                                   .codebooks = keys.size("num_codebooks", 1, 64),
                                   .codeBits = keys.size("nbits_per_codebook", mostCodeBits, mostCodeBits)};
    const WeightFormat format = packing::aqlm(sizes);
    Quantisation method = methodOf(format, fmt::format("AQLM, {} x {} bit", sizes.codebooks, sizes.codeBits));
    method.rules = {{.kinds = linearKinds(), .format = format, .onlyLinears = true}};
    return keep(method, keys, lists).map([&] { return std::move(method); });
}

Result<Quantisation> bitnet(ConfigReader& keys)
{
    const WeightFormat format = packing::ternary();
    Quantisation method = methodOf(format, "BitNet b1.58");
    // Weights that are made ternary as the model runs are stored as they are.
    if (keys.text("quantization_mode", "offline") == "offline")
        method.rules = {{.kinds = linearKinds(), .format = format, .onlyLinears = true}};
    return keep(method, keys, keptLists).map([&] { return std::move(method); });
}

Result<Quantisation> mlx(ConfigReader& keys)
{
    constexpr std::array<std::int64_t, 6> allowed{2, 3, 4, 5, 6, 8};
    const auto format = [&](ConfigReader& own, std::int64_t bits, std::int64_t group) -> WeightFormat {
        const std::string mode = own.text("mode", keys.text("mode", "affine"));
        if (mode == "mxfp4" || mode == "mxfp8")
            return packing::mx(mode == "mxfp4" ? 4 : 8);
        if (mode != "affine")
            own.refuse("mode", fmt::format("found \"{}\", expected affine, mxfp4 or mxfp8", shortened(mode)),
                       ErrorKind::Unsupported);
        return packing::scaleAndZero("mlx", bitsIn(own, "bits", bits, allowed),
                                     groupIn(own, "group_size", group));
    };
    const std::int64_t bits = keys.integer("bits", 4);
    const std::int64_t group = groupIn(keys, "group_size", 64);
    const WeightFormat all = format(keys, bits, group);
    Quantisation method = methodOf(all, title("MLX", bits, group));
    // mlx_lm packs whatever has rows of whole groups, tables of words and routers too; mlx_vlm leaves towers.
    const std::vector<WeightKind> kinds{WeightKind::LayerMatrix, WeightKind::OtherMatrix,
                                        WeightKind::Expert,      WeightKind::Router,
                                        WeightKind::Head,        WeightKind::Embedding};
    std::vector<NamedFormat> modules;
    for (const auto& [key, value] : keys.config().json().items()) {
        ConfigReader own(keys.config().child(key));
        if (value.is_object())
            modules.push_back({key, format(own, bits, group)});
        else if (value.is_boolean() && !value.get<bool>())
            modules.push_back({.module = key});
        if (own.error())
            return failure(*own.error());
    }
    auto rules = rulesOf(modules, kinds);
    if (!rules)
        return failure(rules.error());
    method.rules = *std::move(rules);
    method.rules.push_back({.kinds = kinds, .format = all, .rowMultiple = std::max<std::int64_t>(1, group)});
    return method;
}

} // namespace sunflop::quantised
