// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/command.h"
#include "app/commands/compare_options.h"
#include "app/commands/growth.h"
#include "app/commands/pair_options.h"
#include "core/audit/inference.h"
#include "core/audit/printed_costs.h"
#include "core/cost/unfolding.h"
#include "core/exporters/exporter.h"
#include "core/exporters/tables/comparison.h"
#include "core/model/setting.h"
#include "core/sunflop.h"
#include "ui/session/session_file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace sunflop {

namespace {

/// A model and what it may be asked.
struct Opened {
    Source source;
    std::vector<Input> offered;          ///< none of a report that is taken as printed
    std::optional<PrintedCosts> printed; ///< of such a report

    bool offers(std::string_view id) const { return inputSetBy(offered, id) != nullptr; }
};

/// A report is taken as printed unless something is asked of the run behind it.
Result<Opened> opened(const SideOptions& own, const CompareOptions& options)
{
    auto source = open(own.model);
    if (!source)
        return failure(source.error());
    if (source->report && !own.convention && !options.convention && own.settings.empty()) {
        auto printed = printedCosts(*source);
        if (!printed)
            return failure(printed.error());
        return Opened{*std::move(source), {}, *std::move(printed)};
    }
    if (source->report) {
        auto found = recount(*source, {}, conventions().front());
        if (!found)
            return failure(found.error());
        return Opened{*std::move(source), std::move(found->inputs), {}};
    }
    auto offered = inputsOf(*source);
    if (!offered)
        return failure(offered.error());
    return Opened{*std::move(source), *std::move(offered), {}};
}

/// The settings of both that go to `side`: what only the other offers does not, and is told in `notes`.
std::vector<Assignment> settingsFor(const CompareOptions& options, const Opened& side, const Opened& other,
                                    char letter, const SideOptions& own, std::vector<std::string>& notes)
{
    std::vector<Assignment> settings;
    for (Assignment& setting :
         spelledOut(other.offered, spelledOut(side.offered, assignments(options.settings)))) {
        if (side.offers(setting.id) || !other.offers(setting.id))
            settings.push_back(std::move(setting)); // what neither offers is refused by its name
        else
            notes.push_back(fmt::format("{}={} is set for {} only: {} ({}) has no such input", setting.id,
                                        setting.value, letter == 'A' ? 'B' : 'A', letter, side.source.name));
    }
    std::ranges::move(spelledOut(side.offered, assignments(own.settings)), std::back_inserter(settings));
    return settings;
}

/// Measures that a report prints.
std::vector<std::string_view> printedMeasures()
{
    std::vector<std::string_view> ids;
    for (const Measure& measure : measures())
        if (isPrinted(measure))
            ids.push_back(measure.id);
    return ids;
}

Result<ComparedSide> sideOf(const Opened& side, const std::vector<Assignment>& settings,
                            const std::string& convention)
{
    if (side.printed && !settings.empty())
        return failure(
            ErrorKind::Unsupported, settings.front().id,
            "a report taken as printed has no inputs, name a convention to count the run behind it");
    if (side.printed)
        return ComparedSide{side.printed->run, printedMeasures(), side.printed->errors};
    const auto counting = conventionNamed(convention);
    if (!counting)
        return failure(counting.error());
    auto counted = side.source.report ? recount(side.source, settings, **counting)
                                      : run(side.source, settings, **counting);
    return std::move(counted).map([](Run found) { return ComparedSide{std::move(found), {}, {}}; });
}

/// The inputs behind a report, for a model of the report's class that was asked for none; else nothing.
std::vector<Assignment> inputsBehind(const PrintedCosts& report, const Opened& model)
{
    std::vector<Assignment> settings;
    if (!report.behind || model.source.report)
        return settings;
    for (const Assignment& setting : report.behind->settings)
        if (model.offers(setting.id))
            settings.push_back(setting);
    const auto tried = run(model.source, settings, conventions().front());
    const bool isSame =
        tried && tried->trace.modules.front().className == report.run.trace.modules.front().className;
    return isSame ? settings : std::vector<Assignment>();
}

/// What a reader of printed figures should know; `letter` is their side.
void addPrintedNotes(const PrintedCosts& report, char letter, std::vector<std::string>& notes)
{
    notes.push_back(fmt::format("{} is what the report prints: rounded, so that differences within rounding "
                                "are none; all but parameters, MACs and FLOPs is unknown",
                                letter));
    if (!report.behind) {
        notes.push_back(fmt::format("No known run has the tree of {}: {}", letter, report.difference));
        return;
    }
    const Explanation& explanation = report.behind->explanation;
    if (!explanation.isComplete())
        notes.push_back(fmt::format("{} of {} lines of {} are not what any known run prints, the first is {}",
                                    explanation.mismatches.size(), explanation.lines, letter,
                                    explanation.mismatches.front().place));
}

/// Gives a model the inputs behind the report that it is compared with, and tells of them.
void takeInputs(const Opened& model, const Opened& report, char letter, std::vector<Assignment>& settings,
                std::vector<std::string>& notes)
{
    if (!report.printed || !settings.empty())
        return;
    settings = inputsBehind(*report.printed, model);
    std::string words;
    for (const Assignment& setting : settings)
        words += fmt::format(" {}={}", setting.id, setting.value);
    if (!settings.empty())
        notes.push_back(fmt::format("{} runs with the inputs behind the report:{}", letter, words));
}

std::vector<PathPair> pathPairs(const std::vector<std::string>& texts)
{
    std::vector<PathPair> pairs;
    for (const std::string& text : texts)
        pairs.push_back({text.substr(0, text.find('=')), text.substr(text.find('=') + 1)});
    return pairs;
}

/// Why a pair by hand was refused.
Error refusal(const PathPair& pair, const ComparedRuns& runs)
{
    const std::string where = "--pair " + pair.a + "=" + pair.b;
    const auto missing = [&](const Run& run, const std::string& path, char letter) {
        return Error{ErrorKind::NotFound, where,
                     fmt::format("{} ({}) has no module \"{}\", expected a path as \"compare\" writes it",
                                 letter, run.source.name, path)};
    };
    if (pair.a.empty() || !rowAt(runs.a.run.trace, {}, pair.a))
        return missing(runs.a.run, pair.a, 'A');
    if (pair.b.empty() || !rowAt(runs.b.run.trace, {}, pair.b))
        return missing(runs.b.run, pair.b, 'B');
    return {ErrorKind::Conflict, where, "one of the two modules is in an earlier pair"};
}

/// Whether both are one model; a report is the one behind it.
bool areSameModel(const Opened& a, const Opened& b, const ComparedRuns& runs)
{
    const Run& left = runs.a.run;
    const Run& right = runs.b.run;
    const PrintedCosts* report = a.printed ? &*a.printed : b.printed ? &*b.printed : nullptr;
    if (report == nullptr)
        return left.source.place == right.source.place && left.source.name == right.source.name;
    return !(a.printed && b.printed) && report->behind && report->behind->fits() &&
           left.trace.modules.front().className == right.trace.modules.front().className &&
           std::ranges::all_of(runs.comparison.rows,
                               [](const ComparedRow& row) { return row.match == Match::Path; });
}

/// Why two conventions differ on one model.
void addReasons(const Opened& a, const Opened& b, ComparedRuns& runs)
{
    const Convention& inA = *runs.a.run.convention;
    const Convention& inB = *runs.b.run.convention;
    if (inA.id == inB.id || !areSameModel(a, b, runs))
        return;
    runs.reasons = reasons(runs.a.run.trace, inA, runs.b.run.trace, inB);
    if (a.printed || b.printed)
        runs.notes.push_back(
            fmt::format("Why {} and {} differ is told of counts that are not rounded", inA.id, inB.id));
}

Result<ComparedRuns> laidBeside(const CompareOptions& options)
{
    const auto a = opened(options.a, options);
    if (!a)
        return failure(a.error());
    const auto b = opened(options.b, options);
    if (!b)
        return failure(b.error());
    std::vector<std::string> notes;
    auto settingsA = settingsFor(options, *a, *b, 'A', options.a, notes);
    auto settingsB = settingsFor(options, *b, *a, 'B', options.b, notes);
    takeInputs(*a, *b, 'A', settingsA, notes);
    takeInputs(*b, *a, 'B', settingsB, notes);
    if (a->printed)
        addPrintedNotes(*a->printed, 'A', notes);
    if (b->printed)
        addPrintedNotes(*b->printed, 'B', notes);
    const std::string convention = options.convention.value_or(std::string(conventions().front().id));
    auto sideA = sideOf(*a, settingsA, options.a.convention.value_or(convention));
    if (!sideA)
        return failure(sideA.error().within("A"));
    auto sideB = sideOf(*b, settingsB, options.b.convention.value_or(convention));
    if (!sideB)
        return failure(sideB.error().within("B"));
    ComparedRuns runs{
        .a = *std::move(sideA), .b = *std::move(sideB), .comparison = {}, .notes = std::move(notes)};
    runs.comparison = sunflop::compare(runs.a.tree(), runs.b.tree(), pathPairs(options.pairs));
    if (!runs.comparison.refused.empty())
        return failure(refusal(runs.comparison.refused.front(), runs));
    for (const std::string& id : options.measures)
        runs.measures.push_back(&measureNamed(id));
    addReasons(*a, *b, runs);
    return runs;
}

/// Formats that have a place for two runs.
std::vector<std::string> formats()
{
    std::vector<std::string> ids;
    for (const Exporter& exporter : exporters())
        if (exporter.compare != nullptr)
            ids.emplace_back(exporter.id);
    return ids;
}

Ending compare(const CompareOptions& asked)
{
    const auto resolved = withoutSessions(asked);
    if (!resolved)
        return Result<void>(failure(resolved.error()));
    const CompareOptions& options = *resolved;
    const auto exporter = exporterNamed(options.format);
    std::vector<GrowthLimit> limits;
    for (const std::string& text : options.limits)
        limits.push_back(*growthLimit(text));
    const auto runs = laidBeside(options);
    if (!runs)
        return Result<void>(failure(runs.error()));
    if (auto written = output((*exporter)->compare(*runs, {options.depth}), options.file); !written)
        return written;
    const auto passed = passedLimits(*runs, limits);
    if (!passed)
        return Result<void>(failure(passed.error()));
    return {passed->empty() ? ExitStatus::Done : ExitStatus::LimitPassed, *passed};
}

void addSideOptions(CLI::App& command, SideOptions& side, const std::string& letter,
                    const std::string& suffix)
{
    command.add_option("--set" + suffix, side.settings, "input=value for " + letter + " alone")
        ->allow_extra_args(false)
        ->check(settingProblem, "input=value");
    command.add_option("--convention" + suffix, side.convention, "How to count " + letter)
        ->check(oneOf(ids(conventions()), "list conventions"));
}

std::string limitProblem(const std::string& limit)
{
    const auto parsed = growthLimit(limit);
    return parsed ? std::string() : parsed.error().text();
}

void addOptions(CLI::App& command, CompareOptions& options)
{
    command
        .add_option("A", options.a.model,
                    "A bundled model, a config.json, a model folder, a text report or a session")
        ->required();
    command.add_option("B", options.b.model,
                       "The model to compare with it; may be the same; none where A is a session of two");
    command.add_option("--set", options.settings, "input=value for both; see \"sunflop list inputs MODEL\"")
        ->allow_extra_args(false)
        ->check(settingProblem, "input=value");
    command
        .add_option("--convention", options.convention,
                    fmt::format("How to count both; else {}, and text reports as they are printed",
                                conventions().front().id))
        ->check(oneOf(ids(conventions()), "list conventions"));
    addSideOptions(command, options.a, "A", "-a");
    addSideOptions(command, options.b, "B", "-b");
    addPairs(command, options.pairs);
    command.add_option("--measure", options.measures, "What to compare modules by; may be repeated")
        ->allow_extra_args(false)
        ->check(oneOf(ids(measures()), "list measures"));
    command.add_option("--format", options.format, "What to write")
        ->check(oneOf(formats(), "list exporters"))
        ->default_val(formats().front());
    command.add_option("--depth", options.depth, "Levels of modules to write")->check(CLI::NonNegativeNumber);
    command.add_option("-o", options.file, "File to write instead of standard output");
    command
        .add_option("--fail-above", options.limits,
                    "MEASURE=LIMIT or MEASURE=LIMIT%: exit with 3 if B has more than A by more than that")
        ->allow_extra_args(false)
        ->check(limitProblem, "MEASURE=LIMIT[%]");
}

} // namespace

void compareCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<CompareOptions>();
    CLI::App* command = app.add_subcommand("compare", "Two models, or two runs of one, module by module.");
    addOptions(*command, *options);
    command->footer(
        "Examples:\n"
        "  sunflop compare ovis2-4b internvl2-1b --set images=1 --set text_tokens=256 --depth 2\n"
        "  sunflop compare qwen2.5-7b qwen2.5-7b --set-a text_tokens=1k --set-b text_tokens=8k\n"
        "  sunflop compare ovis2-4b ovis2-4b --convention-a exact --convention-b calflops --depth 0\n"
        "  sunflop compare ovis2-4b report.txt\n"
        "  sunflop compare old/config.json new/config.json --fail-above flops=2% --fail-above params=1M");
    command->callback([options, &chosen] {
        if (options->b.model.empty() && !isSessionFile(QString::fromStdString(options->a.model)))
            throw CLI::RequiredError("B");
        chosen = [options] { return compare(*options); };
    });
}

} // namespace sunflop
