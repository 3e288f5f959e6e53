// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/text_table.h"

#include "core/base/entry.h"
#include "core/base/plain_text.h"
#include "core/exporters/tables/brief.h"
#include "core/exporters/tables/styled_text.h"
#include "core/exporters/tables/text_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

namespace sunflop {

namespace {

constexpr std::int32_t usualDepth = 3;
constexpr std::size_t gap = 2;
constexpr std::size_t leastBar = 10;
constexpr std::size_t mostBar = 32;
constexpr std::size_t percentWidth = 6;

/// A column of figures.
struct Column {
    std::string_view title;
    std::string (*text)(const Costs& costs) = nullptr;
    bool ranOnly = true; ///< nothing to say of a module that did not run
    bool isMemory = false;
};

/// The most wanted first.
std::span<const Column> columns()
{
    static constexpr Column table[] = {
        {"Params", [](const Costs& c) { return briefCount(c.params, 'B'); }, false},
        {"FLOPs", [](const Costs& c) { return briefCount(c.forward.flops); }},
        {"Time", [](const Costs& c) { return briefTime(c.nanoseconds); }, true, true},
        {"At peak", [](const Costs& c) { return briefBytes(c.peakBytes); }, false, true},
        {"MACs", [](const Costs& c) { return briefCount(c.forward.macs); }},
    };
    return table;
}

/// The order in which they stand.
constexpr std::array<std::string_view, 5> order{"Params", "MACs", "FLOPs", "At peak", "Time"};

class Table {
public:
    Table(const Run& run, const ExportOptions& options)
        : m_run(run), m_options(options), m_pen(options),
          m_rows(textRows(run, options.depth.value_or(usualDepth))), m_whole(run.costs.root().total),
          m_measure(sharedMeasure(run))
    {
        if (m_measure.id == "params")
            m_shareTitle = "of params";
        m_guides = guidesOfRows();
        m_roles = sharesOfRoles();
        layOut();
    }

    std::string text() const
    {
        std::string out = m_pen.bold(head()) + "\n";
        for (std::size_t i = 0; i < m_rows.size(); ++i)
            out += line(i) + "\n";
        const bool isCut = std::ranges::any_of(m_rows, &TextRow::hasMore);
        if (isCut && !m_options.depth)
            out += m_pen.faint("--depth 4 and more: what is below; --format json: every digit") + "\n";
        return out;
    }

private:
    std::size_t width() const { return static_cast<std::size_t>(std::max(m_options.width, 1)); }

    /// What stands in front of each row's name: lines of the tree.
    std::vector<std::string> guidesOfRows() const
    {
        std::vector<std::string> guides;
        std::vector<bool> isLast; // of the rows around, by depth
        for (const TextRow& row : m_rows) {
            const auto depth = static_cast<std::size_t>(row.depth);
            isLast.resize(depth + 1);
            isLast[depth] = row.isLast;
            if (!m_options.isUnicode) {
                guides.emplace_back(2 * depth, ' ');
                continue;
            }
            std::string& guide = guides.emplace_back();
            for (std::size_t i = 1; i < depth; ++i)
                guide += isLast[i] ? "  " : "\u2502 ";
            if (depth > 0)
                guide += row.isLast ? "\u2514 " : "\u251c ";
        }
        return guides;
    }

    static std::string membersText(const TextRow& row)
    {
        return row.members > 1 ? fmt::format(" \u00d7{}", row.members) : "";
    }

    std::string textOf(const Column& column, const TextRow& row) const
    {
        if (column.ranOnly && !at(m_run.trace.modules, row.module).ran)
            return "\u2013";
        return column.text(row.total);
    }

    std::string_view className(const TextRow& row) const
    {
        return row.own ? ownKindName(*row.own)
                       : std::string_view(at(m_run.trace.modules, row.module).className);
    }

    std::size_t widthOfColumn(const Column& column) const
    {
        std::size_t widest = column.title.size();
        for (const TextRow& row : m_rows)
            widest = std::max(widest, widthOf(textOf(column, row)));
        return widest;
    }

    /// Names first, then figures while a bar still has room behind them, then classes.
    void layOut()
    {
        std::size_t names = 0;
        for (std::size_t i = 0; i < m_rows.size(); ++i)
            names = std::max(names, widthOf(m_guides[i]) + widthOf(m_rows[i].label) +
                                        widthOf(membersText(m_rows[i])));
        m_nameWidth = std::min(names, std::max<std::size_t>(24, width() * 2 / 5));
        const std::size_t share = gap + percentWidth + gap;
        std::size_t used = m_nameWidth + share;
        const auto hasRoom = [&](std::size_t more) { return used + more + leastBar <= width(); };
        for (const Column& column : columns()) {
            const std::size_t more = gap + widthOfColumn(column);
            if ((column.isMemory && !m_options.hasMemory) || !hasRoom(more))
                continue;
            m_columns.push_back({&column, more - gap});
            used += more;
        }
        std::ranges::sort(m_columns, {}, [](const auto& shown) {
            return std::ranges::find(order, shown.first->title) - order.begin();
        });
        std::size_t classes = 0;
        for (const TextRow& row : m_rows)
            classes = std::max(classes, widthOf(className(row)));
        if (used + gap + classes + mostBar / 2 <= width()) {
            m_classWidth = classes;
            used += gap + classes;
        }
        m_barWidth = width() > used ? std::min(width() - used, mostBar) : 0;
    }

