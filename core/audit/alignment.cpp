// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sunflop {

namespace {

/// The range of indices that a module of a numbered list stands for; nothing for other names.
struct IndexRange {
    std::int64_t first = 0;
    std::int64_t count = 0;
    bool contains(std::int64_t index) const { return index >= first && index < first + count; }
};

std::optional<IndexRange> indexRange(const Module& module)
{
    IndexRange range{.count = module.repeat};
    const char* const end = module.name.data() + module.name.size();
    const auto read = std::from_chars(module.name.data(), end, range.first);
    return read.ec == std::errc() && read.ptr == end ? std::optional(range) : std::nullopt;
}

class Aligner {
public:
    Aligner(const PrintedReport& report, const Trace& trace) : m_report(report), m_trace(trace)
    {
        m_result.traced.resize(report.modules.size(), -1);
    }

    Alignment run() &&
    {
        pair(0, 0);
        return std::move(m_result);
    }

private:
    const Module& printed(std::int32_t p) const
    {
        return m_report.modules[static_cast<std::size_t>(p)].module;
    }
    const Module& traced(std::int32_t t) const { return m_trace.modules[static_cast<std::size_t>(t)]; }

    void differ(std::int32_t p, const std::string& found, const std::string& expected)
    {
        if (m_result.difference.empty())
            m_result.difference = fmt::format("{}: found {}, expected {}",
                                              p == 0 ? "model" : m_report.path(p), found, expected);
    }

    void pair(std::int32_t p, std::int32_t t)
    {
        const Module& left = printed(p);
        const Module& right = traced(t);
        if (left.className != right.className)
            return differ(p, left.className, right.className);
        if (left.detail != right.detail)
            return differ(p, fmt::format("\"{}\"", left.detail), fmt::format("\"{}\"", right.detail));
        m_result.traced[static_cast<std::size_t>(p)] = t;
        pairChildren(p, t);
    }

    void pairChildren(std::int32_t p, std::int32_t t)
    {
        std::int64_t printedInstances = 0;
        std::int64_t tracedInstances = 0;
        for (std::int32_t c = t + 1; c < traced(t).end; c = traced(c).end)
            tracedInstances += traced(c).repeat;
        for (std::int32_t c = p + 1; c < printed(p).end && m_result.isComplete(); c = printed(c).end) {
            printedInstances += printed(c).repeat;
            const std::int32_t match = childLike(printed(c), t);
            if (match < 0)
                return differ(c, printed(c).className, "no such module");
            pair(c, match);
        }
        if (m_result.isComplete() && printedInstances != tracedInstances)
            differ(p, fmt::format("{} children", printedInstances), fmt::format("{}", tracedInstances));
    }

    /// The child of t that has the printed module's name, or whose run holds its index.
    std::int32_t childLike(const Module& wanted, std::int32_t t) const
    {
        const auto index = indexRange(wanted);
        for (std::int32_t c = t + 1; c < traced(t).end; c = traced(c).end) {
            const auto range = indexRange(traced(c));
            if (index && range ? range->contains(index->first) : traced(c).name == wanted.name)
                return c;
        }
        return -1;
    }

    const PrintedReport& m_report;
    const Trace& m_trace;
    Alignment m_result;
};

std::size_t decimals(std::string_view text)
{
    const std::size_t point = text.find('.');
    const std::size_t end = text.find_first_not_of("0123456789.");
    return point == std::string_view::npos ? 0 : std::min(end, text.size()) - point - 1;
}

/// The unit in front of `suffix` in a printed amount.
DecimalUnit unitOf(std::string_view text, std::string_view suffix)
{
    static constexpr std::array units{DecimalUnit{1e12, "T"}, DecimalUnit{1e9, "G"}, DecimalUnit{1e6, "M"},
                                      DecimalUnit{1e3, "K"}};
    text.remove_suffix(std::min(text.size(), suffix.size()));
    for (const DecimalUnit& unit : units)
        if (text.ends_with(unit.prefix))
            return unit;
    return {};
}

} // namespace

Alignment align(const PrintedReport& report, const Trace& trace)
{
    return Aligner(report, trace).run();
}

ReportStyle styleOf(const PrintedReport& report)
{
    std::size_t most = 0;
    for (const PrintedModule& module : report.modules)
        for (const std::string* share :
             {&module.figures.paramsShare, &module.figures.macsShare, &module.figures.flopsShare})
            most = std::max(most, decimals(*share));
    constexpr std::size_t limit = 15; // more decimals than a double holds
    const PrintedFigures& root = report.modules.front().figures;
    return {.precision = static_cast<int>(std::min(most, limit)),
            .flopsShareFromMacs = root.macsShare == "100%" && root.flopsShare != "100%"};
}

Explanation explain(const PrintedReport& report, const Alignment& alignment, const CostTree& costs,
                    const ReportStyle& style)
{
    const Costs& whole = costs.root().each;
    Explanation explanation;
    for (const SummaryLine& line : summaryLines) {
        const std::string& found = report.summary.*line.value;
        if (found == noBackward)
            continue;
        const auto unit = line.unit.empty() ? std::nullopt : std::optional(unitOf(found, line.unit));
        const std::string expected = printedSummary(whole, style, unit).*line.value;
        ++explanation.lines;
        if (found != expected)
            explanation.mismatches.push_back({std::string(line.label), found, expected});
    }
    for (std::size_t p = 0; p < report.modules.size(); ++p) {
        const PrintedFigures& found = report.modules[p].figures;
        if (report.modules[p].module.isContainer)
            continue;
        const auto node = static_cast<std::size_t>(alignment.traced[p]);
        const PrintedFigures expected = printedFigures(costs.nodes[node].each, whole, style);
        ++explanation.lines;
        if (found == expected)
            continue;
        const auto text = [](const PrintedFigures& f) {
            return fmt::format("{} = {}, {} = {}, {} = {}", f.params, f.paramsShare, f.macs, f.macsShare,
                               f.flops, f.flopsShare);
        };
        explanation.mismatches.push_back(
            {fmt::format("line {}, {}", report.modules[p].line,
                         p == 0 ? "model" : report.path(static_cast<std::int32_t>(p))),
             text(found), text(expected)});
    }
    return explanation;
}

} // namespace sunflop
