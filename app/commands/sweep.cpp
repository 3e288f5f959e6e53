// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/named_run.h"
#include "app/commands/style_options.h"
#include "app/screenless.h"
#include "core/base/units.h"
#include "core/exporters/exporter.h"
#include "core/exporters/tables/sweep_text.h"
#include "core/model/setting.h"
#include "core/run/remarks.h"
#include "ui/charts/sweep_figure.h"
#include "ui/export/document.h"
#include "ui/export/export_job.h"
#include "ui/fonts.h"
#include "ui/session/model.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace sunflop {

namespace {

constexpr std::int64_t mostPoints = 10'000;

/// Formats of text that have a place for a sweep.
std::vector<std::string> textFormats()
{
    std::vector<std::string> ids;
    for (const Exporter& exporter : exporters())
        if (exporter.sweep != nullptr)
            ids.emplace_back(exporter.id);
    return ids;
}

/// And those of pictures.
std::vector<std::string> allFormats()
{
    std::vector<std::string> ids = textFormats();
    for (const FileFormat format : {FileFormat::Svg, FileFormat::Pdf, FileFormat::Png})
        ids.push_back(extensionOf(format).toStdString());
    return ids;
}

struct SweepOptions {
    RunOptions a;
    std::optional<std::string> b;
    std::vector<std::string> settingsOfA;
    std::vector<std::string> settingsOfB;
    std::string over; ///< "input", or "input=from..to", or "input=from..to:points"
    std::vector<std::string> measures{"flops"};
    std::string format{textFormats().front()};
    StyleOptions style{.preset = "paper-double"};
    std::optional<std::string> file;
};

/// The text in front of a mark, which goes with it; all of it where there is none.
std::string_view cut(std::string_view& text, std::string_view mark)
{
    const std::size_t at = text.find(mark);
    const std::string_view head = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
    return head;
}

/// A whole number of --over within limits; `what` names it in errors.
Result<std::int64_t> number(const std::string& over, std::string_view text, std::string_view what,
                            std::int64_t least, std::int64_t most)
{
    const auto value = parseWhole(text);
    if (!value || *value < least || *value > most)
        return failure(ErrorKind::OutOfRange, "--over " + over,
                       fmt::format("{} is \"{}\", expected a number from {} to {}", what, text, least, most));
    return *value;
}

/// The range that the option asks for, the usual one where it names the input alone.
Result<SweepRange> rangeOf(const std::string& over, const Axis& axis)
{
    std::string_view rest = over;
    cut(rest, "=");
    SweepRange range = usualRange(axis, std::nullopt);
    if (rest.empty())
        return range;
    std::string_view ends = cut(rest, ":");
    const std::string_view first = cut(ends, "..");
    const auto from = number(over, first, "the first value", axis.minimum, axis.maximum);
    const auto to = from ? number(over, ends, "the last value", *from, axis.maximum) : from;
    const auto points = rest.empty() ? Result<std::int64_t>(SweepRange{}.points)
                                     : number(over, rest, "the number of points", 2, mostPoints);
    for (const auto* part : {&from, &to, &points})
        if (!*part)
            return failure(part->error());
    range.from = *from;
    range.to = *to;
    range.points = static_cast<std::size_t>(*points);
    range.isLogarithmic = isWide(*from, *to);
    return range;
}

/// One side: what was named, with the side's own settings on top.
Result<SweepSide> sideOf(const RunOptions& options, const std::vector<std::string>& own)
{
    const auto wanted = named(options);
    if (!wanted)
        return failure(wanted.error());
    auto model = openModel(QString::fromStdString(wanted->model));
    if (!model)
        return failure(model.error());
    std::vector<Assignment> settings = wanted->session ? std::vector<Assignment>() : model->settings;
    for (const std::vector<Assignment>& more : {wanted->settings, assignments(own)})
        for (const Assignment& setting : spelledOut(model->inputs, more)) {
            std::erase_if(settings,
                          [&](const Assignment& old) { return replaces(model->inputs, setting, old); });
            settings.push_back(setting);
        }
    if (auto offered = checkOffered(*model, settings); !offered)
        return failure(offered.error());
    settings = withLooseShapes(model->inputs, settings);
    return SweepSide{std::make_shared<const Model>(*std::move(model)), std::move(settings),
                     *conventionNamed(wanted->convention)};
}

Result<SweepQuestion> questionOf(const SweepOptions& options)
{
    SweepQuestion question;
    auto a = sideOf(options.a, options.settingsOfA);
    if (!a)
        return failure(a.error());
    question.sides.push_back(*std::move(a));
    if (options.b) {
        RunOptions second = options.a;
        second.model = *options.b;
        auto b = sideOf(second, options.settingsOfB);
        if (!b)
            return failure(b.error());
        question.sides.push_back(*std::move(b));
    }
    std::string_view over = options.over;
    const auto axis =
        axisNamed(sharedAxes(question.sides.front().model->inputs, question.sides.back().model->inputs),
                  cut(over, "="));
    if (!axis)
        return failure(axis.error().within("--over"));
    const auto range = rangeOf(options.over, *axis);
    if (!range)
        return failure(range.error());
    question.axis = *axis;
    question.range = *range;
    for (const std::string& measure : options.measures)
        question.measures.push_back(&measureNamed(measure));
    return question;
}

/// Why a side cannot run with a value.
Error reasonAgainst(const SweepQuestion& question, std::int64_t value)
{
    for (const SweepSide& side : question.sides)
        if (const auto run =
                runOf(*side.model, settingsAt(question.axis, side.settings, value), *side.convention);
            !run)
            return run.error();
    return {};
}

/// Sweeps have no place for notes; those of one value stand for all.
void tellNotes(const SweepQuestion& question, std::int64_t value)
{
    for (const SweepSide& side : question.sides) {
        const Source& source = side.model->source;
        if (source.program == nullptr && source.stored == nullptr)
            continue;
        const auto run =
            runOf(*side.model, settingsAt(question.axis, side.settings, value), *side.convention);
        if (run)
            tellRemarks(source.name, remarksOf(*run));
    }
}

/// The format of a picture; nothing: it is text.
std::optional<FileFormat> pictureFormat(const std::string& format)
{
    return fileFormatOf("." + format);
}

Result<void> paint(const SweepOptions& options, SweepAnswer answer)
{
    const auto shared = std::make_shared<const SweepAnswer>(std::move(answer));
    const auto file = withoutScreen(1, [&]() -> Result<QByteArray> {
        registerFonts();
        const auto style = styleOf(options.style);
        if (!style)
            return failure(style.error());
        return figureDocument(sweepFigure(shared), *style, *pictureFormat(options.format));
    });
    if (!file)
        return failure(file.error());
    return output(file->toStdString(), options.file);
}

/// Whether any point has the figure that a picture would show.
bool isAnyKnown(const SweepText& text)
{
    return std::ranges::any_of(text.sweep.points, [&](const SweepPoint& point) {
        for (std::size_t group = 0; group < point.costs.size(); ++group)
            if (point.figure(group, text.question.measure()))
                return true;
        return false;
    });
}

Result<void> sweepInputs(const SweepOptions& options)
{
    auto question = questionOf(options);
    if (!question)
        return failure(question.error());
    auto found = answer(*question, {});
    SweepText text{*std::move(question), *std::move(found), {}};
    for (const std::int64_t value : sweepValues(text.question.range, {}))
        if (!std::ranges::binary_search(text.sweep.points, value, {}, &SweepPoint::value))
            text.leftOut.push_back(value);
    if (text.sweep.points.empty())
        return failure(reasonAgainst(text.question, text.leftOut.front()));
    if (!text.leftOut.empty())
        say(fmt::format("left out {} values that the model refuses, the first {}: {}", text.leftOut.size(),
                        text.leftOut.front(), reasonAgainst(text.question, text.leftOut.front()).text()));
    tellNotes(text.question, text.sweep.points.front().value);
    if (pictureFormat(options.format) && !isAnyKnown(text))
        return failure(ErrorKind::Unsupported, "--measure " + options.measures.front(),
                       "none of these runs has a backward, expected a run with gradients: no new tokens");
    if (pictureFormat(options.format))
        return paint(options, {std::move(text.question), std::move(text.sweep)});
    return output((*exporterNamed(options.format))->sweep(text), options.file);
}

/// A picture shows one measure.
void checkMeasures(const SweepOptions& options)
{
    if (pictureFormat(options.format) && options.measures.size() > 1)
        throw CLI::ValidationError("--measure", "a picture shows one measure; CSV and JSON take several");
}

} // namespace

void sweepCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<SweepOptions>();
    CLI::App* command = app.add_subcommand("sweep", "One input varied over a range, of one model or two.");
    addRunOptions(*command, options->a);
    command->add_option("--over", options->over, "input=from..to[:points]; the input alone: its usual range")
        ->required();
    command->add_option("--measure", options->measures, "What to write; may be given several times")
        ->allow_extra_args(false)
        ->check(oneOf(ids(measures()), "list measures"))
        ->capture_default_str();
    command->add_option("--compare", options->b, "A second model, beside the first");
    for (const auto& [name, settings] :
         {std::pair{"--set-a", &options->settingsOfA}, {"--set-b", &options->settingsOfB}})
        command->add_option(name, *settings, "input=value of one of the two")
            ->allow_extra_args(false)
            ->check(settingProblem, "input=value");
    command->add_option("--format", options->format, "What to write")
        ->check(oneOf(allFormats()))
        ->capture_default_str();
    addStyleOptions(*command, options->style);
    command->add_option("-o", options->file, "File to write instead of standard output");
    command->footer(
        "Examples:\n"
        "  sunflop sweep ovis2-4b --over image_size=112..1792 --measure flops --measure kv_cache_bytes\n"
        "  sunflop sweep qwen2.5-7b --over text_tokens=16..32Ki:64 --format json -o sweep.json\n"
        "  sunflop sweep ovis2-4b --compare internvl2-1b --over text_tokens --format pdf -o sweep.pdf");
    command->callback([options, &chosen] {
        checkMeasures(*options);
        chosen = [options] { return sweepInputs(*options); };
    });
}

} // namespace sunflop
