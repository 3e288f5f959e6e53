// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_hatch.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sunflop {

namespace {

constexpr double radiansPerTurn = 2 * std::numbers::pi;
/// Straight pieces of a bent line; their middle leaves the circle by less than a ten-thousandth of the
/// radius.
constexpr double turnsPerPiece = 1.5 / 360;

/// An arc rolled out: x in pixels along its middle, y in pixels from its outer edge inwards.
struct RolledOut {
    Arc arc;

    double pixelsPerTurn() const { return radiansPerTurn * arc.middleRadius(); }
    QRectF box(double gap) const
    {
        // A gap takes more turns at the inner edge than in the middle.
        const double inner = std::max(arc.inner + gap / 2, 1e-6);
        const double ends = std::min(gap / 2 * arc.middleRadius() / inner, arc.middleLength() / 6);
        const double edge = std::min(gap / 2, (arc.outer - arc.inner) / 3);
        return QRectF(0, 0, arc.middleLength(), arc.outer - arc.inner).adjusted(ends, edge, -ends, -edge);
    }
    QRectF boxOf(const Arc& part, double margin) const
    {
        const double turns = part.start - arc.start;
        const double left = (turns - std::floor(turns)) * pixelsPerTurn();
        return QRectF(left, arc.outer - part.outer, part.span * pixelsPerTurn(), part.outer - part.inner)
            .adjusted(-margin, -margin, margin, margin);
    }
    QPointF onPage(QPointF centre, QPointF point) const
    {
        return onCircle(centre, arc.start + point.x() / pixelsPerTurn(), arc.outer - point.y());
    }
};

} // namespace

QPainterPath hatchPath(Hatch hatch, const Arc& arc, QPointF centre, double gap, double unit, const Arc& label)
{
    RolledOut rolled{arc};
    if (arc.span > 0.99) // a whole ring is labelled at its top: it is cut open at the bottom
        rolled.arc.start += 0.5;
    const QRectF hole = label.span > 0 ? rolled.boxOf(label, 2 * unit) : QRectF();
    QPainterPath path;
    for (const QLineF& line : hatchLines(hatch, rolled.box(gap), unit, hole)) {
        const double turns = std::abs(line.dx()) / rolled.pixelsPerTurn();
        const int pieces = std::max(1, static_cast<int>(std::ceil(turns / turnsPerPiece)));
        path.moveTo(rolled.onPage(centre, line.p1()));
        for (int piece = 1; piece <= pieces; ++piece)
            path.lineTo(rolled.onPage(centre, line.pointAt(static_cast<double>(piece) / pieces)));
    }
    return path;
}

} // namespace sunflop
