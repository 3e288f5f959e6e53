// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The options of `sunflop figure`.

#include "app/commands/command.h"
#include "app/commands/style_options.h"
#include "ui/export/figure.h"

#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// As the user wrote them.
struct FigureCommandOptions {
    RunOptions run;
    std::optional<std::string> compared; ///< model B
    std::vector<std::string> settingsOfB;
    std::optional<std::string> conventionOfB;
    std::string size = "1680x1050";
    double scale = 1;
    double dotsPerInch = 0; ///< 0: by scale, or 300 where millimetres are given
    double widthMillimetres = 0;
    double heightMillimetres = 0;
    std::string file;
    StyleOptions style;
    FigureOptions figure;
};

/// What only two models have, a view besides those of one.
inline constexpr std::string_view comparisonView = "compare";

/// Adds all options and what is checked while they are read.
void addFigureOptions(CLI::App& command, FigureCommandOptions& options);
/// Options that do not go together, once all are read: throws CLI::ValidationError.
void checkFigureOptions(const FigureCommandOptions& options);

/// What the options say about the page.
FigureOptions figureOf(const FigureCommandOptions& options);
/// The style with the sizes that are set. Needs a QGuiApplication.
Result<FigureStyle> styled(const FigureCommandOptions& options);

} // namespace sunflop
