// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/exporter.h"

#include "core/base/plain_text.h"
#include "core/base/registry.h"
#include "core/cost/own_parts.h"
#include "core/exporters/tables/calflops_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

Result<const Exporter*> exporterNamed(std::string_view id)
{
    return entryNamed(exporters(), id, "output format", "list exporters");
}

std::string exportedText(const Exporter& exporter, const Run& run, const ExportOptions& options)
{
    std::string text;
    exporter.write(run, options, [&text](std::string_view piece) { text += piece; });
    return text;
}

std::vector<std::int32_t> exportedModules(const Run& run, const ExportOptions& options)
{
    std::vector<std::int32_t> ids;
    std::vector<std::int32_t> depth(run.trace.modules.size());
    for (std::size_t i = 0; i < depth.size(); ++i) {
        const std::int32_t parent = run.trace.modules[i].parent;
        depth[i] = parent < 0 ? 0 : depth[static_cast<std::size_t>(parent)] + 1;
        if (!options.depth || depth[i] <= *options.depth)
            ids.push_back(static_cast<std::int32_t>(i));
    }
    return ids;
}

std::vector<ExportedRow> exportedRows(const Run& run, const ExportOptions& options,
                                      std::span<const Measure* const> shown)
{
    std::vector<ExportedRow> rows;
    std::vector<std::int32_t> open; // modules around the next row, outermost first
    const auto nodeAt = [&](std::int32_t id) -> const CostNode& {
        return run.costs.nodes[static_cast<std::size_t>(id)];
    };
    const auto closeBefore = [&](std::int32_t next) {
        for (; !open.empty() && nodeAt(open.back()).end <= next; open.pop_back()) {
            const auto depth = static_cast<std::int32_t>(open.size());
            if (options.depth && depth > *options.depth)
                continue;
            for (const OwnPart* part : ownRows(run.costs, open.back(), shown))
                rows.push_back({open.back(), depth, part});
        }
    };
    const auto count = static_cast<std::int32_t>(run.costs.nodes.size());
    for (std::int32_t id = 0; id < count; ++id) {
        closeBefore(id);
        const auto depth = static_cast<std::int32_t>(open.size());
        if (!options.depth || depth <= *options.depth)
            rows.push_back({id, depth, nullptr});
        open.push_back(id);
    }
    closeBefore(count);
    return rows;
}

std::vector<const Measure*> allMeasures()
{
    std::vector<const Measure*> all;
    for (const Measure& measure : measures())
        all.push_back(&measure);
    return all;
}

std::vector<const Measure*> measuresNamed(std::initializer_list<std::string_view> ids)
{
    std::vector<const Measure*> named;
    for (const std::string_view id : ids)
        named.push_back(&measureNamed(id));
    return named;
}

std::string shortText(Count count)
{
    return scaledText(count, 2, automaticUnit(count));
}

std::string shareText(Count part, Count total)
{
    if (total == Count(0))
        return "\u2013";
    return fmt::format("{:.2f} %",
                       100 * static_cast<double>(part.value()) / static_cast<double>(total.value()));
}

} // namespace sunflop
