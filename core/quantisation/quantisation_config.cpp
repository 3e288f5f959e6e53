// SPDX-License-Identifier: GPL-3.0-or-later
// Methods by "quant_method". Sources: transformers' quantization_config.py and quantizers, and the packers of
// each method's own library.
#include "core/quantisation/quantisation_config.h"

#include "core/base/plain_text.h"
#include "core/quantisation/quantisation_readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

struct Method {
    std::string_view name;
    Result<Quantisation> (*read)(ConfigReader&);
};

constexpr std::array methods{
    Method{"gptq", quantised::gptq},
    Method{"gptq_marlin", quantised::gptq},
    Method{"awq", quantised::awq},
    Method{"auto-round", quantised::autoRound},
    Method{"intel/auto-round", quantised::autoRound},
    Method{"bitsandbytes", quantised::bitsandbytesConfig},
    Method{"fp8", quantised::fp8},
    Method{"fbgemm_fp8", quantised::fbgemm},
    Method{"compressed-tensors", quantised::compressedTensors},
    Method{"modelopt", quantised::modelopt},
    Method{"modelopt_fp4", quantised::modelopt},
    Method{"modelopt_mixed", quantised::modelopt},
    Method{"quark", quantised::quark},
    Method{"mxfp4", quantised::mxfp4},
    Method{"mlx", quantised::mlx},
    Method{"hqq", quantised::hqq},
    Method{"torchao", quantised::torchao},
    Method{"eetq", quantised::eetq},
    Method{"quanto", quantised::quanto},
    Method{"aqlm", quantised::aqlm},
    Method{"bitnet", quantised::bitnet},
};

/// One without a method's name, by the keys that it has.
std::string_view methodByKeys(ConfigReader& keys)
{
    if (keys.has("load_in_8bit") || keys.has("load_in_4bit"))
        return "bitsandbytes";
    if (keys.has("quant_algo"))
        return "modelopt";
    if (keys.has("config_groups"))
        return "compressed-tensors";
    return keys.has("group_size") && keys.has("bits") ? "mlx" : "";
}

/// Lower case, and one name for each of those that vLLM adds a kernel's name to.
std::string lowered(std::string name)
{
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name == "compressed_tensors" ? "compressed-tensors" : name;
}

/// Whether the object lies in the config of a language model, within a larger one.
bool isOfLanguageModel(const Config& object)
{
    return std::ranges::count(object.keyPath("bits"), '.') > 1;
}

} // namespace

std::string methodName(const Config& object)
{
    ConfigReader keys(object);
    const std::string name = lowered(keys.text("quant_method", ""));
    return name.empty() ? std::string(methodByKeys(keys)) : name;
}

Result<Quantisation> readQuantisation(const Config& object)
{
    const std::string name = methodName(object);
    const auto method = std::ranges::find(methods, name, &Method::name);
    if (method == methods.end())
        return failure(ErrorKind::Unsupported, object.keyPath("quant_method"),
                       name.empty() ? std::string("no method is named")
                                    : fmt::format("the method \"{}\" is not known", shortened(name)));
    ConfigReader keys(object);
    auto read = method->read(keys);
    if (keys.error())
        return failure(*keys.error());
    if (!read)
        return failure(read.error().where.empty() ? read.error().within(object.keyPath("quant_method"))
                                                  : read.error());
    if (isOfLanguageModel(object))
        read->rules.insert(read->rules.begin(),
                           {.kinds = {WeightKind::TowerMatrix, WeightKind::OtherMatrix}});
    return read;
}

std::optional<DType> cacheDType(const Config& object)
{
    ConfigReader keys(object);
    const std::string algorithm = keys.text("kv_cache_quant_algo", "");
    ConfigReader scheme(keys.object("kv_cache_scheme"));
    const bool isFp8 = scheme.integer("num_bits", 0) == 8 && scheme.text("type", "") == "float";
    return isFp8 || algorithm == "FP8" ? std::optional(DType::F8E4M3) : std::nullopt;
}

} // namespace sunflop
