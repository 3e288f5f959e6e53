// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/figure_options.h"
#include "app/commands/named_run.h"
#include "app/commands/pair_options.h"
#include "app/screenless.h"
#include "core/model/setting.h"
#include "ui/export/compare_figure.h"
#include "ui/export/export_job.h"
#include "ui/session/model.h"
#include "ui/session/session_file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace sunflop {

namespace {

/// Settings on top of those that a model opens with.
void addSettings(Model& model, const std::vector<Assignment>& settings)
{
    for (const Assignment& setting : spelledOut(model.inputs, settings)) {
        std::erase_if(model.settings,
                      [&](const Assignment& old) { return replaces(model.inputs, setting, old); });
        model.settings.push_back(setting);
    }
}

/// The model of a run; a session sets its inputs itself.
Result<Model> opened(const NamedRun& wanted)
{
    auto model = openModel(QString::fromStdString(wanted.model));
    if (!model || wanted.session)
        return model;
    if (auto offered = checkOffered(*model, wanted.settings); !offered)
        return failure(offered.error());
    addSettings(*model, wanted.settings);
    return model;
}

/// All options of the command.
struct FigureCall : FigureCommandOptions {
    PairOptions pair;
    bool isThemeGiven = false;
    bool isSizeGiven = false; ///< in units: the figure looks like the window
};

/// Whether the view may show two models; a sweep does with a second one.
bool isOfTwo(const FigureCommandOptions& options)
{
    const std::vector<std::string> views = comparisonViews();
    return std::ranges::find(views, options.figure.view) != views.end() &&
           (options.figure.view != "sweep" || options.compared);
}

/// The run of MODEL; both runs of a session that is a comparison where the view shows two.
Result<NamedRun> namedIn(const FigureCall& options)
{
    RunOptions run = options.run;
    run.settings.insert(run.settings.end(), options.pair.settingsOfA.begin(), options.pair.settingsOfA.end());
    const QString place = QString::fromStdString(run.model);
    const auto state = isOfTwo(options) && !options.compared && isSessionFile(place)
                           ? readSessionFile(place)
                           : Result<SessionState>(SessionState{});
    if (!state || state->models.size() < 2)
        return sunflop::named(run);
    auto both =
        namedPair(options.run, {options.pair.settingsOfA, {}}, {options.settingsOfB, options.conventionOfB});
    if (both) {
        both->session->comparison = both->session->comparison.value_or(ComparisonState{});
        addTo(*both->session->comparison, options.pair);
    }
    return both;
}

/// Model B of a session, which sets its inputs itself.
Result<std::optional<FigureSide>> keptSecond(const SessionState& session)
{
    const ModelState& state = session.models[1];
    auto model = openModel(QString::fromStdString(placeOf(state.source)));
    if (!model)
        return failure(model.error());
    return FigureSide{*std::move(model), *conventionNamed(state.convention)};
}

/// Model B, run as A is where both have the input, with its own settings on top; nothing without one.
Result<std::optional<FigureSide>> secondModel(const FigureCall& options, const Model& first,
                                              const NamedRun& a)
{
    const std::string& view = options.figure.view;
    if (!options.compared && isOfTwo(options) && a.session && a.session->models.size() > 1)
        return keptSecond(*a.session);
    if (!options.compared && view != comparisonView)
        return std::optional<FigureSide>();
    if (!options.compared)
        return failure(ErrorKind::Conflict, "--view compare", "shows two models, expected --compare MODEL");
    if (!isOfTwo(options))
        return failure(
            ErrorKind::Conflict, "--view " + view,
            fmt::format("shows one model, expected one of {}", fmt::join(comparisonViews(), ", ")));
    const auto b = sunflop::named({.model = *options.compared, .settings = options.settingsOfB});
    auto model = b ? openModel(QString::fromStdString(b->model)) : Result<Model>(failure(b.error()));
    if (!model)
        return failure(model.error());
    std::vector<Assignment> shared = first.settings;
    shared.insert(shared.end(), a.settings.begin(), a.settings.end());
    for (const Assignment& own : assignments(options.pair.settingsOfA))
        std::erase(shared, own);
    shared = spelledOut(model->inputs, shared);
    std::erase_if(shared, [&](const Assignment& setting) {
        return std::ranges::find(model->inputs, setting.id, &Input::id) == model->inputs.end();
    });
    if (auto offered = checkOffered(*model, b->settings); !offered)
        return failure(offered.error());
    addSettings(*model, shared);
    addSettings(*model, b->settings);
    const std::string& convention = b->session ? b->convention : a.convention;
    return FigureSide{*std::move(model), *conventionNamed(options.conventionOfB.value_or(convention))};
}

/// The style that a session keeps for its figures, with the options on top; a size in units is the window's.
Result<void> takeStyle(FigureCall& options, const std::optional<SessionState>& session)
{
    const bool keepsStyle =
        session && !session->figure.json().empty() && !options.isSizeGiven && options.figure.view != "window";
    if (!options.style.isGiven() && keepsStyle) {
        const FigureStyle style =
            settingsFromJson(QByteArray::fromStdString(session->figure.json().dump())).style;
        addStyle(options.style, style);
        options.dotsPerInch = options.dotsPerInch > 0 ? options.dotsPerInch : style.dotsPerInch.value_or(0);
        if (options.widthMillimetres == 0) // given together with the height, if at all
            std::tie(options.widthMillimetres, options.heightMillimetres) =
                std::pair(style.widthMillimetres.value_or(0), style.heightMillimetres.value_or(0));
        if (style.isDark && !options.isThemeGiven)
            options.figure.theme = ThemeChoice::Dark;
    }
    if (options.style.hasDetails() && !options.style.isGiven())
        return failure(ErrorKind::Conflict, "style of the figure",
                       "needs --preset, the session keeps no style");
    return {};
}

/// What the session adds to the options about the page.
Result<FigureOptions> wantedFigure(const FigureCall& options, const NamedRun& named)
{
    FigureOptions wanted = figureOf(options);
    if (options.style.isGiven()) {
        auto style = styled(options);
        if (!style)
            return failure(style.error());
        wanted.style = *std::move(style);
    }
    wanted.session = named.session;
    if (wanted.session && options.compared) {
        wanted.session->models.resize(1);
        wanted.session->comparison.reset();
    }
    wanted.comparison.emplace();
    addTo(*wanted.comparison, options.pair);
    wanted.linksInputs = options.pair.links;
    wanted.tell = [session = options.run.model](const QStringList& notes) { tell(session, notes); };
    return wanted;
}

Result<void> figure(FigureCall options)
{
    const auto named = namedIn(options);
    if (!named)
        return failure(named.error());
    auto model = opened(*named);
    if (!model)
        return failure(model.error());
    auto other = secondModel(options, *model, *named);
    if (!other)
        return failure(other.error());
    // Views scale themselves.
    const double scale = options.figure.view == "window" ? options.scale : 1;
    const auto file = withoutScreen(scale, [&]() -> Result<QByteArray> {
        if (auto taken = takeStyle(options, named->session); !taken)
            return failure(taken.error());
        const auto wanted = wantedFigure(options, *named);
        if (!wanted)
            return failure(wanted.error());
        const FileFormat format = *fileFormatOf(options.file);
        const Convention& convention = **conventionNamed(named->convention);
        return other->has_value()
                   ? paintComparison(format, {*std::move(model), &convention}, **std::move(other), *wanted)
                   : paintFigure(format, *std::move(model), convention, *wanted);
    });
    if (!file)
        return failure(file.error());
    return output(file->toStdString(), options.file);
}

/// Details of a style need one that they are details of.
void checkStyle(const FigureCall& options)
{
    const bool isSession = isSessionFile(QString::fromStdString(options.run.model));
    if (options.style.hasDetails() && !options.style.isGiven() &&
        (!isSession || options.figure.view == "window" || options.isSizeGiven))
        throw CLI::ValidationError("--palette, --font, --caption and the like", "need --preset");
}

} // namespace

void figureCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<FigureCall>();
    CLI::App* command = app.add_subcommand("figure", "A picture of one model or two; needs no display.");
    addFigureOptions(*command, *options);
    addPairOptions(*command, options->pair);
    command->footer(
        "Examples:\n"
        "  sunflop figure ovis2-4b --view sunburst --size 900x900 -o ovis.png\n"
        "  sunflop figure ovis2-4b --theme dark --scale 2 --select llm.model.layers.0-35.mlp -o window.png\n"
        "  sunflop figure ovis2-4b --view table --preset paper-single -o table.pdf\n"
        "  sunflop figure ovis2-4b --compare internvl2-1b --set images=1 -o two.png\n"
        "  sunflop figure ovis2-4b --compare internvl2-1b --view compare --preset paper-double -o two.pdf");
    command->callback([options, command, &chosen] {
        options->isThemeGiven = command->count("--theme") > 0;
        options->isSizeGiven = command->count("--size") + command->count("--scale") > 0;
        checkFigureOptions(*options);
        checkStyle(*options);
        chosen = [options] { return figure(*options); };
    });
}

} // namespace sunflop
