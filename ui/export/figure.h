// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files with a picture of the window or of one view, made without a display.

#include "core/base/result.h"
#include "core/session/session_state.h"
#include "ui/export/document.h"
#include "ui/export/figure_style.h"
#include "ui/session/model.h"
#include "ui/theme.h"

#include <QImage>
#include <QSize>
#include <QStringList>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

struct PageContent;
struct View;
class Session;

/// A unit of a view, whose text is 12 or 13 of them high, where nothing else is said: a pixel of 1/96 inch.
constexpr double defaultUnitPoints = 0.75;

/// What to paint and in which state. Names are the ids and paths of the command line.
struct FigureOptions {
    std::string view = "window"; ///< "window", or a view that can be a figure
    QSize size{1680, 1050}; ///< in units; a picture of the window has as many times more pixels as the screen
    std::optional<QSizeF> millimetres;     ///< of the page of a view, instead of a size in units
    double dotsPerInch = 96;               ///< of a view as PNG
    double unitPoints = defaultUnitPoints; ///< by which a page's text is larger or smaller
    std::optional<FigureStyle> style;      ///< a page for publication: its sizes count instead of those above
    ThemeChoice theme = ThemeChoice::Light;
    std::optional<std::string> measure;
    std::optional<std::string> select; ///< path of the module that is selected; empty: the model
    std::optional<std::string> zoom;   ///< path of the module in the middle of the sunburst
    std::optional<std::string> search;
    bool unfold = false;            ///< shows equal layers one by one
    std::optional<std::string> tab; ///< id of the tab in front
    std::optional<std::string> colour;
    std::optional<std::int64_t> rings;
    bool hidesLabels = false;
    std::optional<std::string> over; ///< id of the swept input
    std::optional<ViewState::Sorting> sorting;
    std::vector<std::string> expand; ///< paths of the rows that show their children; none: as a model opens
    /// A session: what is not given above is as in its first model and its view.
    std::optional<SessionState> session;
    /// How two models are laid beside each other; nothing: as far as they find each other.
    std::optional<ComparisonState> comparison;
    std::optional<bool> linksInputs; ///< of two models; nothing: where both run alike
    /// Is told what of the session this model does not offer.
    std::function<void(const QStringList&)> tell = [](const QStringList&) {};
};

/// Brings a session into the state that the options ask for. Errors name the module that is not there.
Result<void> arrange(Session& session, const FigureOptions& options);
/// Returns when nothing is computed or painted any more.
void settle(Session& session);
/// A picture as a file. Error: too large for one.
Result<QByteArray> pngOf(const QImage& image);

/// Ids of what can be painted: "window" and the views with a painter.
std::vector<std::string> figureViews();
/// Ids of the tabs.
std::vector<std::string> tabViews();

/// The file's bytes. The window is a PNG only. Needs a QApplication. Errors name the module that is not
/// there, or the size that cannot be.
Result<QByteArray> paintFigure(FileFormat format, Model model, const Convention& convention,
                               const FigureOptions& options);

/// The page that the options ask for, in the colours of a theme.
Page pageOf(const FigureOptions& options, const Theme& theme);
/// Any content with a margin, as a file. `page` needs no title.
Result<QByteArray> contentDocument(FileFormat format, const PageContent& content, Page page,
                                   double unitPoints = defaultUnitPoints);
/// What a view of a session shows, with a margin, as a file. `page` needs neither ground nor title.
Result<QByteArray> viewDocument(FileFormat format, const View& view, const Session& session, Page page,
                                double unitPoints = defaultUnitPoints);

} // namespace sunflop
