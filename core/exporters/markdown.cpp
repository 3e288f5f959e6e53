// SPDX-License-Identifier: GPL-3.0-or-later
// A table for issues, wikis and README files.

#include "core/base/plain_text.h"
#include "core/exporters/tables/comparison.h"
#include "core/exporters/tables/styled_text.h"
#include "core/exporters/tables/table.h"
#include "core/run/remarks.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop::exporter {

namespace {

/// Text in which Markdown sees no marks. An underscore between letters is none.
std::string escaped(std::string_view text)
{
    constexpr std::string_view marks = "\\`*[]<>|~";
    const std::string plain = plainText(text);
    std::string out;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const auto isWord = [&](std::size_t at) {
            return at < plain.size() && plain[at] != ' ' && marks.find(plain[at]) == std::string_view::npos;
        };
        const bool isMark = marks.find(plain[i]) != std::string_view::npos ||
                            (plain[i] == '_' && !(i > 0 && isWord(i - 1) && isWord(i + 1)));
        out += (isMark ? "\\" : "") + std::string(1, plain[i]);
    }
    return out;
}

/// A name as code, in a cell of a table: there a bar ends the cell, and inside of code only a fence ends it.
std::string codeSpan(std::string_view text)
{
    std::string out;
    std::size_t longest = 0; // of backticks behind each other
    std::size_t ticks = 0;
    for (const char c : plainText(text)) {
        ticks = c == '`' ? ticks + 1 : 0;
        longest = std::max(longest, ticks);
        out += c == '|' ? std::string("\\|") : std::string(1, c);
    }
    const std::string fence(longest + 1, '`');
    const std::string_view gap = longest > 0 ? " " : "";
    return fmt::format("{}{}{}{}{}", fence, gap, out, gap, fence);
}

void write(const Run& run, const ExportOptions& options, const Sink& sink)
{
    sink(fmt::format("| Module | Class | Instances | Params | MACs | FLOPs | % of FLOPs |{}\n"
                     "|:--|:--|--:|--:|--:|--:|--:|{}\n",
                     options.hasMemory ? " At peak | Time |" : "", options.hasMemory ? "--:|--:|" : ""));
    for (const TableRow& row : tableRows(run, options)) {
        std::string indent;
        for (std::int32_t i = 0; i < row.depth; ++i)
            indent += "&emsp;";
        // No code: not a module's name.
        const std::string name = row.isOwn ? "_" + escaped(row.module) + "_" : codeSpan(row.module);
        sink(fmt::format("| {}{} | {} | {} | {} | {} | {} | {} |{}\n", indent, name, escaped(row.className),
                         row.instances, row.params, row.macs, row.flops, row.share,
                         options.hasMemory ? fmt::format(" {} | {} |", row.peak, row.time) : ""));
    }
    sink(fmt::format("\n{}. {}\n", escaped(tableCaption(run)), tableLegend(run, options)));
    for (const std::string& remark : remarksOf(run))
        sink(fmt::format("\n* {}\n", escaped(remark)));
}

/// Columns as wide as their longest text: a terminal shows them as a table too.
std::string tableText(ComparedTable table)
{
    for (auto& row : table.rows)
        for (std::size_t i = 0; i < table.names; ++i)
            row[i] = escaped(row[i]);
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < table.head.size(); ++i) {
        widths.push_back(std::max<std::size_t>(3, widthOf(table.head[i])));
        for (const auto& row : table.rows)
            widths.back() = std::max(widths.back(), widthOf(row[i]));
    }
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t i = 0; i < cells.size(); ++i)
            out += fmt::format("| {} ", padded(cells[i], widths[i], i >= table.names));
        return out + "|\n";
    };
    std::string out = line(table.head);
    for (std::size_t i = 0; i < widths.size(); ++i)
        out += i < table.names ? "|:" + std::string(widths[i] + 1, '-')
                               : "|" + std::string(widths[i] + 1, '-') + ":";
    out += "|\n";
    for (const auto& row : table.rows)
        out += line(row);
    return out;
}

std::string compare(const ComparedRuns& runs, const ExportOptions& options)
{
    std::string out;
    for (const std::string& line : comparedCaption(runs))
        out += fmt::format("* {}\n", escaped(line));
    for (const ComparedTable& table : comparedTables(runs, options.depth))
        out += fmt::format("\n**{}**\n\n{}", table.title, tableText(table));
    return out;
}

} // namespace

Exporter markdown()
{
    return {
        .id = "markdown", .title = "Markdown table", .extension = "md", .write = write, .compare = compare};
}

} // namespace sunflop::exporter
