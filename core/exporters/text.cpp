// SPDX-License-Identifier: GPL-3.0-or-later
// A page for people at a terminal: totals, what was run, one table with bars, and what to know.

#include "core/base/plain_text.h"
#include "core/cost/breakdown.h"
#include "core/exporters/tables/brief.h"
#include "core/exporters/tables/styled_text.h"
#include "core/exporters/tables/table.h"
#include "core/exporters/tables/text_table.h"
#include "core/run/remarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sunflop::exporter {

namespace {

constexpr std::size_t margin = 2;
constexpr std::size_t keyWidth = 14; ///< "parameters", and what is between it and its value

struct Line {
    std::string key;
    std::string value;
    bool isWarning = false;
};

class Page {
public:
    Page(const Run& run, const ExportOptions& options) : m_run(run), m_options(options), m_pen(options) {}

    std::string text() const
    {
        return title() + "\n" + totals() + "\n" + setting() + "\n" + textTable(m_run, m_options) + roles() +
               notes();
    }

private:
    std::size_t width() const { return static_cast<std::size_t>(std::max(m_options.width, 1)); }
    static constexpr std::string_view separator = " \u00b7 ";

    std::string title() const
    {
        std::string under = m_run.trace.modules.front().className;
        if (m_run.source.place != m_run.source.name)
            under += std::string(separator) + m_run.source.place;
        std::string out = m_pen.bold(plainText(m_run.source.name)) + "\n" + m_pen.faint(plainText(under));
        if (m_run.trace.isEstimate)
            out += m_pen.faint(separator) + m_pen.warning("an estimate: figures behind ~ were guessed");
        return out + "\n";
    }

    /// A figure of the whole model, marked where it follows from guessed operators.
    std::string marked(std::string_view measure, const std::string& text) const
    {
        const auto found = std::ranges::find(measures(), measure, &Measure::id);
        return (isEstimate(m_run, *found) ? "~" : "") + text;
    }

    std::vector<Line> counts() const
    {
        const Costs& whole = m_run.costs.root().total;
        std::vector<Line> lines{
            {"parameters", briefCount(whole.params, 'B')},
            {"active", briefCount(whole.activeParams, 'B')},
            {"MACs", marked("macs", briefCount(whole.forward.macs))},
            {"FLOPs", marked("flops", briefCount(whole.forward.flops))},
        };
        if (m_run.workload.mode == Mode::Training)
            lines.push_back(
                {"backward", marked("backward_flops", briefCount(whole.backward.flops)) + " FLOPs"});
        return lines;
    }

    std::vector<Line> deviceFigures() const
    {
        const Footprint& memory = m_run.memory;
        const Count room = m_run.device->memoryBytes;
        const bool fits = memory.parts.total() <= room;
        return {
            {"weights", briefBytes(memory.parts.weights)},
            {"KV cache", marked("kv_cache_bytes", briefBytes(memory.modules.front().cache))},
            {"peak",
             fmt::format("{} of {}{}", marked("peak_bytes", briefBytes(memory.peak())), briefBytes(room),
                         fits ? "" : ", does not fit"),
             !fits},
            {"time", marked("nanoseconds", timeText())},
        };
    }

    std::string timeText() const
    {
        const auto seconds = [](double value) {
            constexpr double perSecond = 1e9;
            return briefTime(Count(static_cast<std::int64_t>(std::min(value * perSecond, 9e18))));
        };
        std::string out = briefTime(m_run.costs.root().total.nanoseconds);
        if (m_run.workload.mode == Mode::Training)
            out += " a step";
        if (const auto each = m_run.timing.secondsPerOutputToken)
            out +=
                fmt::format(": {}, then {} a token", seconds(m_run.timing.firstTokenSeconds), seconds(*each));
        return out;
    }

    /// Counts on the left, bytes and seconds beside them where there is room.
    std::string totals() const
    {
        const std::vector<Line> left = counts();
        const std::vector<Line> right = m_options.hasMemory ? deviceFigures() : std::vector<Line>();
        constexpr std::size_t valueWidth = 14;
        constexpr std::size_t leastWidth = 72;
        const auto cell = [&](const Line& line) {
            return m_pen.faint(padded(line.key, keyWidth)) +
                   (line.isWarning ? m_pen.warning(line.value) : m_pen.bold(line.value));
        };
        std::string out;
        const bool isBeside = width() >= leastWidth;
        for (std::size_t i = 0; i < left.size(); ++i) {
            out += std::string(margin, ' ') + cell(left[i]);
            if (isBeside && i < right.size())
                out += std::string(valueWidth - std::min(valueWidth, widthOf(left[i].value)), ' ') +
                       cell(right[i]);
            out += "\n";
        }
        for (std::size_t i = 0; !isBeside && i < right.size(); ++i)
            out += std::string(margin, ' ') + cell(right[i]) + "\n";
        return out;
    }

