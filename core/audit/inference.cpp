// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/inference.h"

#include "core/audit/search.h"
#include "core/sunflop.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

/// Releases of transformers that differ from their predecessor in layout or operators of some family, the
/// newest first: among equals it is the likeliest.
constexpr std::array<Version, 13> releases{{{5, 17},
                                            {5, 0},
                                            {4, 56},
                                            {4, 53},
                                            {4, 51},
                                            {4, 48},
                                            {4, 46},
                                            {4, 45},
                                            {4, 43},
                                            {4, 42},
                                            {4, 40},
                                            {4, 38},
                                            {4, 37}}};
constexpr std::array<std::string_view, 3> kernels{"sdpa", "eager", "flash"};

/// Every config, release and kernel whose tree is the printed one; else the closest miss.
struct Layouts {
    std::vector<ModelLayout> found;
    std::string difference;      ///< of the closest miss
    std::int64_t mostPaired = 0; ///< modules that the closest miss has in common with the report
};

Layouts layoutsOf(const Source& source, const std::vector<Config>& configs)
{
    Layouts layouts;
    for (const Config& config : configs) {
        const Source model{
            .name = source.name, .place = source.place, .format = source.format, .config = config};
        const auto offered = inputsOf(model);
        if (!offered)
            continue;
        for (const Version release : releases)
            for (const std::string_view kernel : kernels) {
                ModelLayout layout{
                    model, *offered, {{"transformers", release.text()}, {"attention", std::string(kernel)}}};
                const auto tried = layout.trace({});
                if (!tried)
                    continue;
                layout.alignment = align(*source.report, *tried);
                if (layout.alignment.isComplete())
                    layouts.found.push_back(std::move(layout));
                else if (const std::int64_t paired = layout.alignment.paired(); paired > layouts.mostPaired) {
                    layouts.mostPaired = paired;
                    layouts.difference = layout.alignment.difference;
                }
            }
    }
    return layouts;
}

std::vector<Config> rebuilt(const PrintedReport& report)
{
    std::vector<Config> configs;
    for (const Family& family : families())
        if (family.rebuild != nullptr)
            for (Config& config : family.rebuild(report))
                configs.push_back(std::move(config));
    return configs;
}

/// What sets other settings apart from the chosen ones: "new_tokens=1 text_tokens=147".
std::string difference(const std::vector<Assignment>& chosen, const std::vector<Assignment>& other)
{
    std::string parts;
    for (const Assignment& setting : other) {
        const bool isSame = std::ranges::any_of(chosen, [&](const Assignment& own) {
            return own.id == setting.id && own.value == setting.value;
        });
        if (!isSame)
            parts += fmt::format("{}{}={}", parts.empty() ? "" : " ", setting.id, setting.value);
    }
    return parts;
}

/// The same inputs under another layout.
std::optional<Candidate> retried(const Candidate& best, const ModelLayout& layout,
                                 const PrintedReport& report, const ReportStyle& style)
{
    const std::vector<Assignment> found(best.settings.begin() +
                                            static_cast<std::ptrdiff_t>(best.layout->settings.size()),
                                        best.settings.end());
    const auto trace = layout.trace(found);
    if (!trace)
        return std::nullopt;
    const CostTree costs = cost(*trace, calflopsConvention());
    Candidate candidate{&layout, layout.settings, explain(report, layout.alignment, costs, style), {}};
    candidate.settings.insert(candidate.settings.end(), found.begin(), found.end());
    return candidate;
}

void addEquivalent(Inference& inference, const std::vector<Assignment>& other)
{
    const std::string parts = difference(inference.settings, other);
    if (!parts.empty() && std::ranges::find(inference.equivalents, parts) == inference.equivalents.end())
        inference.equivalents.push_back(parts);
}

} // namespace

Result<Inference> infer(const Source& source)
{
    if (!source.report)
        return failure(ErrorKind::Unsupported, source.place,
                       "not a printed report, expected a calflops text report");
    const PrintedReport& report = *source.report;
    const std::vector<Config> configs = rebuilt(report);
    const std::string& model = report.modules.front().module.className;
    if (configs.empty())
        return failure(ErrorKind::Unsupported, source.place,
                       fmt::format("no known family prints this {}, see \"sunflop list families\"", model));
    const Layouts layouts = layoutsOf(source, configs);
    if (layouts.found.empty())
        return failure(ErrorKind::Unsupported, source.place,
                       fmt::format("no known release prints this tree of {}: {}", model, layouts.difference));

    const ReportStyle style = styleOf(report);
    std::optional<Candidate> best;
    for (const ModelLayout& layout : layouts.found) {
        auto candidate = search(layout, report, style);
        if (candidate && (!best || candidate->explanation.explained() > best->explanation.explained()))
            best = std::move(candidate);
        if (best && best->explanation.isComplete())
            break;
    }
    if (!best)
        return failure(ErrorKind::Unsupported, source.place,
                       fmt::format("no inputs of {} come near the printed figures", model));
    Inference inference{.settings = best->settings, .explanation = best->explanation};
    for (const std::vector<Assignment>& other : best->equals)
        addEquivalent(inference, other);
    for (const ModelLayout& layout : layouts.found)
        if (const auto same = retried(*best, layout, report, style);
            same && same->explanation.explained() == best->explanation.explained())
            addEquivalent(inference, same->settings);
    auto repeated = run(best->layout->model, best->settings, calflopsConvention());
    if (!repeated)
        return failure(repeated.error());
    inference.run = *std::move(repeated);
    return inference;
}

Result<Run> recount(const Source& source, std::span<const Assignment> assignments,
                    const Convention& convention)
{
    auto inference = infer(source);
    if (!inference)
        return failure(inference.error());
    if (!inference->fits())
        return failure(ErrorKind::Unsupported, source.place,
                       fmt::format("no run fits this report: the closest explains {} of {} lines",
                                   inference->explanation.explained(), inference->explanation.lines));
    constexpr std::array<std::string_view, 4> imageInputs{"images", "image_width", "image_height", "tiles"};
    const auto isImage = [&](std::string_view id) {
        return std::ranges::find(imageInputs, id) != imageInputs.end();
    };
    const bool setsImage = std::ranges::any_of(assignments, isImage, &Assignment::id);
    std::vector<Assignment> settings(assignments.begin(), assignments.end());
    for (const Assignment& inferred : inference->settings) {
        const bool isSet = std::ranges::find(assignments, inferred.id, &Assignment::id) != assignments.end();
        if (!isSet && !(setsImage && isImage(inferred.id)))
            settings.push_back(inferred);
    }
    return run(inference->run.source, settings, convention);
}

} // namespace sunflop
