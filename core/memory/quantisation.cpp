// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/quantisation.h"

#include "core/base/units.h"
#include "core/model/held.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace sunflop {

namespace {

/// Whether `text` fits `pattern`, in which '*' stands for any text.
bool fits(std::string_view text, std::string_view pattern)
{
    std::size_t t = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resumed = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resumed = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resumed;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool applies(const StorageRule& rule, const Trace& trace, const Parameter& parameter, WeightKind kind)
{
    if (!rule.kinds.empty() && std::ranges::find(rule.kinds, kind) == rule.kinds.end())
        return false;
    const std::string& className = trace.modules[static_cast<std::size_t>(parameter.module)].className;
    if (rule.onlyLinears && !className.ends_with("Linear") && className != "Conv1D")
        return false;
    if (rule.path == "*")
        return true;
    const std::string path = trace.path(parameter.module);
    return fits(path.empty() ? parameter.name : path + "." + parameter.name, rule.path);
}

StoredWeight byRules(const Trace& trace, const HeldTensor& tensor, const Quantisation& method)
{
    const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
    const WeightKind kind = method.rules.empty() ? WeightKind::Vector : weightKind(trace, parameter);
    for (const StorageRule& rule : method.rules)
        if (!parameter.isBuffer && applies(rule, trace, parameter, kind))
            return {tensor.parameter, rule.format.id, tensor.instances,
                    storedBytes(parameter.shape, rule.format)};
    const bool isCast = isFloat(parameter.dtype) && !parameter.isBuffer;
    const DType dtype = isCast ? method.rest.value_or(parameter.dtype) : parameter.dtype;
    return {tensor.parameter,
            std::string(info(dtype).id),
            tensor.instances,
            {.payload = byteSize(parameter.shape, dtype)}};
}

StoredWeight asGguf(const HeldTensor& tensor, const Parameter& parameter, GgufType type, Count count)
{
    return {
        tensor.parameter, std::string(info(type).id), count, {.payload = byteSize(parameter.shape, type)}};
}

/// One entry for every type that the mix gives to some of the layers.
std::vector<StoredWeight> byMix(const Trace& trace, const HeldTensor& tensor, const GgufChoice& choice,
                                const GgufModel& model)
{
    const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
    GgufTensor kind = ggufTensor(trace, parameter);
    if (isInTower(trace, tensor.owner))
        return {asGguf(tensor, parameter, parameter.shape.rank() < 2 ? GgufType::F32 : GgufType::F16,
                       tensor.instances)};
    const bool isExpert = weightKind(trace, parameter) == WeightKind::Expert;
    if (choice.file == GgufFile::MXFP4_MOE && !isExpert && kind >= GgufTensor::AttentionQ &&
        kind != GgufTensor::Kept)
        kind = GgufTensor::OtherMatrix;
    const std::int64_t columns =
        parameter.shape.rank() == 0 ? 1 : parameter.shape[parameter.shape.rank() - 1];
    const LayerPlace place = layerPlace(trace, tensor.owner);
    if (place.module < 0)
        return {asGguf(tensor, parameter, ggufType(choice.file, kind, 0, columns, model), tensor.instances)};
    const std::int64_t layers = trace.modules[static_cast<std::size_t>(place.module)].repeat;
    const Count perLayer = tensor.instances.value() / layers;
    std::map<GgufType, std::int64_t> counts;
    for (std::int64_t i = 0; i < layers; ++i)
        ++counts[ggufType(choice.file, kind, place.first + i, columns, model)];
    std::vector<StoredWeight> stored;
    for (const auto& [type, count] : counts)
        stored.push_back(asGguf(tensor, parameter, type, perLayer * count));
    return stored;
}

/// "-4-g128" as bits and group; "-4" has one group.
struct BitsAndGroup {
    std::int64_t bits = 0;
    std::int64_t group = 0;
};

std::optional<BitsAndGroup> bitsAndGroup(std::string_view text)
{
    BitsAndGroup read;
    const char* end = text.data() + text.size();
    auto at = std::from_chars(text.data(), end, read.bits);
    if (at.ec != std::errc() || read.bits < 2 || read.bits > 8)
        return std::nullopt;
    if (at.ptr == end)
        return read;
    constexpr std::string_view separator = "-g";
    if (!std::string_view(at.ptr, end).starts_with(separator))
        return std::nullopt;
    at = std::from_chars(at.ptr + separator.size(), end, read.group);
    return at.ec == std::errc() && at.ptr == end && read.group > 0 ? std::optional(read) : std::nullopt;
}

/// A method whose id says bits and group.
std::optional<Quantisation> grouped(std::string_view id)
{
    const std::size_t dash = id.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const std::string_view method = id.substr(0, dash);
    const auto read = bitsAndGroup(id.substr(dash + 1));
    if (!read)
        return std::nullopt;
    const auto title = [&](std::string_view name) {
        return read->group == 0 ? fmt::format("{}, {} bit", name, read->bits)
                                : fmt::format("{}, {} bit, groups of {}", name, read->bits, read->group);
    };
    if (method == "gptq")
        return layerMatrices(storage::gptq(read->bits, read->group), title("GPTQ"));
    if (method == "awq")
        return layerMatrices(storage::awq(read->bits, read->group), title("AWQ"));
    if (method == "hqq")
        return layerMatrices(storage::scaleAndZero("hqq", read->bits, read->group), title("HQQ"));
    if (method == "torchao")
        return layerMatrices(storage::scaleAndZero("torchao", read->bits, read->group), title("torchao"));
    return std::nullopt;
}

constexpr std::string_view ggufPrefix = "gguf-";

} // namespace

double QuantisedWeights::bitsPerWeight() const
{
    return 8.0 * static_cast<double>(bytes().value()) / static_cast<double>(elements.value());
}

Quantisation bitsandbytes(StorageFormat format, std::string title)
{
    std::string id = format.id;
    return {.id = std::move(id),
            .title = std::move(title),
            .rules = {{.kinds = {WeightKind::LayerMatrix, WeightKind::TowerMatrix, WeightKind::OtherMatrix,
                                 WeightKind::Expert, WeightKind::Router},
                       .format = std::move(format),
                       .onlyLinears = true}}};
}

Quantisation layerMatrices(StorageFormat format, std::string title)
{
    std::string id = format.id;
    return {.id = std::move(id),
            .title = std::move(title),
            .rules = {{.kinds = {WeightKind::LayerMatrix, WeightKind::Expert}, .format = std::move(format)}}};
}

Quantisation expertMatrices(StorageFormat format, std::string title)
{
    return {.id = format.id + "-experts",
            .title = std::move(title),
            .rules = {{.kinds = {WeightKind::Expert}, .format = format}}};
}

Quantisation gguf(const GgufChoice& choice)
{
    std::string id = fmt::format("{}{}", ggufPrefix, info(choice.file).id);
    std::string title = fmt::format("GGUF {}", info(choice.file).id);
    return {.id = std::move(id), .title = std::move(title), .gguf = choice};
}

std::vector<Quantisation> quantisations()
{
    std::vector<Quantisation> methods{
        {.id = "none", .title = "As the weight type says"},
        bitsandbytes(storage::bitsandbytesInt8(), "bitsandbytes int8"),
        bitsandbytes(storage::bitsandbytes4("bnb-nf4", false), "bitsandbytes nf4"),
        bitsandbytes(storage::bitsandbytes4("bnb-nf4-dq", true), "bitsandbytes nf4, double quantised"),
        bitsandbytes(storage::bitsandbytes4("bnb-fp4", false), "bitsandbytes fp4"),
    };
    for (const std::string_view id :
         {"gptq-4-g128", "gptq-4-g32", "gptq-8-g128", "awq-4-g128", "hqq-4-g64", "torchao-4-g128"})
        methods.push_back(*grouped(id));
    for (const std::string_view id : {"int8-channel", "fp8-channel"})
        methods.push_back(layerMatrices(storage::perChannel(id), fmt::format("{} scales", id)));
    methods.push_back(layerMatrices(storage::perTensor8("fp8-tensor"), "fp8, a scale per tensor"));
    methods.push_back(layerMatrices(storage::fp8Tiles(), "fp8 in tiles of 128 x 128 (DeepSeek)"));
    for (const std::int64_t bits : {8, 6, 4})
        methods.push_back(layerMatrices(storage::mx(bits), fmt::format("MXFP{}", bits)));
    methods.push_back(expertMatrices(storage::mx(4), "MXFP4, experts only (gpt-oss)"));
    methods.push_back(layerMatrices(storage::nvfp4(), "NVFP4"));
    for (const GgufFileInfo& file : ggufFiles())
        methods.push_back(gguf({.file = file.file}));
    return methods;
}

Result<Quantisation> quantisationNamed(std::string_view id)
{
    if (auto method = grouped(id))
        return *std::move(method);
    for (Quantisation& method : quantisations())
        if (method.id == id)
            return std::move(method);
    if (id.starts_with(ggufPrefix))
        return ggufFileNamed(id.substr(ggufPrefix.size())).map([](GgufFile file) {
            return gguf({.file = file});
        });
    return failure(ErrorKind::NotFound, {},
                   fmt::format("\"{}\" is no quantisation, expected none, bnb-int8, bnb-nf4, gptq-4-g128, "
                               "awq-4-g128, gguf-q4_k_m or another that is listed",
                               shortened(id)));
}

QuantisedWeights weightBytesOf(const Trace& trace, const Quantisation& quantisation)
{
    const std::vector<HeldTensor> tensors = heldTensors(trace);
    std::optional<GgufModel> model;
    if (quantisation.gguf) {
        model = ggufModel(trace);
        model->hasImportanceMatrix = quantisation.gguf->hasImportanceMatrix;
    }
    QuantisedWeights result;
    std::vector<StoredBytes> amounts;
    for (const HeldTensor& tensor : tensors) {
        const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        const std::vector<StoredWeight> stored =
            model && !parameter.isBuffer ? byMix(trace, tensor, *quantisation.gguf, *model)
                                         : std::vector<StoredWeight>{byRules(trace, tensor, quantisation)};
        StoredBytes all;
        for (const StoredWeight& weight : stored) {
            all = all + weight.each * weight.count;
            result.weights.push_back(weight);
        }
        amounts.push_back(all);
        result.elements += parameter.params() * tensor.instances;
    }
    result.modules = summedByModule<StoredBytes>(trace, tensors, amounts);
    return result;
}

Count ggufFileBytes(const QuantisedWeights& weights, std::int64_t alignment)
{
    Count bytes;
    for (const StoredWeight& weight : weights.weights) {
        const std::int64_t each = weight.each.total().value();
        bytes += weight.count * ((each + alignment - 1) / alignment * alignment);
    }
    return bytes;
}

} // namespace sunflop
