// SPDX-License-Identifier: GPL-3.0-or-later
// The stable JSON that scripts read; its schema stands in the README.

#include "core/base/units.h"
#include "core/exporters/comparison.h"
#include "core/exporters/exporter.h"
#include "core/run/module_facts.h"
#include "core/run/remarks.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sunflop::exporter {

namespace {

using Json = nlohmann::ordered_json;

/// Numbers as numbers, everything else, shapes too, as text.
Json inputsJson(const Run& run)
{
    Json inputs = Json::object();
    for (const Input& input : run.inputs) {
        const std::string text = run.workload.text(input.id);
        const bool isText = input.scale == InputScale::Choice || input.scale == InputScale::Shape;
        const auto number = parseWhole(text); // what is automatic is none
        inputs[std::string(input.id)] = !isText && number ? Json(*number) : Json(text);
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

Json moduleMemoryJson(const Run& run, std::int32_t id)
{
    const ModuleMemory& memory = run.memory.modules[static_cast<std::size_t>(id)];
    return {{"weights", memory.weights.value()},
            {"kv_cache", memory.cache.value()},
            {"saved", memory.saved.value()},
            {"at_peak", memory.atPeak.value()}};
}

Json moduleTimingJson(const Run& run, std::int32_t id)
{
    const Share share = run.timing.modules[static_cast<std::size_t>(id)].whole();
    return {
        {"seconds", share.seconds()}, {"bytes", share.bytes.value()}, {"bound", boundName(share.bound())}};
}

/// Bytes on one device. Weights, cache and states as they are held; activations and gradients at the peak.
Json memoryJson(const Run& run)
{
    const Footprint& memory = run.memory;
    const MemoryParts& parts = memory.parts;
    return {{"weights", parts.weights.value()},
            {"kv_cache", memory.modules.front().cache.value()},
            {"activations", parts.activations.value()},
            {"gradients", parts.gradients.value()},
            {"optimizer", parts.optimizer.value()},
            {"peak", memory.peak().value()},
            {"rounding", parts.rounding.value()},
            {"workspace", parts.workspace.value()},
            {"context", parts.context.value()},
            {"reserved", memory.reserved.value()},
            {"held", memory.held.value()},
            {"saved", memory.saved.value()},
            {"stage", stageName(memory.stages[memory.peakStage].stage)}};
}

Json timingJson(const Run& run)
{
    const Timing& timing = run.timing;
    const auto optional = [](const std::optional<double>& value) {
        return value ? Json(*value) : Json(nullptr);
    };
    return {{"device", run.device->id},
            {"preset", presetName(timing.preset)},
            {"seconds", timing.seconds},
            {"first_token_seconds", timing.firstTokenSeconds},
            {"seconds_per_output_token", optional(timing.secondsPerOutputToken)},
            {"tokens_per_second", optional(timing.tokensPerSecond)},
            {"backward_seconds", timing.backward ? Json(timing.backward->seconds) : Json(nullptr)},
            {"optimizer_seconds", timing.backward ? Json(timing.optimizerSeconds) : Json(nullptr)},
            {"model_flops_utilization", timing.modelFlopsUtilization},
            {"bandwidth_utilization", timing.bandwidthUtilization}};
}

Json shapesJson(std::span<const Shape> shapes)
{
    Json list = Json::array();
    for (const Shape& shape : shapes) {
        Json sizes = Json::array();
        for (std::size_t i = 0; i < shape.rank(); ++i)
            sizes.push_back(shape[i]);
        list.push_back(std::move(sizes));
    }
    return list;
}

Json moduleJson(const Run& run, std::int32_t id, const ModuleFacts& facts)
{
    const Module& module = run.trace.modules[static_cast<std::size_t>(id)];
    const CostNode& node = run.costs.nodes[static_cast<std::size_t>(id)];
    Json uncounted = Json::object();
    for (const Uncounted& entry : run.costs.uncountedBelow(id))
        uncounted[std::string(entry.name)] = entry.calls.value();
    return {{"path", run.trace.path(id)},
            {"class", module.className},
            {"detail", module.detail},
            {"role", roleName(module.role)},
            {"instances", node.instances},
            {"each", workJson(node.each)},
            {"total", workJson(node.total)},
            {"uncounted", std::move(uncounted)},
            {"memory", moduleMemoryJson(run, id)},
            {"timing", moduleTimingJson(run, id)},
            {"trainable_params", facts.trainableParams.value()},
            {"frozen_params", facts.frozenParams.value()},
            {"activations", facts.activations.value()},
            {"input_shapes", shapesJson(facts.inputs)},
            {"output_shapes", shapesJson(facts.outputs)},
            {"ran", module.ran}};
}

/// Sequences of all devices; nothing where the sizes of arguments say what a batch is.
Json globalBatchJson(const Run& run)
{
    const auto batch = std::ranges::find(run.inputs, "batch", &Input::id);
    const bool isKnown = batch != run.inputs.end() && !batch->isArgument;
    return isKnown ? Json(run.workload.globalBatch().value()) : Json(nullptr);
}

std::string write(const Run& run, const ExportOptions& options)
{
    const Costs& whole = run.costs.root().total;
    Count uncounted = 0;
    for (const Uncounted& entry : run.costs.uncounted)
        uncounted += entry.calls;
    const std::vector<ModuleFacts> facts = moduleFacts(run.trace);
    Json modules = Json::array();
    for (const std::int32_t id : exportedModules(run, options))
        modules.push_back(moduleJson(run, id, facts[static_cast<std::size_t>(id)]));
    const Json document{
        {"model", run.source.name},
        {"source", run.source.place},
        {"convention", run.convention->id},
        {"inputs", inputsJson(run)},
        {"totals",
         {{"params", whole.params.value()},
          {"active_params", whole.activeParams.value()},
          {"macs", whole.forward.macs.value()},
          {"flops", whole.forward.flops.value()},
          {"backward_flops", run.costs.hasBackward ? Json(whole.backward.flops.value()) : Json(nullptr)},
          {"uncounted_ops", uncounted.value()},
          {"trainable_params", facts.front().trainableParams.value()},
          {"frozen_params", facts.front().frozenParams.value()},
          {"activations", facts.front().activations.value()},
          {"global_batch", globalBatchJson(run)}}},
        {"memory", memoryJson(run)},
        {"timing", timingJson(run)},
        {"modules", std::move(modules)},
        {"estimate", run.trace.isEstimate},
        {"notes", remarksOf(run)}};
    return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

template<typename T>
Json orNull(const std::optional<T>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

/// A side that does not know the figure, or has no such module, is null; so is what follows from it.
Json comparedJson(const KnownFigure& figure, bool isInA = true, bool isInB = true)
{
    const auto count = [](const std::optional<Count>& value, bool isThere) {
        return value && isThere ? Json(value->value()) : Json(nullptr);
    };
    const auto both = figure.both();
    const auto change = both ? difference(*both) : std::nullopt;
    Json json{{"a", count(figure.a, isInA)},
              {"b", count(figure.b, isInB)},
              {"difference", count(change, true)},
              {"ratio", orNull(both ? ratio(*both) : std::nullopt)}};
    if (figure.tolerance > Count(0))
        json["rounding"] = figure.tolerance.value();
    return json;
}

Json sideJson(const Run& run)
{
    return {{"model", run.source.name},
            {"source", run.source.place},
            {"convention", run.convention->id},
            {"inputs", inputsJson(run)},
            {"estimate", run.trace.isEstimate}};
}

Json comparedModules(const ComparedRuns& runs, const ExportOptions& options)
{
    std::vector<const Measure*> shown = runs.measures;
    if (shown.empty())
        for (const Measure& measure : measures())
            shown.push_back(&measure);
    std::vector<std::vector<ComparedFigure>> figures;
    std::vector<std::vector<Count>> tolerances;
    for (const Measure* measure : shown) {
        figures.push_back(runs.figures(*measure));
        tolerances.push_back(runs.tolerances(*measure, figures.back()));
    }
    const auto path = [](const Trace& trace, std::int32_t module) {
        return module < 0 ? Json(nullptr) : Json(trace.path(module));
    };
    Json modules = Json::array();
    for (const std::int32_t id : exportedRows(runs.comparison, options.depth)) {
        const auto index = static_cast<std::size_t>(id);
        const ComparedRow& row = runs.comparison.rows[index];
        Json entry{{"path_a", path(runs.a.run.trace, row.a)},
                   {"path_b", path(runs.b.run.trace, row.b)},
                   {"match", row.match == Match::None ? Json(nullptr) : Json(matchName(row.match))},
                   {"in_a", row.isInA},
                   {"in_b", row.isInB}};
        for (std::size_t i = 0; i < shown.size(); ++i) {
            const ComparedFigure& figure = figures[i][index];
            const KnownFigure known{runs.a.knows(*shown[i]) ? std::optional(figure.a) : std::nullopt,
                                    runs.b.knows(*shown[i]) ? std::optional(figure.b) : std::nullopt,
                                    tolerances[i][index]};
            entry["figures"][std::string(shown[i]->id)] = comparedJson(known, row.isInA, row.isInB);
        }
        modules.push_back(std::move(entry));
    }
    return modules;
}

Json reasonJson(const Reason& reason)
{
    const auto work = [](const Work& of) {
        return Json{{"macs", of.macs.value()}, {"flops", of.flops.value()}};
    };
    Json operators = Json::array();
    for (const std::string_view name : reason.operators)
        operators.push_back(name);
    return {{"subject", subjectName(reason.subject)},
            {"why", reason.why},
            {"operators", std::move(operators)},
            {"calls", reason.calls.value()},
            {"a", work(reason.a)},
            {"b", work(reason.b)},
            {"difference", work({reason.b.macs - reason.a.macs, reason.b.flops - reason.a.flops})}};
}

std::string compare(const ComparedRuns& runs, const ExportOptions& options)
{
    Json totals = Json::object();
    for (const ComparedTotal& total : comparedTotals(runs))
        totals[std::string(total.id)] = comparedJson(total.figure);
    Json reasons = Json::array();
    for (const Reason& reason : runs.reasons)
        reasons.push_back(reasonJson(reason));
    const Json document{{"a", sideJson(runs.a.run)},
                        {"b", sideJson(runs.b.run)},
                        {"notes", comparedNotes(runs)},
                        {"totals", std::move(totals)},
                        {"modules", comparedModules(runs, options)},
                        {"reasons", std::move(reasons)}};
    return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

Exporter json()
{
    return {.id = "json", .title = "JSON", .extension = "json", .write = write, .compare = compare};
}

} // namespace sunflop::exporter
