// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/style_options.h"

#include "app/commands/command.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace sunflop {

void addStyleOptions(CLI::App& command, StyleOptions& options)
{
    command.add_option("--preset", options.preset, "A figure of exact size for print or screen")
        ->check(oneOf(ids(figurePresets())));
    command.add_option("--font-size", options.fontPoints, "Size of the text in points")
        ->check(CLI::Range(smallestFont, largestFont));
    CLI::Option* palette =
        command.add_option("--palette", options.palette, "Colours of roles")->check(oneOf(ids(palettes())));
    command.add_option("--font", options.font, "\"sunflop\", \"times\" or the name of an installed family");
    const auto flag = [&](const char* name, bool& value, const char* help) {
        return command.add_flag(name, value, help);
    };
    flag("--greyscale", options.isGrey, "For print without colour: greys and hatches")->excludes(palette);
    CLI::Option* hatches = flag("--hatches", options.hatches, "A hatch for every role, whatever the palette");
    flag("--no-hatches", options.hidesHatches, "No hatches, whatever the palette")->excludes(hatches);
    flag("--straight-labels", options.hasStraightLabels,
         "No text along arcs, so that all of it can be selected");
    flag("--no-title", options.hidesTitle, "Without the headline");
    flag("--no-legend", options.hidesLegend, "Without the legend");
    flag("--caption", options.hasCaption, "Model, convention, inputs that are set and version below");
    flag("--transparent", options.isTransparent, "Without a ground");
}

bool StyleOptions::hasDetails() const
{
    return !palette.empty() || !font.empty() || fontPoints || isGrey || hatches || hidesHatches ||
           hasStraightLabels || hidesTitle || hidesLegend || hasCaption || isTransparent;
}

void addStyle(StyleOptions& options, const FigureStyle& style)
{
    options.preset = style.preset->id;
    if (options.palette.empty() && !options.isGrey)
        options.palette = style.palette->id;
    if (options.font.empty())
        options.font = style.fontFamily.toStdString();
    if (!options.fontPoints)
        options.fontPoints = style.fontPoints;
    if (!options.hatches && !options.hidesHatches && style.hatches)
        (*style.hatches ? options.hatches : options.hidesHatches) = true;
    options.hasStraightLabels = options.hasStraightLabels || style.hasStraightLabels;
    options.hidesTitle = options.hidesTitle || !style.hasTitle;
    options.hidesLegend = options.hidesLegend || !style.hasLegend;
    options.hasCaption = options.hasCaption || style.hasCaption;
    options.isTransparent = options.isTransparent || style.isTransparent;
}

Result<FigureStyle> styleOf(const StyleOptions& options)
{
    FigureStyle style;
    style.preset = &*std::ranges::find(figurePresets(), options.preset, &FigurePreset::id);
    const std::string palette = options.isGrey ? "grey" : options.palette;
    if (!palette.empty())
        style.palette = &*std::ranges::find(palettes(), palette, &Palette::id);
    style.fontPoints = options.fontPoints;
    if (!options.font.empty()) {
        const auto family = fontFamilyNamed(QString::fromStdString(options.font));
        if (!family)
            return failure(family.error());
        style.fontFamily = *family;
    }
    if (options.hatches || options.hidesHatches)
        style.hatches = options.hatches;
    style.hasStraightLabels = options.hasStraightLabels;
    style.hasTitle = !options.hidesTitle;
    style.hasLegend = !options.hidesLegend;
    style.hasCaption = options.hasCaption;
    style.isTransparent = options.isTransparent;
    return style;
}

} // namespace sunflop