    std::string entry(std::string_view key, std::string_view words) const
    {
        return std::string(margin, ' ') + m_pen.faint(padded(key, keyWidth)) +
               wrapped(plainText(words), margin + keyWidth, width()) + "\n";
    }

    /// How it was counted, and with which inputs.
    std::string setting() const
    {
        const Workload& workload = m_run.workload;
        std::string inputs;
        for (const Assignment& input : changedInputs(m_run))
            inputs += fmt::format("{}{}={}", inputs.empty() ? "" : " ", input.id, input.value);
        std::string out = entry("convention", m_run.convention->id);
        if (m_options.hasMemory)
            out += entry("device", fmt::format("{}, {}{}", m_run.device->name, workload.preset, sharedBy()));
        out += entry("inputs", inputs.empty() ? "all at their defaults" : inputs);
        if (const std::string run = runText(); !run.empty())
            out += entry("run", run);
        return out;
    }

    std::string sharedBy() const
    {
        const Workload& w = m_run.workload;
        const Count devices =
            Count(w.dataParallel) * w.tensorParallel * w.pipelineParallel * w.contextParallel;
        return devices > Count(1) ? fmt::format("; bytes are those of one of {} devices", devices.value())
                                  : "";
    }

    /// What the inputs came to: tokens, or the shapes that a program was called with.
    std::string runText() const
    {
        const RunSummary& summary = m_run.trace.run;
        std::string out;
        for (const Argument& argument : m_run.workload.arguments)
            out += fmt::format("{}{}={}", out.empty() ? "" : " ", argument.id, argument.text);
        if (summary.promptTokens == 0)
            return out;
        out += fmt::format("{}{} of {} tokens", out.empty() ? "" : ", ",
                           counted(m_run.workload.batch, "sequence"), summary.promptTokens);
        if (const auto& images = summary.images)
            out += fmt::format(", {} of them from {} of {}", images->featureTokens + images->markerTokens,
                               counted(images->images, "image"), counted(images->tilesPerImage, "tile"));
        if (summary.decodeSteps > 0)
            out += fmt::format(", then {}", counted(summary.decodeSteps, "decode step"));
        return out;
    }

    static std::string counted(std::int64_t number, std::string_view what)
    {
        return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
    }

    /// Shares of the roles, which are the colours of the bars.
    std::string roles() const
    {
        const double whole = static_cast<double>(m_run.costs.root().total.forward.flops.value());
        if (whole <= 0)
            return {};
        std::vector<Group> groups = breakdown(m_run.trace, m_run.costs, *m_run.convention, Grouping::Role);
        std::ranges::stable_sort(groups, std::ranges::greater{},
                                 [](const Group& group) { return group.costs.forward.flops; });
        std::string out = "\n" + std::string(margin, ' ') + m_pen.faint(padded("by role", keyWidth));
        const std::string_view blanks = "   ";
        constexpr std::size_t begin = margin + keyWidth;
        std::size_t column = begin;
        for (const Group& group : groups) {
            const double share = static_cast<double>(group.costs.forward.flops.value()) / whole;
            if (share < 0.0005)
                continue;
            const std::string words = fmt::format("{} {:.1f} %", roleName(group.role), 100 * share);
            const std::size_t wide = widthOf(words) + (m_pen.hasColours() ? 2 : 0);
            const bool isFirst = column == begin;
            if (!isFirst && column + blanks.size() + wide > width()) {
                out += "\n" + std::string(begin, ' ');
                column = begin;
            } else if (!isFirst) {
                out += blanks;
                column += blanks.size();
            }
            if (m_pen.hasColours())
                out += m_pen.inColourOf(group.role, m_options.isUnicode ? "\u25a0 " : "# ");
            out += words;
            column += wide;
        }
        return out + "\n";
    }

    std::string notes() const
    {
        std::vector<std::string> notes = remarksOf(m_run);
        std::string uncounted;
        for (const Uncounted& call : m_run.costs.uncountedBelow(0))
            uncounted +=
                fmt::format("{}{} x {}", uncounted.empty() ? "" : ", ", call.calls.value(), call.name);
        if (!uncounted.empty())
            notes.push_back(fmt::format("Not counted, {} has no rule: {}.", m_run.convention->id, uncounted));
        std::string out = notes.empty() ? "" : "\n" + m_pen.bold("Notes") + "\n";
        for (const std::string& note : notes)
            out += std::string(margin, ' ') + "* " + wrapped(plainText(note), 2 * margin, width()) + "\n";
        return out;
    }

    const Run& m_run;
    const ExportOptions& m_options;
    Pen m_pen;
};

void write(const Run& run, const ExportOptions& options, const Sink& sink)
{
    const std::string page = Page(run, options).text();
    sink(options.isUnicode ? page : inAscii(page));
}

} // namespace

Exporter text()
{
    return {.id = "text", .title = "Text page", .extension = "txt", .write = write};
}

} // namespace sunflop::exporter
