// SPDX-License-Identifier: GPL-3.0-or-later
// A booktabs table for papers; needs \usepackage{booktabs}.

#include "core/exporters/table.h"

#include <fmt/format.h>

namespace sunflop::exporter {

namespace {

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '_':
        case '%':
        case '&':
        case '#':
        case '$':
        case '{':
        case '}': out += std::string("\\") + c; break;
        case '\\': out += "\\textbackslash{}"; break;
        case '~': out += "\\textasciitilde{}"; break;
        case '^': out += "\\textasciicircum{}"; break;
        default: out += c;
        }
    }
    return out;
}

/// Figures with a thin space before the unit; an en dash stays text.
std::string figure(std::string_view text)
{
    if (text == "\u2013")
        return "--";
    std::string out = escaped(text);
    if (const std::size_t blank = out.rfind(' '); blank != std::string::npos)
        out.replace(blank, 1, "\\,");
    return out;
}

std::string write(const Run& run, const ExportOptions& options)
{
    std::string out = "% needs \\usepackage{booktabs}\n"
                      "\\begin{table}\n\\centering\n\\small\n"
                      "\\begin{tabular}{llrrrrr}\n\\toprule\n"
                      "Module & Class & Instances & Params & MACs & FLOPs & \\% of FLOPs \\\\\n\\midrule\n";
    for (const TableRow& row : tableRows(run, options))
        out += fmt::format("\\hspace*{{{}em}}\\texttt{{{}}} & {} & {} & {} & {} & {} & {} \\\\\n", row.depth,
                           escaped(row.module), escaped(row.className), row.instances, figure(row.params),
                           figure(row.macs), figure(row.flops), figure(row.share));
    return out +
           fmt::format(
               "\\bottomrule\n\\end{{tabular}}\n\\caption{{{}. Figures are totals over all instances.}}\n"
               "\\end{{table}}\n",
               escaped(tableCaption(run)));
}

} // namespace

Exporter latex()
{
    return {.id = "latex", .title = "LaTeX table (booktabs)", .extension = "tex", .write = write};
}

} // namespace sunflop::exporter
