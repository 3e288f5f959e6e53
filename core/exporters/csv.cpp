// SPDX-License-Identifier: GPL-3.0-or-later
// One row per module, exact integers over all instances; quoting as in RFC 4180. "estimate" tells whether the
// figures are one, of two runs how many of them. Parts of what a module has itself are rows behind those of
// its children; "kind" tells them from modules, and so does their path.

#include "core/base/plain_text.h"
#include "core/cost/measure.h"
#include "core/cost/own_parts.h"
#include "core/exporters/exporter.h"
#include "core/exporters/tables/compared_lines.h"
#include "core/exporters/tables/comparison.h"
#include "core/exporters/tables/sweep_text.h"
#include "core/run/module_facts.h"

#include <fmt/format.h>

namespace sunflop::exporter {

namespace {

/// A stranger's text in a line of its own table: quoted where it has commas or quotes, and with an apostrophe
/// in front where a spreadsheet would take it for a formula.
std::string csvField(std::string_view text)
{
    std::string plain = plainText(text);
    if (!plain.empty() && std::string_view("=+-@").find(plain.front()) != std::string_view::npos)
        plain.insert(plain.begin(), '\'');
    if (plain.find_first_of(",\"") == std::string::npos)
        return plain;
    std::string out = "\"";
    for (const char c : plain)
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
    return fmt::format(",{},{},{},{},{},{},module", facts.trainableParams.value(), facts.frozenParams.value(),
                       facts.activations.value(), shapesField(facts.inputs), shapesField(facts.outputs),
                       module.ran ? 1 : 0);
}

Count uncountedCalls(const Run& run, const ExportedRow& row)
{
    if (row.own != nullptr)
        return row.own->isCounted ? Count(0) : row.own->calls;
    Count calls;
    for (const Uncounted& entry : run.costs.uncountedBelow(row.module))
        calls += entry.calls;
    return calls;
}

void write(const Run& run, const ExportOptions& options, const Sink& sink)
{
    std::string line = "path,class,detail,role,instances";
    for (const Measure& measure : measures())
        line += fmt::format(",{}", measure.id);
    line +=
        ",uncounted_ops,estimate,trainable_params,frozen_params,activations,input_shapes,output_shapes,ran,"
        "kind\n";
    sink(line);
    const std::vector<ModuleFacts> facts = moduleFacts(run.trace);
    for (const ExportedRow& row : exportedRows(run, options, allMeasures())) {
        const Module& module = run.trace.modules[static_cast<std::size_t>(row.module)];
        const bool isModule = row.own == nullptr;
        line = fmt::format(
            "{},{},{},{},{}", csvField(isModule ? run.trace.path(row.module) : ownPath(run.trace, *row.own)),
            csvField(isModule ? module.className : ""), csvField(isModule ? module.detail : ""),
            roleName(module.role), run.costs.nodes[static_cast<std::size_t>(row.module)].instances);
        for (const Measure& measure : measures())
            line += isKnown(run.costs, measure) ? fmt::format(",{}", measure.of(row.total(run.costs)).value())
                                                : ",";
        line += fmt::format(",{},{}{}\n", uncountedCalls(run, row).value(), run.trace.isEstimate ? 1 : 0,
                            isModule
                                ? factFields(module, facts[static_cast<std::size_t>(row.module)])
                                : fmt::format(",,,,,,{},{}", module.ran ? 1 : 0, ownKindName(row.own->kind)));
        sink(line);
    }
}

/// A, B, B - A and B / A of one line.
std::string comparedFields(const ComparedRuns& runs, const Measure& measure, bool isInA, bool isInB,
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
    return fmt::format(",{},{},{},{}", side(isInA, isKnownA, figure.a), side(isInB, isKnownB, figure.b),
                       change ? fmt::format("{}", change->value()) : "n/a",
                       quotient && *quotient > 0 ? fmt::format("{:.6f}", *quotient)
                       : isKnownA && isKnownB    ? ratioText(figure)
                                                 : "n/a");
}

/// One row for each pair of modules, every measure unless some were asked for; parts of what they have
/// themselves as in one run.
std::string compare(const ComparedRuns& runs, const ExportOptions& options)
{
    const int estimates = (runs.a.run.trace.isEstimate ? 1 : 0) + (runs.b.run.trace.isEstimate ? 1 : 0);
    const ComparedLines lines(runs, runs.measures.empty() ? allMeasures() : runs.measures);
    std::string out = "path_a,path_b,match";
    for (const ComparedColumn& column : lines.columns())
        out += fmt::format(",{0}_a,{0}_b,{0}_difference,{0}_ratio", column.measure->id);
    out += ",estimates,kind\n";
    const auto path = [](const std::optional<std::string>& there) {
        return there ? csvField(*there) : std::string("absent");
    };
    for (const ComparedLine& line : lines.upTo(options.depth)) {
        out +=
            fmt::format("{},{},{}", path(lines.pathOfA(line)), path(lines.pathOfB(line)), lines.match(line));
        for (const ComparedColumn& column : lines.columns())
            out += comparedFields(runs, *column.measure, lines.isInA(line), lines.isInB(line),
                                  column.figure(line));
        out += fmt::format(",{},{}\n", estimates, lines.kind(line));
    }
    return out;
}

} // namespace

Exporter csv()
{
    return {.id = "csv",
            .title = "CSV",
            .extension = "csv",
            .write = write,
            .compare = compare,
            .sweep = sweepCsv,
            .holdsRemarks = false};
}

} // namespace sunflop::exporter
