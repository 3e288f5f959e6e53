// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/figure_options.h"

#include "core/cost/measure.h"
#include "ui/models/cost_tree_model.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sunflop {

namespace {

constexpr int smallestSide = 64;
constexpr int largestSide = 16384;
constexpr double smallestMillimetres = 10;
constexpr double largestMillimetres = 5000;
constexpr double screenDotsPerInch = 96;
constexpr double paperDotsPerInch = 300;

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
    return fileFormatOf(path) ? ""
                              : fmt::format("\"{}\" is no PNG, PDF or SVG file, expected a name.png, "
                                            "name.pdf or name.svg",
                                            path);
}

/// Views of one model, and the one of two.
std::vector<std::string> offeredViews()
{
    std::vector<std::string> views = figureViews();
    views.emplace_back(comparisonView);
    return views;
}

/// Tabs of both pages; "why" shows where two conventions are compared.
std::vector<std::string> offeredTabs()
{
    std::vector<std::string> tabs = tabViews();
    tabs.emplace_back("why");
    return tabs;
}

/// Two ways to give a size: in units, or on paper.
void addSize(CLI::App& command, FigureCommandOptions& options)
{
    CLI::Option* size = command.add_option("--size", options.size, "Width and height in units of 1/96 inch")
                            ->check(sizeProblem, "WIDTHxHEIGHT")
                            ->capture_default_str();
    CLI::Option* scale = command.add_option("--scale", options.scale, "Pixels of a PNG per unit")
                             ->check(CLI::Range(1.0, 4.0))
                             ->capture_default_str();
    const CLI::Range range(smallestMillimetres, largestMillimetres);
    CLI::Option* width =
        command.add_option("--width-mm", options.widthMillimetres, "Width on paper, in millimetres");
    CLI::Option* height =
        command.add_option("--height-mm", options.heightMillimetres, "Height on paper, in millimetres");
    width->check(range)->excludes(size)->excludes(scale);
    height->check(range);
    command.add_option("--dpi", options.dotsPerInch, "Dots per inch of a PNG; with millimetres 300")
        ->check(CLI::Range(36.0, 2400.0))
        ->excludes(scale);
}

void addState(CLI::App& command, FigureOptions& figure)
{
    command.add_option("--measure", figure.measure, "What the picture shows")
        ->check(oneOf(ids(measures()), "list measures"));
    command.add_option("--select", figure.select, "Path of the module that is selected");
    command.add_option("--zoom", figure.zoom, "Path of the module in the middle of the sunburst");
    command.add_flag("--unfold", figure.unfold, "Equal layers one by one, in table and sunburst");
    command.add_option("--search", figure.search, "Text that is searched for");
    command.add_option("--tab", figure.tab, "Tab of the window that is in front")
        ->check(oneOf(offeredTabs()));
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
        ->check(oneOf(std::vector<std::string>(std::begin(sliceColours), std::end(sliceColours))));
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

void addComparison(CLI::App& command, FigureCommandOptions& options)
{
    command.add_option("--compare", options.compared, "A second model B beside it");
    command.add_option("--set-b", options.settingsOfB, "input=value of model B only")
        ->allow_extra_args(false)
        ->check(settingProblem, "input=value");
    command.add_option("--convention-b", options.conventionOfB, "How to count model B")
        ->check(oneOf(ids(conventions()), "list conventions"));
}

} // namespace

void addFigureOptions(CLI::App& command, FigureCommandOptions& options)
{
    addRunOptions(command, options.run);
    addComparison(command, options);
    command.add_option("--view", options.figure.view, "What to paint")
        ->check(oneOf(offeredViews(), "list views"))
        ->capture_default_str();
    addSize(command, options);
    addStyleOptions(command, options.style);
    addState(command, options.figure);
    addPicture(command, options.figure);
    command.add_option("-o", options.file, "File to write")
        ->required()
        ->check(fileProblem, "FILE.png|pdf|svg");
}

void checkFigureOptions(const FigureCommandOptions& options)
{
    const bool isWindow = options.figure.view == "window";
    if (isWindow && fileFormatOf(options.file) != FileFormat::Png)
        throw CLI::ValidationError("-o", "the window is a PNG only; PDF and SVG need another --view");
    if (isWindow && (options.dotsPerInch > 0 || options.widthMillimetres > 0))
        throw CLI::ValidationError("--view",
                                   "the window has no --dpi or millimetres; use --size and --scale");
    if (isWindow && options.style.isGiven())
        throw CLI::ValidationError("--preset", "the window has no preset; use another --view");
    if ((options.widthMillimetres > 0) != (options.heightMillimetres > 0) && !options.style.isGiven())
        throw CLI::ValidationError("--width-mm", "and --height-mm need each other, or a --preset");
}

FigureOptions figureOf(const FigureCommandOptions& options)
{
    FigureOptions figure = options.figure;
    figure.size = parseSize(options.size);
    figure.dotsPerInch = options.scale * screenDotsPerInch;
    if (options.widthMillimetres > 0) {
        figure.millimetres = QSizeF(options.widthMillimetres, options.heightMillimetres);
        figure.dotsPerInch = paperDotsPerInch;
    }
    if (options.dotsPerInch > 0)
        figure.dotsPerInch = options.dotsPerInch;
    return figure;
}

Result<FigureStyle> styled(const FigureCommandOptions& options)
{
    auto style = styleOf(options.style);
    if (!style)
        return style;
    if (options.widthMillimetres > 0)
        style->widthMillimetres = options.widthMillimetres;
    if (options.heightMillimetres > 0)
        style->heightMillimetres = options.heightMillimetres;
    if (options.dotsPerInch > 0)
        style->dotsPerInch = options.dotsPerInch;
    return style;
}

} // namespace sunflop
