// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/table.h"

#include "core/exporters/brief.h"
#include "core/exporters/calflops_text.h"

#include <fmt/format.h>

#include <utility>

namespace sunflop {

std::vector<TableRow> tableRows(const Run& run, const ExportOptions& options)
{
    std::vector<TableRow> rows;
    std::vector<std::int32_t> depth(run.trace.modules.size());
    const Costs& whole = run.costs.root().total;
    for (const std::int32_t id : exportedModules(run, options)) {
        const auto index = static_cast<std::size_t>(id);
        const Module& module = run.trace.modules[index];
        const CostNode& node = run.costs.nodes[index];
        depth[index] = module.parent < 0 ? 0 : depth[static_cast<std::size_t>(module.parent)] + 1;
        rows.push_back({.depth = depth[index],
                        .module = module.parent < 0 ? std::string("model") : module.label(),
                        .className = module.className,
                        .instances = node.instances,
                        .params = paramsText(node.total.params),
                        .macs = shortText(node.total.forward.macs),
                        .flops = shortText(node.total.forward.flops),
                        .share = shareText(node.total.forward.flops, whole.forward.flops),
                        .peak = briefBytes(node.total.peakBytes),
                        .time = briefTime(node.total.nanoseconds)});
    }
    return rows;
}

std::vector<Assignment> changedInputs(const Run& run)
{
    std::vector<Assignment> changed;
    for (const Input& input : run.inputs) {
        std::string value = run.workload.text(input.id);
        if (value != input.defaultValue && !run.workload.isAutomatic(input.id))
            changed.push_back({input.id, std::move(value)});
    }
    return changed;
}

std::string tableCaption(const Run& run)
{
    std::string settings;
    for (const Assignment& input : changedInputs(run))
        settings += fmt::format(", {}={}", input.id, input.value);
    return fmt::format("{}, {} convention{}{}", run.source.name, run.convention->title, settings,
                       run.trace.isEstimate ? ", an estimate" : "");
}

std::string tableLegend(const Run& run, const ExportOptions& options)
{
    std::string legend = "Figures are totals over all instances.";
    if (options.hasMemory)
        legend += fmt::format(" Bytes at the peak and time are those of {} ({}).", run.device->name,
                              run.workload.preset);
    return legend;
}

} // namespace sunflop
