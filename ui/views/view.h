// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A view: one way to look at the open model. The window, the View menu and figures are built from the list.

#include "core/base/result.h"

#include <QRectF>
#include <QString>

#include <span>
#include <string_view>

class QFont;
class QPainter;
class QWidget;

namespace sunflop {

class Session;

/// One registry entry.
struct View {
    /// Where the window puts it: the two large panes, the pane below the sunburst, or a tab below the tree.
    enum class Place { Tree, Chart, Details, Tab };

    std::string_view id;
    Place place = Place::Tab;
    QString (*title)() = nullptr;
    QWidget* (*create)(Session& session, QWidget* parent) = nullptr;
    /// Paints what the view shows as a figure that fills `area`; null: not a figure.
    void (*paint)(const Session& session, QPainter& painter, const QRectF& area) = nullptr;
    /// The height that the figure needs in a width, so that nothing of it is cut; null: 0.62 of the width.
    double (*height)(const Session& session, const QFont& font, double width) = nullptr;
};

/// Every view, in the order of ui/CMakeLists.txt.
std::span<const View> views();

} // namespace sunflop
