// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/quantisation.h"

#include "core/base/plain_text.h"
#include "core/model/own_quantisation.h"
#include "core/quantisation/quantisation_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace sunflop {

namespace {

/// Dotted paths of all instances of a module.
std::vector<std::string> instancePaths(const Trace& trace, std::int32_t module)
{
    if (module <= 0)
        return {std::string()};
    const Module& own = trace.modules[static_cast<std::size_t>(module)];
    std::int64_t first = 0;
    std::from_chars(own.name.data(), own.name.data() + own.name.size(), first);
    std::vector<std::string> paths;
    for (const std::string& parent : instancePaths(trace, own.parent))
        for (std::int64_t i = 0; i < own.repeat; ++i) {
            const std::string name = own.repeat == 1 ? own.name : std::to_string(first + i);
            paths.push_back(parent.empty() ? name : fmt::format("{}.{}", parent, name));
        }
    return paths;
}

/// The path of a module's first instance.
std::string firstPath(const Trace& trace, std::int32_t module)
{
    std::string path;
    for (; module > 0; module = trace.modules[static_cast<std::size_t>(module)].parent) {
        const std::string& name = trace.modules[static_cast<std::size_t>(module)].name;
        path = path.empty() ? name : fmt::format("{}.{}", name, path);
    }
    return path;
}

bool isLinear(const std::string& className)
{
    return className.ends_with("Linear") || className == "Conv1D";
}

PackedWeight asGguf(const HeldTensor& tensor, const Parameter& parameter, DType type, Count count)
{
    return {
        tensor.parameter, std::string(info(type).id), count, {.payload = byteSize(parameter.shape, type)}};
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
        return layerMatrices(packing::gptq(read->bits, read->group), title("GPTQ"));
    if (method == "awq")
        return layerMatrices(packing::awq(read->bits, read->group), title("AWQ"));
    if (method == "hqq")
        return layerMatrices(packing::hqq(read->bits, read->group), title("HQQ"));
    if (method == "torchao")
        return layerMatrices(packing::scaleAndZero("torchao", read->bits, read->group), title("torchao"));
    return std::nullopt;
}

constexpr std::string_view ggufPrefix = "gguf-";

} // namespace

double QuantisedWeights::bitsPerWeight() const
{
    return 8.0 * static_cast<double>(bytes().value()) / static_cast<double>(elements.value());
}

std::vector<WeightKind> linearKinds()
{
    return {WeightKind::LayerMatrix, WeightKind::TowerMatrix, WeightKind::OtherMatrix, WeightKind::Expert,
            WeightKind::Router};
}

std::vector<WeightKind> matrixKinds()
{
    std::vector<WeightKind> kinds = linearKinds();
    kinds.push_back(WeightKind::Head);
    return kinds;
}

Quantisation bitsandbytes(WeightFormat format, std::string title)
{
    std::string id = format.id;
    return {.id = std::move(id),
            .title = std::move(title),
            .rules = {{.kinds = linearKinds(), .format = std::move(format), .onlyLinears = true}}};
}

Quantisation layerMatrices(WeightFormat format, std::string title)
{
    std::string id = format.id;
    return {.id = std::move(id),
            .title = std::move(title),
            .rules = {{.kinds = {WeightKind::LayerMatrix, WeightKind::Expert}, .format = std::move(format)}}};
}

