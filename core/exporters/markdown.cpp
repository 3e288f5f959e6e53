// SPDX-License-Identifier: GPL-3.0-or-later
// A table for issues, wikis and README files.

#include "core/exporters/table.h"

#include <fmt/format.h>

namespace sunflop::exporter {

static std::string write(const Run& run, const ExportOptions& options)
{
    std::string out = "| Module | Class | Instances | Params | MACs | FLOPs | % of FLOPs |\n"
                      "|:--|:--|--:|--:|--:|--:|--:|\n";
    for (const TableRow& row : tableRows(run, options)) {
        std::string indent;
        for (std::int32_t i = 0; i < row.depth; ++i)
            indent += "&emsp;";
        out += fmt::format("| {}`{}` | {} | {} | {} | {} | {} | {} |\n", indent, row.module, row.className,
                           row.instances, row.params, row.macs, row.flops, row.share);
    }
    return out + fmt::format("\n{}. Figures are totals over all instances.\n", tableCaption(run));
}

Exporter markdown()
{
    return {.id = "markdown", .title = "Markdown table", .extension = "md", .write = write};
}

} // namespace sunflop::exporter
