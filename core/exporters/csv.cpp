// SPDX-License-Identifier: GPL-3.0-or-later
// One row per module, exact integers over all instances; quoting as in RFC 4180. "estimate" tells whether the
// figures are one, of two runs how many of them.

#include "core/cost/measure.h"
#include "core/exporters/comparison.h"
#include "core/exporters/exporter.h"
#include "core/run/module_facts.h"

#include <fmt/format.h>

namespace sunflop::exporter {

namespace {

std::string csvField(std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos)
        return std::string(text);
    std::string out = "\"";
    for (const char c : text)
        out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

/// "1x147x2048 1x147x128"
std::string shapesField(std::span<const Shape> shapes)
{
    std::string out;
    for (const Shape& shape : shapes) {
        out += out.empty() ? "" : " ";
        for (std::size_t i = 0; i < shape.rank(); ++i)
            out += fmt::format("{}{}", i > 0 ? "x" : "", shape[i]);
        out += shape.rank() == 0 ? "scalar" : "";
    }
    return out;
}

std::string factFields(const Module& module, const ModuleFacts& facts)
{
    return fmt::format(",{},{},{},{},{},{}", facts.trainableParams.value(), facts.frozenParams.value(),
                       facts.activations.value(), shapesField(facts.inputs), shapesField(facts.outputs),
                       module.ran ? 1 : 0);
}

std::string write(const Run& run, const ExportOptions& options)
{
    std::string out = "path,class,detail,role,instances";
    for (const Measure& measure : measures())
        out += fmt::format(",{}", measure.id);
    out +=
        ",uncounted_ops,estimate,trainable_params,frozen_params,activations,input_shapes,output_shapes,ran\n";
    const std::vector<ModuleFacts> facts = moduleFacts(run.trace);
    for (const std::int32_t id : exportedModules(run, options)) {
        const Module& module = run.trace.modules[static_cast<std::size_t>(id)];
        const CostNode& node = run.costs.nodes[static_cast<std::size_t>(id)];
        out += fmt::format("{},{},{},{},{}", csvField(run.trace.path(id)), csvField(module.className),
                           csvField(module.detail), roleName(module.role), node.instances);
        for (const Measure& measure : measures())
            out += isKnown(run.costs, measure) ? fmt::format(",{}", measure.of(node.total).value()) : ",";
        Count uncounted = 0;
        for (const Uncounted& entry : run.costs.uncountedBelow(id))
            uncounted += entry.calls;
        out += fmt::format(",{},{}{}\n", uncounted.value(), run.trace.isEstimate ? 1 : 0,
                           factFields(module, facts[static_cast<std::size_t>(id)]));
    }
    return out;
}

/// A, B, B - A and B / A of one row.
std::string comparedFields(const ComparedRuns& runs, const Measure& measure, const ComparedRow& row,
                           const ComparedFigure& figure)
{
    const bool isKnownA = runs.a.knows(measure);
    const bool isKnownB = runs.b.knows(measure);
    const auto side = [](bool isThere, bool isKnown, Count count) {
        if (!isThere)
            return std::string("absent");
        return isKnown ? fmt::format("{}", count.value()) : std::string("n/a");
    };
    const auto change = isKnownA && isKnownB ? difference(figure) : std::nullopt;
    const auto quotient = isKnownA && isKnownB ? ratio(figure) : std::nullopt;
    return fmt::format(",{},{},{},{}", side(row.isInA, isKnownA, figure.a),
                       side(row.isInB, isKnownB, figure.b),
                       change ? fmt::format("{}", change->value()) : "n/a",
                       quotient && *quotient > 0 ? fmt::format("{:.6f}", *quotient)
                       : isKnownA && isKnownB    ? ratioText(figure)
                                                 : "n/a");
}

/// One row for each pair of modules, every measure unless some were asked for.
std::string compare(const ComparedRuns& runs, const ExportOptions& options)
{
    std::vector<const Measure*> shown = runs.measures;
    if (shown.empty())
        for (const Measure& measure : measures())
            shown.push_back(&measure);
    const int estimates = (runs.a.run.trace.isEstimate ? 1 : 0) + (runs.b.run.trace.isEstimate ? 1 : 0);
    std::string out = "path_a,path_b,match";
    std::vector<std::vector<ComparedFigure>> figures;
    for (const Measure* measure : shown) {
        out += fmt::format(",{0}_a,{0}_b,{0}_difference,{0}_ratio", measure->id);
        figures.push_back(runs.figures(*measure));
    }
    out += ",estimates\n";
    const auto path = [](const Trace& trace, std::int32_t module) {
        return module < 0 ? std::string("absent") : csvField(trace.path(module));
    };
    for (const std::int32_t id : exportedRows(runs.comparison, options.depth)) {
        const auto index = static_cast<std::size_t>(id);
        const ComparedRow& row = runs.comparison.rows[index];
        out += fmt::format("{},{},{}", path(runs.a.run.trace, row.a), path(runs.b.run.trace, row.b),
                           matchName(row.match));
        for (std::size_t i = 0; i < shown.size(); ++i)
            out += comparedFields(runs, *shown[i], row, figures[i][index]);
        out += fmt::format(",{}\n", estimates);
    }
    return out;
}

} // namespace

Exporter csv()
{
    return {.id = "csv", .title = "CSV", .extension = "csv", .write = write, .compare = compare};
}

} // namespace sunflop::exporter
