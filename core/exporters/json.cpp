// SPDX-License-Identifier: GPL-3.0-or-later
// The stable JSON that scripts read; its schema stands in the README.

#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/cost/own_parts.h"
#include "core/exporters/exporter.h"
#include "core/exporters/tables/compared_lines.h"
#include "core/exporters/tables/comparison.h"
#include "core/exporters/tables/sweep_text.h"
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

/// What a module with children has itself; a measure that the run does not know is null.
Json ownJson(const Run& run, std::int32_t id)
{
    Json parts = Json::array();
    for (const OwnPart* part : ownRows(run.costs, id)) {
        Json figures = Json::object();
        for (const Measure& measure : measures())
            figures[std::string(measure.id)] =
                isKnown(run.costs, measure) ? Json(measure.of(part->total).value()) : Json(nullptr);
        parts.push_back({{"kind", ownKindName(part->kind)},
                         {"name", part->name},
                         {"calls", part->calls.value()},
                         {"counted", part->isCounted},
                         {"total", std::move(figures)}});
    }
    return parts;
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
            {"ran", module.ran},
            {"own", ownJson(run, id)}};
}

/// Sequences of all devices; nothing where the sizes of arguments say what a batch is.
Json globalBatchJson(const Run& run)
{
    const auto batch = std::ranges::find(run.inputs, "batch", &Input::id);
    const bool isKnown = batch != run.inputs.end() && !batch->isArgument;
    return isKnown ? Json(run.workload.globalBatch().value()) : Json(nullptr);
}

std::string textOf(const Json& json)
{
    return plainLines(json.dump(1, ' ', false, Json::error_handler_t::replace));
}

/// The list of all modules as it stands in the report, one by one: all their values take fifty times the room
/// of their text.
void writeModules(const Run& run, const ExportOptions& options, const std::vector<ModuleFacts>& facts,
                  const Sink& sink)
{
    const char* before = "[\n  ";
    for (const std::int32_t id : exportedModules(run, options)) {
        std::string text = before;
        for (const char c : textOf(moduleJson(run, id, facts[static_cast<std::size_t>(id)]))) {
            text += c;
            if (c == '\n')
                text += "  ";
        }
        sink(text);
        before = ",\n  ";
    }
    sink("\n ]");
}

void write(const Run& run, const ExportOptions& options, const Sink& sink)
{
    const Costs& whole = run.costs.root().total;
    Count uncounted = 0;
    for (const Uncounted& entry : run.costs.uncounted)
        uncounted += entry.calls;
    const std::vector<ModuleFacts> facts = moduleFacts(run.trace);
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
        {"modules", Json::array()},
        {"estimate", run.trace.isEstimate},
        {"notes", remarksOf(run)}};
    const std::string text = textOf(document) + "\n";
    constexpr std::string_view place = "\"modules\": []"; // in no string: there quotes have a backslash
    const std::size_t list = text.find(place) + place.size() - 2;
    sink(text.substr(0, list));
    writeModules(run, options, facts, sink);
    sink(text.substr(list + 2));
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

Json figuresJson(const ComparedLines& lines, const ComparedLine& line)
{
    Json figures = Json::object();
    for (const ComparedColumn& column : lines.columns())
        figures[std::string(column.measure->id)] =
            comparedJson(lines.known(line, column), lines.isInA(line), lines.isInB(line));
    return figures;
}

Json comparedModules(const ComparedRuns& runs, const ExportOptions& options)
{
    const ComparedLines lines(runs, runs.measures.empty() ? allMeasures() : runs.measures);
    Json modules = Json::array();
    for (const ComparedLine& line : lines.upTo(options.depth)) {
        if (line.part >= 0)
            continue;
        Json own = Json::array();
        for (const ComparedLine& part : lines.partsOf(line.row))
            own.push_back({{"kind", lines.kind(part)},
                           {"name", lines.part(part).key.name},
                           {"in_a", lines.isInA(part)},
                           {"in_b", lines.isInB(part)},
                           {"figures", figuresJson(lines, part)}});
        const std::string_view match = lines.match(line);
        modules.push_back({{"path_a", orNull(lines.pathOfA(line))},
                           {"path_b", orNull(lines.pathOfB(line))},
                           {"match", match.empty() ? Json(nullptr) : Json(match)},
                           {"in_a", lines.isInA(line)},
                           {"in_b", lines.isInB(line)},
                           {"figures", figuresJson(lines, line)},
                           {"own", std::move(own)}});
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
    return textOf(document) + "\n";
}

} // namespace

Exporter json()
{
    return {.id = "json",
            .title = "JSON",
            .extension = "json",
            .write = write,
            .compare = compare,
            .sweep = sweepJson};
}

} // namespace sunflop::exporter
