// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/figure_options.h"
#include "app/commands/named_run.h"
#include "app/screenless.h"
#include "ui/export/compare_figure.h"
#include "ui/session/model.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
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
    wanted.session = named->session;
    wanted.tell = [&](const QStringList& notes) { tell(options.run.model, notes); };
    // Views scale themselves.
    const auto file = withoutScreen(wanted.view == "window" ? options.scale : 1, [&]() -> Result<QByteArray> {
        if (options.style.isGiven()) {
            auto style = styled(options);
            if (!style)
                return failure(style.error());
            wanted.style = *std::move(style);
        }
        const FileFormat format = *fileFormatOf(options.file);
        const Convention& convention = **conventionNamed(named->convention);
        if (!*other)
            return paintFigure(format, *std::move(model), convention, wanted);
        const auto ofB = conventionNamed(options.conventionOfB.value_or(named->convention));
        return paintComparison(format, {*std::move(model), &convention}, {**std::move(other), *ofB}, wanted);
    });
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
