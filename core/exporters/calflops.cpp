// SPDX-License-Identifier: GPL-3.0-or-later
// calflops' report: the summary and the tree in its own wording, so that both can be compared with what it
// printed, under a header that says what was run and what the convention leaves out.

#include "core/base/plain_text.h"
#include "core/exporters/exporter.h"
#include "core/exporters/tables/calflops_text.h"
#include "core/run/remarks.h"

#include <fmt/format.h>

#include <charconv>

namespace sunflop::exporter {

namespace {

constexpr std::size_t ruleWidth = 99;

std::string titled(std::string_view title)
{
    return fmt::format("{:-^{}}\n", fmt::format(" {} ", title), ruleWidth);
}

std::string figuresText(const Costs& each, const Costs& whole)
{
    const PrintedFigures f = printedFigures(each, whole);
    return fmt::format("{} = {} Params, {} = {} MACs, {} = {} FLOPs", f.params, f.paramsShare, f.macs,
                       f.macsShare, f.flops, f.flopsShare);
}

/// Prints modules as PyTorch's repr does: neighbours that print alike are folded.
class TreePrinter {
public:
    TreePrinter(const Run& run, const ExportOptions& options) : m_run(run), m_options(options) {}

    /// "Class(...)" of one module, its children indented by `indent` + 2.
    std::string text(std::int32_t id, std::int32_t depth) const
    {
        const Module& module = m_run.trace.modules[static_cast<std::size_t>(id)];
        const Costs& each = m_run.costs.nodes[static_cast<std::size_t>(id)].each;
        std::string head = module.isContainer ? std::string() : figuresText(each, m_run.costs.root().each);
        if (!module.detail.empty())
            head += (head.empty() ? "" : ", ") + plainText(module.detail);
        const bool isLeaf = module.end == id + 1 || (m_options.depth && depth >= *m_options.depth);
        if (isLeaf)
            return fmt::format("{}({})", plainText(module.className), head);
        const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
        std::string out = plainText(module.className) + "(\n";
        if (!head.empty())
            out += fmt::format("{}  {}\n", indent, head);
        return out + children(id, depth + 1) + indent + ")";
    }

private:
    /// A stretch of neighbouring siblings with the same text.
    struct Fold {
        std::int64_t first = 0;
        std::int64_t count = 0;
        std::string name;
        std::string text;
    };

    std::string children(std::int32_t id, std::int32_t depth) const
    {
        const std::vector<Module>& modules = m_run.trace.modules;
        std::vector<Fold> folds;
        for (std::int32_t c = id + 1; c < modules[static_cast<std::size_t>(id)].end;
             c = modules[static_cast<std::size_t>(c)].end) {
            const Module& child = modules[static_cast<std::size_t>(c)];
            Fold fold{.count = child.repeat, .name = child.name, .text = text(c, depth)};
            std::from_chars(child.name.data(), child.name.data() + child.name.size(), fold.first);
            const bool inList = modules[static_cast<std::size_t>(id)].isContainer;
            if (inList && !folds.empty() && folds.back().text == fold.text)
                folds.back().count += fold.count;
            else
                folds.push_back(std::move(fold));
        }
        const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
        std::string out;
        for (const Fold& fold : folds) {
            if (fold.count > 1)
                out += fmt::format("{}({}-{}): {} x {}\n", indent, fold.first, fold.first + fold.count - 1,
                                   fold.count, fold.text);
            else
                out += fmt::format("{}({}): {}\n", indent, plainText(fold.name), fold.text);
        }
        return out;
    }

    const Run& m_run;
    const ExportOptions& m_options;
};

std::string header(const Run& run)
{
    std::string out = titled("Sunflop report");
    out += fmt::format("model       {} ({})\n", plainText(run.source.name), plainText(run.source.place));
    out += fmt::format("convention  {}\n", run.convention->title);
    for (const std::string_view note : run.convention->notes)
        out += fmt::format("            {}\n", note);
    std::string settings;
    for (const Input& input : run.inputs)
        settings += fmt::format("{}{}={}", settings.empty() ? "" : " ", plainText(input.id),
                                run.workload.text(input.id));
    out += fmt::format("inputs      {}\n", settings);
    out += fmt::format("prompt      {} tokens", run.trace.run.promptTokens);
    if (const auto& images = run.trace.run.images)
        out +=
            fmt::format(", {} of them from {} image(s) of {} tile(s), {} more as markers",
                        images->featureTokens, images->images, images->tilesPerImage, images->markerTokens);
    out += fmt::format("; {} decode steps\n", run.trace.run.decodeSteps);
    std::string uncounted;
    for (const Uncounted& entry : run.costs.uncountedBelow(0))
        uncounted += fmt::format("{}{} x {}", uncounted.empty() ? "" : ", ", entry.calls.value(),
                                 plainText(entry.name));
    out += fmt::format("not counted {}\n", uncounted.empty() ? "nothing" : uncounted);
    for (const std::string& remark : remarksOf(run))
        out += fmt::format("note        {}\n", plainText(remark));
    out += "figures     per module: parameters, forward MACs and FLOPs, each with its share of the model;\n"
           "            \"n x\" stands in front of n equal modules and shows one of them\n\n";
    return out;
}

std::string summary(const Run& run)
{
    PrintedSummary values = printedSummary(run.costs.root().each);
    if (!run.costs.hasBackward)
        values.trainingMacs = values.trainingFlops = noBackward;
    std::string out;
    for (const SummaryLine& line : summaryLines)
        out += fmt::format("{:<70}  {:<8}\n", line.label, values.*line.value);
    return out + "\n";
}

void write(const Run& run, const ExportOptions& options, const Sink& sink)
{
    sink(header(run) + summary(run) + titled("Modules") + "\n");
    sink(TreePrinter(run, options).text(0, 0));
    sink("\n" + std::string(ruleWidth, '-') + "\n");
}

} // namespace

Exporter calflops()
{
    return {.id = "calflops", .title = "calflops text report", .extension = "txt", .write = write};
}

} // namespace sunflop::exporter
