// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What rows of module trees look like besides their cells.

#include "ui/theme.h"

#include <QColor>
#include <QPointF>
#include <QRect>
#include <QString>

class QPainter;

namespace sunflop {

/// How a row stands out.
enum class RowState { Plain, Hovered, Current, CurrentWithFocus };

/// The ground of a whole row.
void paintRowGround(QPainter& painter, const QRect& row, RowState state, const Theme& theme);
/// The arrow of a row with children, at the right end of `branches`.
void paintBranchArrow(QPainter& painter, const QRect& branches, int indentation, bool isOpen,
                      const Theme& theme);
/// The mark of what a module has itself, around a point.
void paintOwnMark(QPainter& painter, QPointF at, const QColor& colour);
/// A word in place of rows.
void paintEmptyTree(QPainter& painter, const QRect& area, const QString& text, const Theme& theme);

} // namespace sunflop