Quantisation expertMatrices(WeightFormat format, std::string title)
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
        bitsandbytes(packing::bitsandbytesInt8(), "bitsandbytes int8"),
        bitsandbytes(packing::bitsandbytes4("bnb-nf4", false), "bitsandbytes nf4"),
        bitsandbytes(packing::bitsandbytes4("bnb-nf4-dq", true), "bitsandbytes nf4, double quantised"),
        bitsandbytes(packing::bitsandbytes4("bnb-fp4", false), "bitsandbytes fp4"),
    };
    for (const std::string_view id :
         {"gptq-4-g128", "gptq-4-g32", "gptq-8-g128", "awq-4-g128", "hqq-4-g64", "torchao-4-g128"})
        methods.push_back(*grouped(id));
    for (const std::string_view id : {"int8-channel", "fp8-channel"})
        methods.push_back(layerMatrices(packing::perChannel(id), fmt::format("{} scales", id)));
    methods.push_back(layerMatrices(packing::perTensor8("fp8-tensor"), "fp8, a scale per tensor"));
    methods.push_back(layerMatrices(packing::fp8Tiles(), "fp8 in tiles of 128 x 128 (DeepSeek)"));
    for (const std::int64_t bits : {8, 6, 4})
        methods.push_back(layerMatrices(packing::mx(bits), fmt::format("MXFP{}", bits)));
    methods.push_back(expertMatrices(packing::mx(4), "MXFP4, experts only (gpt-oss)"));
    methods.push_back(layerMatrices(packing::nvfp4(), "NVFP4"));
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

std::optional<Quantisation> quantisationOf(const Workload& workload)
{
    if (workload.quantisation.empty())
        return std::nullopt;
    if (workload.ownQuantisation != nullptr)
        return readQuantisation(workload.ownQuantisation->config).value();
    return quantisationNamed(workload.quantisation).value();
}

WeightPacking::WeightPacking(const Trace& trace, const Quantisation& quantisation, Mode mode)
    : m_trace(trace), m_quantisation(quantisation), m_mode(mode)
{
    if (!quantisation.gguf)
        return;
    m_mix = ggufModel(trace);
    m_mix->hasImportanceMatrix = quantisation.gguf->hasImportanceMatrix;
}

bool WeightPacking::isQuantised(const Parameter& parameter) const
{
    return !parameter.isBuffer && !parameter.isAdapter && !(m_mode == Mode::Training && parameter.trainable);
}

std::vector<PackedWeight> WeightPacking::of(const HeldTensor& tensor) const
{
    const Parameter& parameter = m_trace.parameters[static_cast<std::size_t>(tensor.parameter)];
    if (!isQuantised(parameter))
        return {stored(tensor, nullptr, tensor.instances)};
    return m_mix ? byMix(tensor) : byRules(tensor);
}

Count WeightPacking::bytesOf(const HeldTensor& tensor) const
{
    Count bytes;
    for (const PackedWeight& weight : of(tensor))
        bytes += weight.each.total() * weight.count;
    return bytes;
}

const WeightFormat* WeightPacking::formatOf(const Parameter& parameter) const
{
    if (m_quantisation.rules.empty() || !isQuantised(parameter))
        return nullptr;
    const StorageRule* rule =
        ruleFor(parameter, weightKind(m_trace, parameter), firstPath(m_trace, parameter.module));
    return rule != nullptr && rule->format ? &*rule->format : nullptr;
}

const StorageRule* WeightPacking::ruleFor(const Parameter& parameter, WeightKind kind,
                                          const std::string& path) const
{
    const std::string& className = m_trace.modules[static_cast<std::size_t>(parameter.module)].className;
    const auto applies = [&](const StorageRule& rule) {
        if (!rule.kinds.empty() && std::ranges::find(rule.kinds, kind) == rule.kinds.end())
            return false;
        if (rule.onlyLinears && !isLinear(className))
            return false;
        if (parameter.shape.rank() > 0 && parameter.shape.fromEnd(0).size % rule.rowMultiple != 0)
            return false;
        return rule.modules.isEmpty() || rule.modules.contains(path, className);
    };
    const auto rule = std::ranges::find_if(m_quantisation.rules, applies);
    return rule == m_quantisation.rules.end() ? nullptr : &*rule;
}

