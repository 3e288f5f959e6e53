// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The card that tells about the slice under the pointer.

#include "ui/sunburst/sunburst_painter.h"

#include <QFont>
#include <QList>
#include <QPointF>
#include <QRectF>
#include <QString>

class QPainter;

namespace sunflop {

/// Words of one card.
struct HoverCard {
    struct Row {
        QString title;
        QString value;
        QString ofModel;
        QString ofParent;
        bool isActive = false; ///< of the measure that the angles show
    };
    QString title;
    QString className;
    QString path;
    QString note; ///< "36 instances, 502 G FLOPs each"; may be empty
    QList<Row> rows;
    QString more; ///< how many gathered modules have no row
};

/// The main measures of a slice; of a rest, the largest modules that it gathers.
HoverCard cardOf(const SunburstPainter& picture, int slice);

/// Paints it beside the pointer, inside `bounds`.
void paintCard(QPainter& painter, const HoverCard& card, const Theme& theme, const QFont& font,
               QPointF pointer, const QRectF& bounds);

} // namespace sunflop
