// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/comparison.h"

#include "core/cost/tolerance.h"
#include "core/exporters/tables/calflops_text.h"
#include "core/exporters/tables/compared_lines.h"
#include "core/exporters/tables/table.h"
#include "core/run/remarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sunflop {

namespace {

constexpr std::string_view unknown = "n/a";
constexpr std::string_view absent = "absent";
constexpr std::string_view dash = "\u2013";
constexpr double leastRatio = 0.005;        ///< that two decimals show
constexpr std::string_view atLeast = ">= "; ///< before a saturated count

std::string scaledTo(Count count, double size, std::string_view unit)
{
    return fmt::format("{}{:.2f} {}", count.isSaturated() ? atLeast : "",
                       static_cast<double>(count.value()) / size, unit);
}

std::string bytesText(Count bytes)
{
    using Unit = std::pair<double, std::string_view>;
    static constexpr std::array units{Unit{1099511627776.0, "TiB"}, Unit{1073741824.0, "GiB"},
                                      Unit{1048576.0, "MiB"}, Unit{1024.0, "KiB"}};
    for (const auto& [size, unit] : units)
        if (static_cast<double>(bytes.value()) >= size)
            return scaledTo(bytes, size, unit);
    return fmt::format("{} B", bytes.value());
}

std::string timeText(Count nanoseconds)
{
    using Unit = std::pair<double, std::string_view>;
    static constexpr std::array units{Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "\u00b5s"}};
    for (const auto& [size, unit] : units)
        if (static_cast<double>(nanoseconds.value()) >= size)
            return scaledTo(nanoseconds, size, unit);
    return fmt::format("{} ns", nanoseconds.value());
}

/// Figures of one row: A, B, B - A, B / A.
std::vector<std::string> figureTexts(std::string_view id, std::string_view unit, const KnownFigure& figure,
                                     bool isInA, bool isInB)
{
    const auto both = figure.both();
    const bool isNothing = both && both->a == Count(0) && both->b == Count(0);
    const auto side = [&](const std::optional<Count>& count, bool isThere) {
        if (!isThere)
            return std::string(absent);
        if (isNothing)
            return std::string(dash);
        return count ? figureText(id, unit, *count) : std::string(unknown);
    };
    const auto apart = both ? difference(*both) : std::nullopt;
    const auto change = apart && figure.isRoundedSame() ? Count(0) : apart;
    return {side(figure.a, isInA), side(figure.b, isInB),
            change ? differenceText(id, unit, *change) : std::string(unknown),
            both ? ratioText(*both) : std::string(unknown)};
}

std::vector<std::string> joined(std::vector<std::string> names, std::vector<std::string> figures)
{
    std::ranges::move(figures, std::back_inserter(names));
    return names;
}

ComparedTable totalsTable(const ComparedRuns& runs)
{
    ComparedTable table{.title = "Totals", .head = {"Total", "A", "B", "B \u2212 A", "B / A"}};
    for (const ComparedTotal& total : comparedTotals(runs))
        table.rows.push_back(
            joined({std::string(total.title)}, figureTexts(total.id, total.unit, total.figure, true, true)));
    return table;
}

/// A row without a module of this side may still hold some below it.
std::string pathText(const std::optional<std::string>& path, bool isThere)
{
    if (!path)
        return std::string(isThere ? dash : absent);
    return path->empty() ? "(model)" : *path;
}

ComparedTable rowsTable(const ComparedRuns& runs, const Measure& measure, std::optional<std::int32_t> depth)
{
    ComparedTable table{.title = fmt::format("{} by module", measure.title),
                        .names = 3,
                        .head = {"Module of A", "Module of B", "Match", "A", "B", "B \u2212 A", "B / A"}};
    const ComparedLines lines(runs, {&measure});
    for (const ComparedLine& line : lines.upTo(depth)) {
        const bool isInA = lines.isInA(line);
        const bool isInB = lines.isInB(line);
        const KnownFigure known = lines.known(line, lines.columns().front());
        const std::string_view how = line.part < 0 ? lines.match(line) : lines.kind(line);
        table.rows.push_back(joined(
            {pathText(lines.pathOfA(line), isInA), pathText(lines.pathOfB(line), isInB), std::string(how)},
            figureTexts(measure.id, measure.unit, known, isInA, isInB)));
    }
    return table;
}

/// Subjects with their FLOPs; the last line is their sum.
ComparedTable reasonsTable(const ComparedRuns& runs)
{
    ComparedTable table{.title = fmt::format("Why {} and {} differ, in FLOPs", runs.a.run.convention->id,
                                             runs.b.run.convention->id),
                        .names = 2,
                        .head = {"Subject", "Why", "Calls", "A", "B", "B \u2212 A"}};
    Work sumA, sumB;
    Count calls;
    const auto add = [&](std::string subject, std::string why, Count count, Count a, Count b) {
        auto figures = figureTexts("flops", "FLOP", {a, b}, true, true);
        figures.pop_back();
        figures.insert(figures.begin(), fmt::format("{}", count.value()));
        table.rows.push_back(joined({std::move(subject), std::move(why)}, std::move(figures)));
    };
    for (const Reason& reason : runs.reasons) {
        add(std::string(subjectName(reason.subject)), reason.why, reason.calls, reason.a.flops,
            reason.b.flops);
        sumA += reason.a;
        sumB += reason.b;
        calls += reason.calls;
    }
    add("all of these", "", calls, sumA.flops, sumB.flops);
    return table;
}

/// Nothing for a model without tokens.
std::optional<Count> perToken(const Run& run, Count flops)
{
    const RunSummary& summary = run.trace.run;
    const Count tokens = (Count(summary.promptTokens) + summary.decodeSteps) * run.workload.batch;
    if (tokens <= 0)
        return std::nullopt;
    return flops.isSaturated() || tokens.isSaturated() ? flops : Count(flops.value() / tokens.value());
}

