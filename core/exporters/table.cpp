// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/table.h"

#include "core/exporters/calflops_text.h"

#include <fmt/format.h>

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
                        .share = shareText(node.total.forward.flops, whole.forward.flops)});
    }
    return rows;
}

std::string tableCaption(const Run& run)
{
    std::string settings;
    for (const Input& input : run.inputs) {
        const std::string value = run.workload.text(input.id);
        if (value != input.defaultValue && !run.workload.isAutomatic(input.id))
            settings += fmt::format(", {}={}", input.id, value);
    }
    return fmt::format("{}, {} convention{}{}", run.source.name, run.convention->title, settings,
                       run.trace.isEstimate ? ", an estimate" : "");
}

} // namespace sunflop
