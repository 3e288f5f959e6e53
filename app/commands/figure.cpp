// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/figure.h"
#include "app/commands/named_run.h"
#include "core/conventions/convention.h"
#include "core/cost/measure.h"
#include "ui/models/cost_tree_model.h"
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

struct Options {
    RunOptions run;
    std::string size = "1680x1050";
    double scale = 1;
    std::string file;
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

/// The model with the settings on top of those it opens with; a session sets its own.
Result<Model> opened(const NamedRun& wanted)
{
    auto model = openModel(QString::fromStdString(wanted.model));
    if (!model || wanted.session)
        return model;
    for (Assignment setting : wanted.settings) {
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

Result<void> figure(const Options& options)
{
    const auto named = sunflop::named(options.run);
    if (!named)
        return failure(named.error());
    auto model = opened(*named);
    if (!model)
        return failure(model.error());
    leaveScreen(options.scale);
    int argc = 1;
    std::string name = "sunflop";
    std::array<char*, 2> argv{name.data(), nullptr};
    QApplication application(argc, argv.data());
    FigureOptions wanted = options.figure;
    wanted.size = parseSize(options.size);
    wanted.session = named->session;
    wanted.tell = [&](const QStringList& notes) { tell(options.run.model, notes); };
    const auto image = paintFigure(*std::move(model), **conventionNamed(named->convention), wanted);
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
        ->check(CLI::IsMember(tabViews()));
    command.add_option("--theme", figure.theme, "Colours")
        ->transform(CLI::Transformer(
            std::map<std::string, ThemeChoice>{{"light", ThemeChoice::Light}, {"dark", ThemeChoice::Dark}}))
        ->default_str("light");
}

/// Empty, or what is wrong with "COLUMN:up" or "COLUMN:down".
std::string sortingProblem(const std::string& text)
{
    std::string known;
    for (int column = 0; column < CostTreeModel::columns; ++column) {
        const std::string id = CostTreeModel::columnId(column).data();
        if (text == id + ":up" || text == id + ":down")
            return {};
        known += (known.empty() ? "" : ", ") + id;
    }
    return fmt::format("\"{}\" is no order, expected COLUMN:up or COLUMN:down, a column of {}", text, known);
}

void addPicture(CLI::App& command, FigureOptions& figure)
{
    command.add_option("--colour", figure.colour, "What the colours of the sunburst tell")
        ->check(CLI::IsMember(std::vector<std::string>(std::begin(sliceColours), std::end(sliceColours))));
    command.add_option("--rings", figure.rings, "Rings of the sunburst")
        ->check(CLI::Range(std::int64_t{1}, ViewState::mostRings));
    command.add_flag("--no-labels", figure.hidesLabels, "No names on the slices");
    command.add_option("--over", figure.over, "Input on the axis of the sweep");
    command
        .add_option_function<std::string>(
            "--sort",
            [&figure](const std::string& text) {
                const std::size_t colon = text.find(':');
                figure.sorting = ViewState::Sorting{text.substr(0, colon), text.substr(colon) == ":down"};
            },
            "Order of the table's rows, such as flops:down")
        ->check(sortingProblem, "COLUMN:up|down");
    command
        .add_option("--expand", figure.expand, "Path of a row that shows its children; all others are closed")
        ->allow_extra_args(false);
}

} // namespace

void figureCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("figure", "A picture of one model; needs no display.");
    addRunOptions(*command, options->run);
    command->add_option("--view", options->figure.view, "What to paint")
        ->check(CLI::IsMember(figureViews()))
        ->capture_default_str();
    command->add_option("--size", options->size, "Width and height in points")
        ->check(sizeProblem, "WIDTHxHEIGHT")
        ->capture_default_str();
    command->add_option("--scale", options->scale, "Pixels per point")
        ->check(CLI::Range(1.0, 4.0))
        ->capture_default_str();
    addState(*command, options->figure);
    addPicture(*command, options->figure);
    command->add_option("-o", options->file, "PNG file to write")->required()->check(fileProblem, "FILE.png");
    command->footer(
        "Examples:\n"
        "  sunflop figure ovis2-4b --view sunburst --size 900x900 -o ovis.png\n"
        "  sunflop figure ovis2-4b --theme dark --scale 2 --select llm.model.layers.0-35.mlp -o window.png");
    command->callback([options, &chosen] { chosen = [options] { return figure(*options); }; });
}

} // namespace sunflop