/// What FLOPs per token may be off by: as much as the total, and one as the quotient is rounded down.
Count perTokenError(const ComparedSide& side)
{
    const auto error =
        side.errors.empty() ? std::nullopt : perToken(side.run, side.errors.front().forward.flops);
    return error ? *error + 1 : Count(0);
}

} // namespace

bool ComparedSide::knows(const Measure& measure) const
{
    return isKnown(run.costs, measure) &&
           (known.empty() || std::ranges::find(known, measure.id) != known.end());
}

std::vector<ComparedFigure> ComparedRuns::figures(const Measure& measure) const
{
    return compared(comparison, a.tree(), b.tree(), measure);
}

std::vector<Count> ComparedRuns::tolerances(const Measure& measure,
                                            const std::vector<ComparedFigure>& figures) const
{
    std::vector<Count> sums = sunflop::tolerances(
        comparison, {a.run.costs, a.errors, comparison.rowOfA, &ComparedFigure::a}, figures, measure);
    const std::vector<Count> ofB = sunflop::tolerances(
        comparison, {b.run.costs, b.errors, comparison.rowOfB, &ComparedFigure::b}, figures, measure);
    for (std::size_t i = 0; i < sums.size(); ++i)
        sums[i] += ofB[i];
    return sums;
}

bool KnownFigure::isRoundedSame() const
{
    const auto figure = both();
    return figure && tolerance > Count(0) && isWithin(*figure, tolerance);
}

std::optional<ComparedFigure> KnownFigure::both() const
{
    if (!a || !b)
        return std::nullopt;
    return ComparedFigure{*a, *b};
}

std::optional<Count> flopsPerToken(const Run& run)
{
    return perToken(run, run.costs.root().total.forward.flops);
}

std::vector<ComparedTotal> comparedTotals(const ComparedRuns& runs)
{
    std::vector<ComparedTotal> totals;
    for (const std::string_view id :
         {"params", "macs", "flops", "weight_bytes", "kv_cache_bytes", "peak_bytes"}) {
        const Measure& measure = measureNamed(id);
        const auto total = [&](const ComparedSide& side) {
            return side.knows(measure) ? std::optional(measure.of(side.run.costs.root().total))
                                       : std::nullopt;
        };
        const auto error = [&](const ComparedSide& side) {
            return side.errors.empty() ? Count(0) : measure.of(side.errors.front());
        };
        totals.push_back({measure.id,
                          measure.title,
                          measure.unit,
                          {total(runs.a), total(runs.b), error(runs.a) + error(runs.b)}});
    }
    const auto quotient = [](const ComparedSide& side) {
        return side.knows(measureNamed("flops")) ? flopsPerToken(side.run) : std::nullopt;
    };
    const KnownFigure figure{quotient(runs.a), quotient(runs.b),
                             perTokenError(runs.a) + perTokenError(runs.b)};
    if (figure.a || figure.b)
        totals.push_back({"flops_per_token", "FLOPs per token", "FLOP", figure});
    return totals;
}

std::vector<ComparedTable> comparedTables(const ComparedRuns& runs, std::optional<std::int32_t> depth)
{
    std::vector<ComparedTable> tables{totalsTable(runs)};
    if (runs.measures.empty())
        tables.push_back(rowsTable(runs, measureNamed("flops"), depth));
    for (const Measure* measure : runs.measures)
        tables.push_back(rowsTable(runs, *measure, depth));
    if (!runs.reasons.empty())
        tables.push_back(reasonsTable(runs));
    return tables;
}

std::vector<std::string> comparedNotes(const ComparedRuns& runs)
{
    std::vector<std::string> notes = runs.notes;
    for (const std::string& remark : remarksOf(runs.a.run))
        notes.push_back("A: " + remark);
    for (const std::string& remark : remarksOf(runs.b.run))
        notes.push_back("B: " + remark);
    return notes;
}

std::vector<std::string> comparedCaption(const ComparedRuns& runs)
{
    std::vector<std::string> lines{"A: " + tableCaption(runs.a.run), "B: " + tableCaption(runs.b.run)};
    std::ranges::copy(comparedNotes(runs), std::back_inserter(lines));
    return lines;
}

std::string figureText(std::string_view id, std::string_view unit, Count count)
{
    if (count < Count(0)) {
        const std::string size = figureText(id, unit, Count(0) - count);
        return size.starts_with(atLeast) ? "<= \u2212" + size.substr(atLeast.size()) : "\u2212" + size;
    }
    if (unit == "B")
        return bytesText(count);
    if (unit == "ns")
        return timeText(count);
    if (id == "params" || id == "active_params")
        return paramsText(count);
    return scaledText(count, 2, automaticUnit(count));
}

std::string differenceText(std::string_view id, std::string_view unit, Count difference)
{
    if (difference == Count(0))
        return std::string(dash);
    const std::string size = figureText(id, unit, difference);
    if (size.starts_with(atLeast))
        return ">= +" + size.substr(atLeast.size());
    return (difference > Count(0) ? "+" : "") + size;
}

std::string ratioText(const ComparedFigure& figure)
{
    if (figure.a == Count(0) && figure.b > Count(0))
        return "new";
    if (figure.b == Count(0) && figure.a > Count(0))
        return "gone";
    if (figure.a == Count(0) && figure.b == Count(0))
        return std::string(dash);
    const auto quotient = ratio(figure);
    if (!quotient)
        return std::string(unknown);
    return *quotient < leastRatio ? fmt::format("{:.2g}", *quotient) : fmt::format("{:.2f}", *quotient);
}

} // namespace sunflop