    std::string head() const
    {
        const std::string blanks(gap, ' ');
        std::string out = padded("Module", m_nameWidth);
        if (m_classWidth > 0)
            out += blanks + padded("Class", m_classWidth);
        for (const auto& [column, columnWidth] : m_columns)
            out += blanks + padded(column->title, columnWidth, true);
        return out + blanks + std::string(m_shareTitle);
    }

    std::string line(std::size_t index) const
    {
        const TextRow& row = m_rows[index];
        const Module& module = at(m_run.trace.modules, row.module);
        const std::string blanks(gap, ' ');
        const std::string& guide = m_guides[index];
        const std::string members = membersText(row);
        const std::size_t room = m_nameWidth - std::min(m_nameWidth, widthOf(guide) + widthOf(members));
        const std::string name = cutTo(row.label, room);
        std::string out = m_pen.faint(guide) +
                          (row.depth == 0 ? m_pen.bold(name)
                           : row.own      ? m_pen.faint(name)
                                          : name) +
                          m_pen.faint(members);
        out += std::string(room - std::min(room, widthOf(name)), ' ');
        if (m_classWidth > 0)
            out += blanks + m_pen.faint(padded(plainText(className(row)), m_classWidth));
        for (const auto& [column, columnWidth] : m_columns)
            out += blanks + padded(textOf(*column, row), columnWidth, true);
        if (!module.ran && !module.isContainer)
            return out + blanks + m_pen.faint("did not run");
        out += blanks + padded(percentText(row), percentWidth, true);
        const std::string bar = m_pen.bar(partsOf(row), m_barWidth);
        return bar.empty() ? out : out + blanks + bar;
    }

    double shareOf(const Costs& costs) const
    {
        const auto whole = static_cast<double>(m_measure.of(m_whole).value());
        return whole > 0 ? static_cast<double>(m_measure.of(costs).value()) / whole : 0;
    }

    std::string percentText(const TextRow& row) const
    {
        const double percent = 100 * shareOf(row.total);
        if (percent <= 0)
            return "\u2013";
        if (percent < 0.05)
            return "<0.1 %";
        return percent >= 99.95 ? "100 %" : fmt::format("{:.1f} %", percent);
    }

    using Shares = std::array<double, roleCount>;

    /// What modules of each role have of the measure, below every module and in it.
    std::vector<Shares> sharesOfRoles() const
    {
        const std::vector<Module>& modules = m_run.trace.modules;
        std::vector<Shares> shares(modules.size());
        std::vector<double> below(modules.size());
        for (std::size_t i = modules.size(); i-- > 0;) { // children stand behind their parents
            const auto total = static_cast<double>(m_measure.of(m_run.costs.nodes[i].total).value());
            shares[i][static_cast<std::size_t>(modules[i].role)] += std::max(total - below[i], 0.0);
            if (modules[i].parent < 0)
                continue;
            const auto parent = static_cast<std::size_t>(modules[i].parent);
            below[parent] += total;
            for (std::size_t role = 0; role < roleCount; ++role)
                shares[parent][role] += shares[i][role];
        }
        return shares;
    }

    /// A row's share, split by the roles of what is below it.
    std::vector<Pen::Part> partsOf(const TextRow& row) const
    {
        const double share = shareOf(row.total);
        if (row.own)
            return {{at(m_run.trace.modules, row.module).role, share}};
        const Shares& shares = at(m_roles, row.module);
        const double whole = std::accumulate(shares.begin(), shares.end(), 0.0);
        std::vector<Pen::Part> parts;
        for (std::size_t role = 0; role < roleCount; ++role)
            if (shares[role] > 0)
                parts.push_back({static_cast<Role>(role), share * shares[role] / whole});
        return parts;
    }

    const Run& m_run;
    const ExportOptions& m_options;
    Pen m_pen;
    std::vector<TextRow> m_rows;
    std::vector<std::string> m_guides;
    std::vector<Shares> m_roles; ///< by module
    const Costs& m_whole;
    const Measure& m_measure; ///< what bars are shares of
    std::string_view m_shareTitle = "of FLOPs";
    std::vector<std::pair<const Column*, std::size_t>> m_columns; ///< with their widths
    std::size_t m_nameWidth = 0;
    std::size_t m_classWidth = 0; ///< 0: left out
    std::size_t m_barWidth = 0;
};

} // namespace

std::string textTable(const Run& run, const ExportOptions& options)
{
    return Table(run, options).text();
}

} // namespace sunflop
