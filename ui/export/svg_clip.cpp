// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svg_clip.h"

#include <QLineF>
#include <QPolygonF>
#include <QTransform>

#include <algorithm>
#include <array>
#include <optional>

namespace sunflop {

namespace {

/// How much finer than a point curves are cut into lines: Qt does it for pixels.
constexpr double fineness = 32;

QList<QPolygonF> polygonsOf(const QPainterPath& path)
{
    QList<QPolygonF> polygons = path.toSubpathPolygons(QTransform::fromScale(fineness, fineness));
    for (QPolygonF& polygon : polygons)
        polygon = QTransform::fromScale(1 / fineness, 1 / fineness).map(polygon);
    return polygons;
}

/// A side of a rectangle as a rule: inside where `sign` times the coordinate is at most `bound`.
struct Side {
    bool isVertical = false; ///< bounds x, else y
    double sign = 1;
    double bound = 0;

    double excess(QPointF p) const { return sign * (isVertical ? p.x() : p.y()) - bound; }
    /// Where the way from a to b crosses; they lie on different sides.
    QPointF crossing(QPointF a, QPointF b) const
    {
        const double t = excess(a) / (excess(a) - excess(b));
        QPointF p = a + t * (b - a);
        (isVertical ? p.rx() : p.ry()) = sign * bound;
        return p;
    }
};

std::array<Side, 4> sidesOf(const QRectF& r)
{
    return {Side{true, -1, -r.left()}, {true, 1, r.right()}, {false, -1, -r.top()}, {false, 1, r.bottom()}};
}

/// One step of Sutherland and Hodgman (Reentrant polygon clipping, 1974).
QPolygonF clipped(const QPolygonF& polygon, const Side& side)
{
    QPolygonF inside;
    for (qsizetype i = 0; i < polygon.size(); ++i) {
        const QPointF from = polygon[(i + polygon.size() - 1) % polygon.size()];
        const QPointF to = polygon[i];
        const bool isFromInside = side.excess(from) <= 0;
        const bool isToInside = side.excess(to) <= 0;
        if (isFromInside != isToInside)
            inside += side.crossing(from, to);
        if (isToInside)
            inside += to;
    }
    return inside;
}

std::optional<QLineF> clipped(QLineF line, const std::array<Side, 4>& sides)
{
    for (const Side& side : sides) {
        const bool isStartInside = side.excess(line.p1()) <= 0;
        const bool isEndInside = side.excess(line.p2()) <= 0;
        if (!isStartInside && !isEndInside)
            return std::nullopt;
        if (!isStartInside)
            line.setP1(side.crossing(line.p1(), line.p2()));
        else if (!isEndInside)
            line.setP2(side.crossing(line.p1(), line.p2()));
    }
    return line;
}

} // namespace

QPainterPath clippedArea(const QPainterPath& path, const QRectF& rectangle)
{
    QPainterPath area;
    area.setFillRule(path.fillRule());
    for (QPolygonF polygon : polygonsOf(path)) {
        for (const Side& side : sidesOf(rectangle))
            polygon = clipped(polygon, side);
        if (polygon.size() < 3)
            continue;
        area.addPolygon(polygon);
        area.closeSubpath();
    }
    return area;
}

QPainterPath clippedLine(const QPainterPath& path, const QRectF& rectangle)
{
    const auto sides = sidesOf(rectangle);
    QPainterPath lines;
    for (const QPolygonF& polygon : polygonsOf(path)) {
        std::optional<QPointF> pen;
        for (qsizetype i = 1; i < polygon.size(); ++i) {
            const auto line = clipped(QLineF(polygon[i - 1], polygon[i]), sides);
            if (!line)
                continue;
            if (pen != line->p1())
                lines.moveTo(line->p1());
            lines.lineTo(line->p2());
            pen = line->p2();
        }
    }
    return lines;
}

} // namespace sunflop
