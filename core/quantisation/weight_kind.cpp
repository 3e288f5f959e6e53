// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/weight_kind.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

namespace sunflop {

namespace {

const Module& moduleAt(const Trace& trace, std::int32_t id)
{
    return trace.modules[static_cast<std::size_t>(id)];
}

/// What families call the towers beside a language model.
constexpr std::array<std::string_view, 12> towers{
    "vision_model",   "vision_tower",  "vision",          "visual",      "visual_tokenizer", "vision_encoder",
    "visual_encoder", "image_encoder", "vision_backbone", "audio_tower", "audio_encoder",    "audio_model"};

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names)
{
    return std::ranges::find(names, name) != names.end();
}

/// Number of a module of a list; nothing for a name.
std::optional<std::int64_t> numberOf(const Module& module)
{
    std::int64_t number = 0;
    const char* end = module.name.data() + module.name.size();
    const auto read = std::from_chars(module.name.data(), end, number);
    return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

bool isBelow(const Trace& trace, std::int32_t module, std::initializer_list<std::string_view> names)
{
    for (; module >= 0; module = moduleAt(trace, module).parent)
        if (isOneOf(moduleAt(trace, module).name, names))
            return true;
    return false;
}

struct Projection {
    std::string_view name;
    GgufTensor tensor;
};

/// Names that mean the same in every block.
constexpr std::array projections{
    Projection{"q_proj", GgufTensor::AttentionQ},
    Projection{"wq", GgufTensor::AttentionQ},
    Projection{"query", GgufTensor::AttentionQ},
    Projection{"k_proj", GgufTensor::AttentionK},
    Projection{"wk", GgufTensor::AttentionK},
    Projection{"key", GgufTensor::AttentionK},
    Projection{"v_proj", GgufTensor::AttentionV},
    Projection{"wv", GgufTensor::AttentionV},
    Projection{"value", GgufTensor::AttentionV},
    Projection{"kv_b_proj", GgufTensor::AttentionV},
    Projection{"qkv", GgufTensor::AttentionQkv},
    Projection{"qkv_proj", GgufTensor::AttentionQkv},
    Projection{"query_key_value", GgufTensor::AttentionQkv},
    Projection{"Wqkv", GgufTensor::AttentionQkv},
    Projection{"wqkv", GgufTensor::AttentionQkv},
    Projection{"c_attn", GgufTensor::AttentionQkv},
    Projection{"o_proj", GgufTensor::AttentionOutput},
    Projection{"wo", GgufTensor::AttentionOutput},
    Projection{"gate_proj", GgufTensor::FfnGate},
    Projection{"w1", GgufTensor::FfnGate},
    Projection{"up_proj", GgufTensor::FfnUp},
    Projection{"w3", GgufTensor::FfnUp},
    Projection{"gate_up_proj", GgufTensor::FfnUp},
    Projection{"fc1", GgufTensor::FfnUp},
    Projection{"fc_in", GgufTensor::FfnUp},
    Projection{"c_fc", GgufTensor::FfnUp},
    Projection{"dense_h_to_4h", GgufTensor::FfnUp},
    Projection{"down_proj", GgufTensor::FfnDown},
    Projection{"w2", GgufTensor::FfnDown},
    Projection{"fc2", GgufTensor::FfnDown},
    Projection{"fc_out", GgufTensor::FfnDown},
    Projection{"dense_4h_to_h", GgufTensor::FfnDown},
};

std::optional<GgufTensor> projectionNamed(std::string_view name)
{
    const auto found = std::ranges::find(projections, name, &Projection::name);
    return found == projections.end() ? std::nullopt : std::optional(found->tensor);
}

/// Rows of the language model's first projection of this sort; 0 without one.
std::int64_t rowsOf(const Trace& trace, GgufTensor tensor)
{
    for (const Parameter& parameter : trace.parameters)
        if (!parameter.isBuffer && parameter.shape.rank() == 2 && ggufTensor(trace, parameter) == tensor)
            return parameter.shape[0];
    return 0;
}

} // namespace

bool isInTower(const Trace& trace, std::int32_t module)
{
    for (; module >= 0; module = moduleAt(trace, module).parent) {
        const std::string& name = moduleAt(trace, module).name;
        // Asked of every weight of a mixture of thousands of experts: most names differ in their first
        // letter.
        if (name.starts_with('v') || name.starts_with('i') || name.starts_with('a'))
            if (std::ranges::find(towers, name) != towers.end())
                return true;
    }
    return false;
}

LayerPlace layerPlace(const Trace& trace, std::int32_t module)
{
    LayerPlace place;
    for (; module > 0; module = moduleAt(trace, module).parent) {
        const Module& inner = moduleAt(trace, module);
        const Module& outer = moduleAt(trace, inner.parent);
        const auto number = numberOf(inner);
        // The outermost list: experts are lists within layers.
        if (number && outer.isContainer)
            place = {module, *number};
    }
    return place.module >= 0 && isInTower(trace, place.module) ? LayerPlace{} : place;
}

std::int64_t layerCount(const Trace& trace)
{
    std::int64_t layers = 0;
    for (std::size_t i = 1; i < trace.modules.size(); ++i) {
        const Module& list = moduleAt(trace, trace.modules[i].parent);
        if (!list.isContainer)
            continue;
        const LayerPlace place = layerPlace(trace, static_cast<std::int32_t>(i));
        if (place.module == static_cast<std::int32_t>(i))
            layers = std::max(layers, place.first + trace.modules[i].repeat);
    }
    return layers;
}

WeightKind weightKind(const Trace& trace, const Parameter& parameter)
{
    const Module& module = moduleAt(trace, parameter.module);
    const bool isConv1d = module.className == "Conv1D"; // GPT-2's transposed linear layer
    // Stacked experts have a row of biases each.
    if (parameter.shape.rank() < 2 || parameter.name.ends_with("bias"))
        return WeightKind::Vector;
    if (module.role == Role::Norm)
        return WeightKind::Norm;
    if (module.className.starts_with("Conv") && !isConv1d)
        return WeightKind::Convolution;
    const bool isLinear = isConv1d || module.className.ends_with("Linear");
    if (!isLinear && (module.role == Role::Embedding || module.className.ends_with("Embedding")))
        return WeightKind::Embedding;
    if (isInTower(trace, parameter.module))
        return WeightKind::TowerMatrix;
    if (module.role == Role::Head || isOneOf(module.name, {"lm_head", "embed_out"}))
        return WeightKind::Head;
    if (module.role == Role::Router)
        return WeightKind::Router;
    if (isBelow(trace, parameter.module, {"experts"}))
        return WeightKind::Expert;
    return layerPlace(trace, parameter.module).module >= 0 ? WeightKind::LayerMatrix
                                                           : WeightKind::OtherMatrix;
}

GgufTensor ggufTensor(const Trace& trace, const Parameter& parameter)
{
    const Module& module = moduleAt(trace, parameter.module);
    switch (weightKind(trace, parameter)) {
    case WeightKind::Vector:
    case WeightKind::Norm:
    case WeightKind::Convolution:
    case WeightKind::Router: return GgufTensor::Kept;
    case WeightKind::Head: return GgufTensor::Output;
    case WeightKind::Embedding: {
        const bool isPosition =
            isOneOf(module.name, {"wpe", "embed_positions", "position_embeddings", "token_type_embeddings"});
        return isPosition ? GgufTensor::Kept : GgufTensor::TokenEmbedding;
    }
    default: break;
    }
    // Fused experts are parameters of one module.
    auto tensor = projectionNamed(module.name);
    if (!tensor)
        tensor = projectionNamed(parameter.name);
    if (tensor)
        return *tensor;
    if (module.name == "dense" && moduleAt(trace, std::max(module.parent, 0)).name == "intermediate")
        return GgufTensor::FfnUp;
    if (isOneOf(module.name, {"dense", "out_proj", "c_proj", "proj"}))
        return module.role == Role::Mlp ? GgufTensor::FfnDown : GgufTensor::AttentionOutput;
    return GgufTensor::OtherMatrix;
}

GgufModel ggufModel(const Trace& trace)
{
    GgufModel model{.layers = layerCount(trace)};
    const std::int64_t queries = rowsOf(trace, GgufTensor::AttentionQ);
    const std::int64_t keys = rowsOf(trace, GgufTensor::AttentionK);
    if (keys > 0 && queries >= keys)
        model.heads = queries / keys;
    // Experts may be folded or stand one by one.
    for (std::size_t i = 0; i < trace.modules.size(); ++i) {
        if (trace.modules[i].name != "experts")
            continue;
        std::int64_t experts = 0;
        for (auto id = static_cast<std::int32_t>(i) + 1; id < trace.modules[i].end;
             id = moduleAt(trace, id).end)
            experts += moduleAt(trace, id).repeat;
        model.experts = std::max(model.experts, experts);
    }
    for (const Parameter& parameter : trace.parameters) {
        if (parameter.shape.rank() == 3 && weightKind(trace, parameter) == WeightKind::Expert)
            model.experts = std::max(model.experts, parameter.shape[0]);
    }
    const auto isHead = [&](const Parameter& p) { return weightKind(trace, p) == WeightKind::Head; };
    const auto head = std::ranges::find_if(trace.parameters, isHead);
    model.tiedEmbeddings = head == trace.parameters.end() || head->tieGroup >= 0;
    return model;
}

} // namespace sunflop
