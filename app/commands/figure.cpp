// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/command.h"
#include "core/conventions/convention.h"
#include "core/cost/measure.h"
#include "ui/export/compare_figure.h"
#include "ui/session/model.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <QApplication>
#include <QBuffer>
#include <QLoggingCategory>

#include <algorithm>
#include <map>
#include <memory>

namespace sunflop {

namespace {

constexpr int smallestSide = 64;
constexpr int largestSide = 16384;
constexpr std::string_view comparePage = "compare";

struct Options {
    RunOptions run;
    std::string size = "1680x1050";
    double scale = 1;
    std::string file;
    std::optional<std::string> compared; ///< model B
    std::vector<std::string> settingsOfB;
    std::optional<std::string> conventionOfB;
    FigureOptions figure;
};

/// What is wrong with a size; empty if it is "WIDTHxHEIGHT" within limits.
std::string sizeProblem(const std::string& text)
{
    int width = 0;
    int height = 0;
    int end = 0;
    const bool isRead = std::sscanf(text.c_str(), "%5dx%5d%n", &width, &height, &end) == 2 &&
                        static_cast<std::size_t>(end) == text.size();
    if (isRead && std::min(width, height) >= smallestSide && std::max(width, height) <= largestSide)
        return {};
    return fmt::format("\"{}\" is no size, expected WIDTHxHEIGHT of {} to {} each", text, smallestSide,
                       largestSide);
}

QSize parseSize(const std::string& text)
{
    const std::size_t cross = text.find('x');
    return {std::stoi(text.substr(0, cross)), std::stoi(text.substr(cross + 1))};
}

std::string fileProblem(const std::string& path)
{
    return path.ends_with(".png") ? "" : fmt::format("\"{}\" is no PNG file, expected a name.png", path);
}

/// Views of one model, and the page of two.
std::vector<std::string> offeredViews()
{
    std::vector<std::string> views = figureViews();
    views.emplace_back(comparePage);
    return views;
}

/// Tabs of both pages; "why" shows where two conventions are compared.
std::vector<std::string> offeredTabs()
{
    std::vector<std::string> tabs = tabViews();
    tabs.emplace_back("why");
    return tabs;
}

/// A model with settings on top of those it opens with.
Result<Model> opened(const std::string& name, const std::vector<std::string>& settings)
{
    auto model = openModel(QString::fromStdString(name));
    if (!model)
        return model;
    for (Assignment& setting : assignments(settings)) {
        std::erase_if(model->settings, [&](const Assignment& old) { return old.id == setting.id; });
        model->settings.push_back(std::move(setting));
    }
    return model;
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

/// Model B, run as A is where both have the input, with its own settings on top; nothing without one.
Result<std::optional<Model>> secondModel(const Options& options, const Model& first)
{
    const std::string& view = options.figure.view;
    if (!options.compared && view != comparePage)
        return std::optional<Model>();
    if (!options.compared)
        return failure(ErrorKind::Conflict, "--view compare", "shows two models, expected --compare MODEL");
    if (view != comparePage && view != "window")
        return failure(ErrorKind::Conflict, "--view " + view, "shows one model, expected window or compare");
    const auto offered = openModel(QString::fromStdString(*options.compared));
    if (!offered)
        return failure(offered.error());
    std::vector<std::string> settings;
    for (const Assignment& setting : first.settings)
        if (std::ranges::find(offered->inputs, setting.id, &Input::id) != offered->inputs.end())
            settings.push_back(setting.id + '=' + setting.value);
    settings.insert(settings.end(), options.settingsOfB.begin(), options.settingsOfB.end());
    auto model = opened(*options.compared, settings);
    if (!model)
        return failure(model.error());
    return std::optional<Model>(*std::move(model));
}

Result<void> figure(const Options& options)
{
    auto model = opened(options.run.model, options.run.settings);
    if (!model)
        return failure(model.error());
    auto other = secondModel(options, *model);
    if (!other)
        return failure(other.error());
    leaveScreen(options.scale);
    int argc = 1;
    std::string name = "sunflop";
    std::array<char*, 2> argv{name.data(), nullptr};
    QApplication application(argc, argv.data());
    FigureOptions wanted = options.figure;
    wanted.size = parseSize(options.size);
    const Convention* const convention = *conventionNamed(options.run.convention);
    const auto image =
        other->has_value()
            ? paintComparison({*std::move(model), convention},
                              {**std::move(other),
                               *conventionNamed(options.conventionOfB.value_or(options.run.convention))},
                              wanted)
            : paintFigure(*std::move(model), *convention, wanted);
    if (!image)
        return failure(image.error());
    QBuffer png;
    if (!png.open(QIODevice::WriteOnly) || !image->save(&png, "PNG"))
        return failure(ErrorKind::OutOfRange, options.size, "too large for a PNG, expected a smaller size");
    return output(png.data().toStdString(), options.file);
}

void addState(CLI::App& command, FigureOptions& figure)
{
    command.add_option("--measure", figure.measure, "What the picture shows")
        ->check(CLI::IsMember(ids(measures())));
    command.add_option("--select", figure.select, "Path of the module that is selected");
    command.add_option("--zoom", figure.zoom, "Path of the module in the middle of the sunburst");
    command.add_flag("--unfold", figure.unfold, "Equal layers one by one, in table and sunburst");
    command.add_option("--search", figure.search, "Text that is searched for");
    command.add_option("--tab", figure.tab, "Tab of the window that is in front")
        ->check(CLI::IsMember(offeredTabs()));
    command.add_option("--theme", figure.theme, "Colours")
        ->transform(CLI::Transformer(
            std::map<std::string, ThemeChoice>{{"light", ThemeChoice::Light}, {"dark", ThemeChoice::Dark}}))
        ->default_str("light");
}

} // namespace

void figureCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("figure", "A picture of one model; needs no display.");
    addRunOptions(*command, options->run);
    command->add_option("--compare", options->compared, "A second model B beside it");
    command->add_option("--set-b", options->settingsOfB, "input=value of model B only")
        ->allow_extra_args(false)
        ->check(settingProblem, "input=value");
    command->add_option("--convention-b", options->conventionOfB, "How to count model B")
        ->check(CLI::IsMember(ids(conventions())));
    command->add_option("--view", options->figure.view, "What to paint")
        ->check(CLI::IsMember(offeredViews()))
        ->capture_default_str();
    command->add_option("--size", options->size, "Width and height in points")
        ->check(sizeProblem, "WIDTHxHEIGHT")
        ->capture_default_str();
    command->add_option("--scale", options->scale, "Pixels per point")
        ->check(CLI::Range(1.0, 4.0))
        ->capture_default_str();
    addState(*command, options->figure);
    command->add_option("-o", options->file, "PNG file to write")->required()->check(fileProblem, "FILE.png");
    command->footer(
        "Examples:\n"
        "  sunflop figure ovis2-4b --view sunburst --size 900x900 -o ovis.png\n"
        "  sunflop figure ovis2-4b --theme dark --scale 2 --select llm.model.layers.0-35.mlp -o window.png");
    command->callback([options, &chosen] { chosen = [options] { return figure(*options); }; });
}

} // namespace sunflop
