// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Shapes cut to a rectangle, point by point: what a clip leaves out is not in the file at all.

#include <QPainterPath>
#include <QRectF>

namespace sunflop {

/// The area of a path inside a rectangle, curves as short lines. Edges along the rectangle may run to and
/// fro, without area between.
QPainterPath clippedArea(const QPainterPath& path, const QRectF& rectangle);

/// The line along a path inside a rectangle, curves as short lines.
QPainterPath clippedLine(const QPainterPath& path, const QRectF& rectangle);

} // namespace sunflop
