// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/experts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace sunflop {

namespace {

/// Names of the number of experts: Mixtral, Qwen, DeepSeek, Hunyuan, DBRX, ERNIE, Switch, GGUF.
constexpr std::array<std::string_view, 8> countNames{
    "num_local_experts", "num_experts",     "n_routed_experts", "num_routed_experts",
    "moe_num_experts",   "num_moe_experts", "n_experts",        "expert_count"};

/// Names of the number that one token passes. "top_k" is none: samplers have it.
constexpr std::array<std::string_view, 14> visitedNames{"num_experts_per_tok", "num_experts_per_token",
                                                        "experts_per_token",   "n_experts_per_token",
                                                        "n_experts_per_tok",   "moe_topk",
                                                        "moe_top_k",           "moe_k",
                                                        "moe_router_topk",     "router_topk",
                                                        "router_top_k",        "num_selected_experts",
                                                        "top_k_experts",       "expert_used_count"};

/// More of them than any layer has.
constexpr std::int64_t mostExperts = 1 << 16;

std::optional<std::int64_t> numberIn(const nlohmann::json& value, std::int64_t layer)
{
    if (value.is_array() && !value.empty()) {
        const bool isOwn = layer >= 0 && layer < static_cast<std::int64_t>(value.size());
        return numberIn(value[isOwn ? static_cast<std::size_t>(layer) : 0], -1);
    }
    const bool isCount = value.is_number_integer() && value >= 1 && value <= mostExperts;
    return isCount ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

/// The first of these names that an object has, or one nested in it.
std::int64_t find(const nlohmann::json& object, std::span<const std::string_view> names, std::int64_t layer,
                  int depth = 0)
{
    constexpr int deepest = 3;
    for (const std::string_view name : names)
        if (const auto value = object.find(std::string(name)); value != object.end())
            if (const auto number = numberIn(*value, layer))
                return *number;
    for (const auto& value : object)
        if (value.is_object() && depth < deepest)
            if (const std::int64_t number = find(value, names, layer, depth + 1); number > 0)
                return number;
    return 0;
}

std::optional<std::int64_t> numberOf(std::string_view name)
{
    if (name.starts_with("expert_"))
        name.remove_prefix(std::string_view("expert_").size());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    return error == std::errc() && end == name.data() + name.size() ? std::optional(number) : std::nullopt;
}

class Finder {
public:
    Finder(const Trace& trace, const Config& config) : m_trace(trace), m_config(config) {}

    Experts find();

private:
    const Module& at(std::int32_t module) const { return m_trace.modules[static_cast<std::size_t>(module)]; }
    std::int64_t layerOf(std::int32_t module) const;
    /// Whether a module's children of numbers are experts.
    bool isList(const Module& module, std::int64_t children, const Routing& routing) const;
    void addList(std::int32_t module);
    bool isBelowExperts(std::int32_t module) const;
    std::int64_t stackedIn(const Parameter& parameter, const Routing& routing) const;
    /// The same for all tensors of a layer, which may be thousands.
    const Routing& routingAt(std::int32_t module);
    static ExpertPlace place(std::int64_t index, std::int64_t stored, const Routing& routing)
    {
        const std::int64_t experts = std::max(stored, routing.experts);
        return {index, stored, experts, std::min(routing.visited, experts)};
    }

    const Trace& m_trace;
    const Config& m_config;
    std::map<std::int64_t, Routing> m_routings; ///< by layer
    Experts m_found;
};

/// The number of the outermost module that has one.
std::int64_t Finder::layerOf(std::int32_t module) const
{
    std::int64_t layer = -1;
    for (; module > 0; module = at(module).parent)
        layer = numberOf(at(module).name).value_or(layer);
    return layer;
}

const Routing& Finder::routingAt(std::int32_t module)
{
    const std::int64_t layer = layerOf(module);
    const auto known = m_routings.find(layer);
    return known != m_routings.end() ? known->second
                                     : m_routings.emplace(layer, routingOf(m_config, layer)).first->second;
}

bool Finder::isList(const Module& module, std::int64_t children, const Routing& routing) const
{
    // llama.cpp once wrote one tensor an expert: "ffn_up.7.weight".
    constexpr std::array<std::string_view, 3> older{"ffn_gate", "ffn_up", "ffn_down"};
    if (std::ranges::find(older, module.name) != older.end())
        return children == routing.experts;
    return module.name.ends_with("experts") && module.name.find("shared") == std::string::npos;
}

void Finder::addList(std::int32_t list)
{
    std::vector<std::int32_t> children;
    for (std::int32_t child = list + 1; child < at(list).end; child = at(child).end)
        if (numberOf(at(child).name))
            children.push_back(child);
    const auto count = static_cast<std::int64_t>(children.size());
    if (children.empty())
        return;
    const Routing& routing = routingAt(list);
    if (!isList(at(list), count, routing))
        return;
    for (std::int64_t i = 0; i < count; ++i)
        m_found.modules[static_cast<std::size_t>(children[static_cast<std::size_t>(i)])] =
            place(i, count, routing);
}

bool Finder::isBelowExperts(std::int32_t module) const
{
    for (; module > 0; module = at(module).parent) {
        const std::string& name = at(module).name;
        if (name.ends_with("_exps") ||
            (name.ends_with("experts") && name.find("shared") == std::string::npos))
            return true;
    }
    return false;
}

/// How many experts a tensor holds one behind the other; 0: none.
std::int64_t Finder::stackedIn(const Parameter& parameter, const Routing& routing) const
{
    const std::size_t rank = parameter.shape.rank();
    const bool isBias = parameter.name.ends_with("bias");
    const bool isConvolution = at(parameter.module).name.find("conv") != std::string::npos;
    if (parameter.isBuffer || rank < 2 || rank > 3 || isConvolution)
        return 0;
    const std::int64_t rows = parameter.shape[0];
    const bool isNamed = isBelowExperts(parameter.module);
    const bool isTold = routing.experts > 1 && rows == routing.experts;
    if (rank == 3 || isBias)
        return rows >= 1 && rows <= mostExperts && (isNamed || (rank == 3 && isTold)) ? rows : 0;
    const bool isJoined = isNamed && routing.experts > 1 && rows > 0 && rows % routing.experts == 0;
    return isJoined ? routing.experts : 0;
}

Experts Finder::find()
{
    m_found.modules.resize(m_trace.modules.size());
    m_found.parameters.resize(m_trace.parameters.size());
    for (std::size_t i = 1; i < m_trace.modules.size(); ++i) {
        const auto id = static_cast<std::int32_t>(i);
        const auto parent = static_cast<std::size_t>(at(id).parent);
        if (m_found.modules[i].stored == 0)
            m_found.modules[i] = m_found.modules[parent];
        if (m_found.modules[i].stored == 0 && at(id).end > id + 1)
            addList(id);
    }
    for (std::size_t i = 0; i < m_trace.parameters.size(); ++i) {
        const Parameter& parameter = m_trace.parameters[i];
        if (m_found.modules[static_cast<std::size_t>(parameter.module)].stored > 0 ||
            parameter.shape.rank() < 2)
            continue;
        const Routing& routing = routingAt(parameter.module);
        if (const std::int64_t stored = stackedIn(parameter, routing); stored > 0)
            m_found.parameters[i] = place(0, stored, routing);
    }
    return std::move(m_found);
}

} // namespace

Routing routingOf(const Config& config, std::int64_t layer)
{
    return {find(config.json(), countNames, layer), find(config.json(), visitedNames, layer)};
}

std::int64_t ExpertPlace::rowsOf(std::int64_t which, std::int64_t rows) const
{
    if (visited == 0)
        return rows;
    const std::int64_t all = (Count(rows) * visited).value();
    const std::int64_t rest = all % experts;
    return all / experts + (which + 1) * rest / experts - which * rest / experts;
}

Experts expertsOf(const Trace& trace, const Config& config)
{
    return Finder(trace, config).find();
}

void markVisited(Trace& trace, const Experts& experts)
{
    for (std::size_t i = 1; i < trace.modules.size(); ++i) {
        const ExpertPlace& place = experts.modules[i];
        const auto parent = static_cast<std::size_t>(trace.modules[i].parent);
        if (place.stored > 0 && experts.modules[parent].stored == 0)
            trace.modules[i].visited = place.rowsOf(place.index, 1);
    }
    for (std::size_t i = 0; i < trace.parameters.size(); ++i)
        if (const ExpertPlace& place = experts.parameters[i]; place.stored > 0 && place.visited > 0) {
            trace.parameters[i].experts = place.experts;
            trace.parameters[i].visited = place.visited;
        }
}

} // namespace sunflop
