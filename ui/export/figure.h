// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pictures of the window or of one view, made without a display.

#include "core/base/result.h"
#include "ui/session/model.h"
#include "ui/theme.h"

#include <QImage>
#include <QSize>

#include <optional>
#include <string>

namespace sunflop {

class Session;

/// What to paint and in which state. Names are the ids and paths of the command line.
struct FigureOptions {
    std::string view = "window"; ///< "window", or a view that can be a figure
    QSize size{1680, 1050};      ///< in points; the picture has as many times more pixels as the screen
    ThemeChoice theme = ThemeChoice::Light;
    std::optional<std::string> measure;
    std::optional<std::string> select; ///< path of the module that is selected; empty: the model
    std::optional<std::string> zoom;   ///< path of the module in the middle of the sunburst
    std::optional<std::string> search;
    bool unfold = false;            ///< shows equal layers one by one
    std::optional<std::string> tab; ///< id of the tab in front
};

/// Brings a session into the state that the options ask for. Errors name the module that is not there.
Result<void> arrange(Session& session, const FigureOptions& options);
/// Returns when nothing is computed or painted any more.
void settle(Session& session);

/// Ids of what can be painted: "window" and the views with a painter.
std::vector<std::string> figureViews();
/// Ids of the tabs.
std::vector<std::string> tabViews();

/// Needs a QApplication. Errors name the module that is not there.
Result<QImage> paintFigure(Model model, const Convention& convention, const FigureOptions& options);

} // namespace sunflop
