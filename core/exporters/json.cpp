// SPDX-License-Identifier: GPL-3.0-or-later
// The stable JSON that scripts read; its schema stands in the README.

#include "core/exporters/exporter.h"

#include <nlohmann/json.hpp>

namespace sunflop::exporter {

namespace {

using Json = nlohmann::ordered_json;

/// Numbers as numbers, everything else as text.
Json inputsJson(const Run& run)
{
    Json inputs = Json::object();
    for (const Input& input : run.inputs) {
        const std::string text = run.workload.text(input.id);
        const bool isNumber = input.scale != InputScale::Choice && text != automatic;
        inputs[std::string(input.id)] = isNumber ? Json(std::stoll(text)) : Json(text);
    }
    if (const auto& images = run.trace.run.images)
        inputs["tiles"] = images->tilesPerImage;
    return inputs;
}

Json workJson(const Costs& costs)
{
    return {{"params", costs.params.value()},
            {"macs", costs.forward.macs.value()},
            {"flops", costs.forward.flops.value()}};
}

Json moduleJson(const Run& run, std::int32_t id)
{
    const Module& module = run.trace.modules[static_cast<std::size_t>(id)];
    const CostNode& node = run.costs.nodes[static_cast<std::size_t>(id)];
    Json uncounted = Json::object();
    for (const Uncounted& entry : run.costs.uncountedBelow(id))
        uncounted[std::string(opName(entry.kind))] = entry.calls.value();
    return {{"path", run.trace.path(id)},    {"class", module.className},
            {"detail", module.detail},       {"role", roleName(module.role)},
            {"instances", node.instances},   {"each", workJson(node.each)},
            {"total", workJson(node.total)}, {"uncounted", std::move(uncounted)}};
}

std::string write(const Run& run, const ExportOptions& options)
{
    const Costs& whole = run.costs.root().total;
    Count uncounted = 0;
    for (const Uncounted& entry : run.costs.uncounted)
        uncounted += entry.calls;
    Json modules = Json::array();
    for (const std::int32_t id : exportedModules(run, options))
        modules.push_back(moduleJson(run, id));
    // What the engine does not predict yet is null, never zero.
    const Json document{{"model", run.source.name},
                        {"source", run.source.place},
                        {"convention", run.convention->id},
                        {"inputs", inputsJson(run)},
                        {"totals",
                         {{"params", whole.params.value()},
                          {"active_params", whole.activeParams.value()},
                          {"macs", whole.forward.macs.value()},
                          {"flops", whole.forward.flops.value()},
                          {"backward_flops", whole.backward.flops.value()},
                          {"uncounted_ops", uncounted.value()}}},
                        {"memory",
                         {{"weights", whole.weightBytes.value()},
                          {"kv_cache", whole.kvCacheBytes.value()},
                          {"activations", nullptr},
                          {"gradients", nullptr},
                          {"optimizer", nullptr},
                          {"peak", nullptr}}},
                        {"modules", std::move(modules)}};
    return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

Exporter json()
{
    return {.id = "json", .title = "JSON", .extension = "json", .write = write};
}

} // namespace sunflop::exporter
