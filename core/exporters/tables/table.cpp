// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/table.h"

#include "core/exporters/tables/brief.h"
#include "core/exporters/tables/calflops_text.h"

#include <fmt/format.h>

#include <utility>

namespace sunflop {

std::vector<TableRow> tableRows(const Run& run, const ExportOptions& options)
{
    std::vector<TableRow> rows;
    const Costs& whole = run.costs.root().total;
    for (const ExportedRow& row : exportedRows(run, options, measuresNamed({"params", "macs", "flops"}))) {
        const Module& module = run.trace.modules[static_cast<std::size_t>(row.module)];
        const Costs& total = row.total(run.costs);
        const std::string name = module.parent < 0 ? std::string("model") : module.label();
        rows.push_back(
            {.depth = row.depth,
             .module = row.own != nullptr ? row.own->name : name,
             .className = row.own != nullptr ? std::string(ownKindName(row.own->kind)) : module.className,
             .isOwn = row.own != nullptr,
             .instances = run.costs.nodes[static_cast<std::size_t>(row.module)].instances,
             .params = paramsText(total.params),
             .macs = shortText(total.forward.macs),
             .flops = shortText(total.forward.flops),
             .share = shareText(total.forward.flops, whole.forward.flops),
             .peak = briefBytes(total.peakBytes),
             .time = briefTime(total.nanoseconds)});
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
