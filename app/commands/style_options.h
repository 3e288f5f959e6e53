// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The options that say what a figure for publication looks like.

#include "core/base/result.h"
#include "ui/export/figure_style.h"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace sunflop {

/// As the user wrote them. Without a preset a figure looks like the window.
struct StyleOptions {
    std::string preset;
    std::string palette;
    std::string font;
    std::optional<double> fontPoints;
    bool isGrey = false;
    bool hatches = false;
    bool hidesHatches = false;
    bool hasStraightLabels = false;
    bool hidesTitle = false;
    bool hidesLegend = false;
    bool hasCaption = false;
    bool isTransparent = false;

    bool isGiven() const { return !preset.empty(); }
    /// Whether anything but the preset is given, which needs one.
    bool hasDetails() const;
};

/// Puts a style under the options: what is not given is as there. Sizes in millimetres and dots are options
/// of every figure.
void addStyle(StyleOptions& options, const FigureStyle& style);

/// Adds --preset and what needs it.
void addStyleOptions(CLI::App& command, StyleOptions& options);

/// Without width, height and dots, which are options of every figure. Needs a QGuiApplication. Errors name
/// the font that is not there.
Result<FigureStyle> styleOf(const StyleOptions& options);

} // namespace sunflop
