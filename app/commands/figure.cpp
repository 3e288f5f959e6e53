// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/figure_options.h"
#include "app/commands/named_run.h"
#include "ui/export/compare_figure.h"
#include "ui/session/model.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <QApplication>
#include <QLoggingCategory>

#include <algorithm>
#include <array>
#include <memory>

namespace sunflop {

namespace {

/// Settings on top of those that a model opens with.
void addSettings(Model& model, const std::vector<Assignment>& settings)
{
    for (const Assignment& setting : settings) {
        std::erase_if(model.settings, [&](const Assignment& old) { return old.id == setting.id; });
        model.settings.push_back(setting);
    }
}

/// The model of a run; a session sets its inputs itself.
Result<Model> opened(const NamedRun& wanted)
{
    auto model = openModel(QString::fromStdString(wanted.model));
    if (model && !wanted.session)
        addSettings(*model, wanted.settings);
    return model;
}

/// Model B, run as A is where both have the input, with its own settings on top; nothing without one.
Result<std::optional<Model>> secondModel(const FigureCommandOptions& options, const Model& first)
{
    const std::string& view = options.figure.view;
    if (!options.compared && view != comparisonView)
        return std::optional<Model>();
    if (!options.compared)
        return failure(ErrorKind::Conflict, "--view compare", "shows two models, expected --compare MODEL");
    const std::vector<std::string> views = comparisonViews();
    if (std::ranges::find(views, view) == views.end())
        return failure(ErrorKind::Conflict, "--view " + view,
                       fmt::format("shows one model, expected one of {}", fmt::join(views, ", ")));
    auto model = openModel(QString::fromStdString(*options.compared));
    if (!model)
        return failure(model.error());
    std::vector<Assignment> shared;
    std::ranges::copy_if(first.settings, std::back_inserter(shared), [&](const Assignment& setting) {
        return std::ranges::find(model->inputs, setting.id, &Input::id) != model->inputs.end();
    });
    addSettings(*model, shared);
    addSettings(*model, assignments(options.settingsOfB));
    return std::optional<Model>(*std::move(model));
}

/// A picture is the same wherever it is made: nothing of the user's screen, nor of Qt's words about it.
void leaveScreen(double scale)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    for (const char* variable : {"QT_FONT_DPI", "QT_SCREEN_SCALE_FACTORS", "QT_ENABLE_HIGHDPI_SCALING"})
        qunsetenv(variable);
    qputenv("QT_SCALE_FACTOR", QByteArray::number(scale));
    QLoggingCategory::setFilterRules(QStringLiteral("default.warning=false"));
}

Result<void> figure(const FigureCommandOptions& options)
{
    const auto named = sunflop::named(options.run);
    if (!named)
        return failure(named.error());
    auto model = opened(*named);
    if (!model)
        return failure(model.error());
    auto other = secondModel(options, *model);
    if (!other)
        return failure(other.error());
    FigureOptions wanted = figureOf(options);
    // Views scale themselves.
    leaveScreen(wanted.view == "window" ? options.scale : 1);
    int argc = 1;
    std::string name = "sunflop";
    std::array<char*, 2> argv{name.data(), nullptr};
    QApplication application(argc, argv.data());
    if (options.style.isGiven()) {
        auto style = styled(options);
        if (!style)
            return failure(style.error());
        wanted.style = *std::move(style);
    }
    wanted.session = named->session;
    wanted.tell = [&](const QStringList& notes) { tell(options.run.model, notes); };
    const FileFormat format = *fileFormatOf(options.file);
    const Convention& convention = **conventionNamed(named->convention);
    const auto file =
        other->has_value()
            ? paintComparison(format, {*std::move(model), &convention},
                              {**std::move(other), *conventionNamed(options.conventionOfB.value_or(named->convention))},
                              wanted)
            : paintFigure(format, *std::move(model), convention, wanted);
    if (!file)
        return failure(file.error());
    return output(file->toStdString(), options.file);
}

} // namespace

void figureCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<FigureCommandOptions>();
    CLI::App* command = app.add_subcommand("figure", "A picture of one model or two; needs no display.");
    addFigureOptions(*command, *options);
    command->footer(
        "Examples:\n"
        "  sunflop figure ovis2-4b --view sunburst --size 900x900 -o ovis.png\n"
        "  sunflop figure ovis2-4b --theme dark --scale 2 --select llm.model.layers.0-35.mlp -o window.png\n"
        "  sunflop figure ovis2-4b --view table --preset paper-single -o table.pdf\n"
        "  sunflop figure ovis2-4b --compare internvl2-1b --set images=1 -o two.png\n"
        "  sunflop figure ovis2-4b --compare internvl2-1b --view compare --preset paper-double -o two.pdf");
    command->callback([options, &chosen] {
        checkFigureOptions(*options);
        chosen = [options] { return figure(*options); };
    });
}

} // namespace sunflop
