// SPDX-License-Identifier: GPL-3.0-or-later
// A booktabs table for papers; needs \usepackage{booktabs}.

#include "core/base/plain_text.h"
#include "core/exporters/tables/comparison.h"
#include "core/exporters/tables/table.h"
#include "core/run/remarks.h"

#include <fmt/format.h>

namespace sunflop::exporter {

namespace {

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : plainText(text)) {
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

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

void write(const Run& run, const ExportOptions& options, const Sink& sink)
{
    sink("% needs \\usepackage{booktabs}\n"
         "\\begin{table}\n\\centering\n\\small\n"
         "\\begin{tabular}{llrrrrr" +
         std::string(options.hasMemory ? "rr" : "") +
         "}\n\\toprule\n"
         "Module & Class & Instances & Params & MACs & FLOPs & \\% of FLOPs" +
         (options.hasMemory ? " & At peak & Time" : "") + " \\\\\n\\midrule\n");
    const auto deviceFigure = [](std::string_view text) {
        return replaced(figure(text), "\u00b5", "\\textmu{}");
    };
    for (const TableRow& row : tableRows(run, options)) {
        std::string line = fmt::format("\\hspace*{{{}em}}\\{}{{{}}} & {} & {} & {} & {} & {} & {}", row.depth,
                                       row.isOwn ? "textit" : "texttt", escaped(row.module),
                                       escaped(row.className), row.instances, figure(row.params),
                                       figure(row.macs), figure(row.flops), figure(row.share));
        if (options.hasMemory)
            line += fmt::format(" & {} & {}", deviceFigure(row.peak), deviceFigure(row.time));
        sink(line + " \\\\\n");
    }
    std::string remarks;
    for (const std::string& remark : remarksOf(run))
        remarks += " " + escaped(remark);
    sink(fmt::format("\\bottomrule\n\\end{{tabular}}\n"
                     "\\caption{{{}. {}{}}}\n\\end{{table}}\n",
                     escaped(tableCaption(run)), escaped(tableLegend(run, options)), remarks));
}

/// A figure of a comparison: signs and bounds are math.
std::string comparedFigure(std::string_view text)
{
    std::string out = replaced(figure(text), "\u2212", "$-$");
    out = replaced(std::move(out), "<= ", "$\\le$\\,");
    out = replaced(std::move(out), ">= ", "$\\ge$\\,");
    out = replaced(std::move(out), "+", "$+$");
    return replaced(std::move(out), "\u00b5", "\\textmu{}");
}

std::string comparedTable(const ComparedTable& table, const std::string& caption)
{
    std::string columns;
    for (std::size_t i = 0; i < table.head.size(); ++i)
        columns += table.head[i] == "Why" ? "p{0.4\\linewidth}" : i < table.names ? "l" : "r"; // sentences
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t i = 0; i < cells.size(); ++i)
            out += (i > 0 ? " & " : "") +
                   (i < table.names && cells[i] != "\u2013" ? escaped(cells[i]) : comparedFigure(cells[i]));
        return out + " \\\\\n";
    };
    std::string heads;
    for (const std::string& head : table.head)
        heads += (heads.empty() ? "" : " & ") + replaced(escaped(head), "\u2212", "$-$");
    std::string out = fmt::format("\\begin{{table}}\n\\centering\n\\small\n"
                                  "\\begin{{tabular}}{{{}}}\n\\toprule\n{} \\\\\n\\midrule\n",
                                  columns, heads);
    for (const auto& row : table.rows)
        out += line(row);
    return out +
           fmt::format("\\bottomrule\n\\end{{tabular}}\n\\caption{{{}}}\n\\end{{table}}\n", escaped(caption));
}

std::string compare(const ComparedRuns& runs, const ExportOptions& options)
{
    std::string caption;
    for (const std::string& line : comparedCaption(runs))
        caption += ". " + line;
    std::string out = "% needs \\usepackage{booktabs}\n";
    for (const ComparedTable& table : comparedTables(runs, options.depth))
        out += comparedTable(table, table.title + caption + ".");
    return out;
}

} // namespace

Exporter latex()
{
    return {.id = "latex",
            .title = "LaTeX table (booktabs)",
            .extension = "tex",
            .write = write,
            .compare = compare};
}

} // namespace sunflop::exporter
