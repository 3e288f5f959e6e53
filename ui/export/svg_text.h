// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Numbers, outlines, colours and names as the attributes of an SVG file.

#include "ui/export/svg_hints.h"

#include <QFont>
#include <QPainterPath>
#include <QString>

class QTransform;

namespace sunflop {

/// At most three decimals, a third of a micrometre where one is a point; never in a user's language.
QString svgNumber(double value);
/// "10,20"
QString svgPoint(QPointF point);
/// The `d` of a <path>.
QString svgPath(const QPainterPath& path);
/// The `transform` of what is not written in page coordinates.
QString svgMatrix(const QTransform& transform);
/// The path of text along a circle, its middle in the middle: all but the last bit of a turn. `scale` is what
/// `toPage` enlarges by.
QString svgCircle(const CircleLine& line, const QTransform& toPage, double scale);
QString svgCap(Qt::PenCapStyle cap);
QString svgJoin(Qt::PenJoinStyle join);
/// "#rrggbb"; opacity goes by itself.
QString svgColour(const QColor& colour);
/// Text that XML can hold: replacement characters stand for what it cannot.
QString xmlText(const QString& text);
/// A font's family, and those that come near it for readers without it. Those for Sunflop Sans are in the
/// order of how near their widths come.
QString svgFamilies(const QFont& font);

} // namespace sunflop
