// SPDX-License-Identifier: GPL-3.0-or-later
// One row per module, exact integers over all instances; quoting as in RFC 4180.

#include "core/cost/measure.h"
#include "core/exporters/exporter.h"

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

std::string write(const Run& run, const ExportOptions& options)
{
    std::string out = "path,class,detail,role,instances";
    for (const Measure& measure : measures())
        out += fmt::format(",{}", measure.id);
    out += ",uncounted_ops\n";
    for (const std::int32_t id : exportedModules(run, options)) {
        const Module& module = run.trace.modules[static_cast<std::size_t>(id)];
        const CostNode& node = run.costs.nodes[static_cast<std::size_t>(id)];
        out += fmt::format("{},{},{},{},{}", csvField(run.trace.path(id)), csvField(module.className),
                           csvField(module.detail), roleName(module.role), node.instances);
        for (const Measure& measure : measures())
            out += fmt::format(",{}", measure.of(node.total).value());
        Count uncounted = 0;
        for (const Uncounted& entry : run.costs.uncountedBelow(id))
            uncounted += entry.calls;
        out += fmt::format(",{}\n", uncounted.value());
    }
    return out;
}

} // namespace

Exporter csv()
{
    return {.id = "csv", .title = "CSV", .extension = "csv", .write = write};
}

} // namespace sunflop::exporter