PackedWeight WeightPacking::stored(const HeldTensor& tensor, const StorageRule* rule, Count count) const
{
    const Parameter& parameter = m_trace.parameters[static_cast<std::size_t>(tensor.parameter)];
    if (rule != nullptr && rule->format)
        return {tensor.parameter, rule->format->id, count, packedBytes(parameter.shape, *rule->format)};
    const bool isCast = isFloat(parameter.dtype) && isQuantised(parameter);
    const DType dtype = isCast ? m_quantisation.rest.value_or(parameter.dtype) : parameter.dtype;
    return {
        tensor.parameter, std::string(info(dtype).id), count, {.payload = byteSize(parameter.shape, dtype)}};
}

std::vector<PackedWeight> WeightPacking::byRules(const HeldTensor& tensor) const
{
    if (m_quantisation.rules.empty())
        return {stored(tensor, nullptr, tensor.instances)};
    const Parameter& parameter = m_trace.parameters[static_cast<std::size_t>(tensor.parameter)];
    const WeightKind kind = weightKind(m_trace, parameter);
    const std::string path = firstPath(m_trace, parameter.module);
    const bool isAlike =
        !tensor.holders.empty() || std::ranges::none_of(m_quantisation.rules, [&](const StorageRule& rule) {
            return rule.modules.tellsApart(path);
        });
    if (isAlike)
        return {stored(tensor, ruleFor(parameter, kind, path), tensor.instances)};
    std::vector<std::pair<const StorageRule*, std::int64_t>> counts;
    for (const std::string& instance : instancePaths(m_trace, parameter.module)) {
        const StorageRule* rule = ruleFor(parameter, kind, instance);
        const auto known =
            std::ranges::find(counts, rule, &std::pair<const StorageRule*, std::int64_t>::first);
        if (known == counts.end())
            counts.emplace_back(rule, 1);
        else
            ++known->second;
    }
    std::vector<PackedWeight> weights;
    for (const auto& [rule, count] : counts)
        weights.push_back(stored(tensor, rule, count));
    return weights;
}

std::vector<PackedWeight> WeightPacking::byMix(const HeldTensor& tensor) const
{
    const Trace& trace = m_trace;
    const GgufChoice& choice = *m_quantisation.gguf;
    const GgufModel& model = *m_mix;
    const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
    GgufTensor kind = ggufTensor(trace, parameter);
    if (isInTower(trace, tensor.owner))
        return {asGguf(tensor, parameter, parameter.shape.rank() < 2 ? DType::F32 : DType::F16,
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
    std::map<DType, std::int64_t> counts;
    for (std::int64_t i = 0; i < layers; ++i)
        ++counts[ggufType(choice.file, kind, place.first + i, columns, model)];
    std::vector<PackedWeight> stored;
    for (const auto& [type, count] : counts)
        stored.push_back(asGguf(tensor, parameter, type, perLayer * count));
    return stored;
}

QuantisedWeights weightBytesOf(const Trace& trace, const Quantisation& quantisation, Mode mode)
{
    const std::vector<HeldTensor> tensors = heldTensors(trace);
    const WeightPacking storage(trace, quantisation, mode);
    QuantisedWeights result;
    std::vector<PackedBytes> amounts;
    for (const HeldTensor& tensor : tensors) {
        PackedBytes all;
        for (const PackedWeight& weight : storage.of(tensor)) {
            all = all + weight.each * weight.count;
            result.weights.push_back(weight);
        }
        amounts.push_back(all);
        result.elements +=
            trace.parameters[static_cast<std::size_t>(tensor.parameter)].params() * tensor.instances;
    }
    result.modules = summedByModule<PackedBytes>(trace, tensors, amounts);
    return result;
}

Count ggufFileBytes(const QuantisedWeights& weights, std::int64_t alignment)
{
    Count bytes;
    for (const PackedWeight& weight : weights.weights) {
        const std::int64_t each = weight.each.total().value();
        bytes += weight.count * ((each + alignment - 1) / alignment * alignment);
    }
    return bytes;
}

} // namespace sunflop
