// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/hatch.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

namespace sunflop {

namespace {

/// Parallel lines `distance` apart, in units; `dash` and the gap after it, 0 for none.
struct Family {
    QPointF direction; ///< of length 1
    double distance = 5;
    double dash = 0;
};

const double diagonal = std::sqrt(0.5);

std::span<const Family> familiesOf(Hatch hatch)
{
    static const std::vector<Family> none;
    static const std::vector<Family> rising{{{diagonal, -diagonal}, 4.5}};
    static const std::vector<Family> falling{{{diagonal, diagonal}, 4.5}};
    static const std::vector<Family> crossed{{{diagonal, -diagonal}, 7}, {{diagonal, diagonal}, 7}};
    static const std::vector<Family> upright{{{0, 1}, 5}};
    static const std::vector<Family> level{{{1, 0}, 4}};
    static const std::vector<Family> grid{{{1, 0}, 5.5}, {{0, 1}, 5.5}};
    static const std::vector<Family> dashed{{{1, 0}, 4, 4}};
    static const std::vector<Family> wide{{{diagonal, -diagonal}, 10}};
    switch (hatch) {
    case Hatch::None: return none;
    case Hatch::Rising: return rising;
    case Hatch::Falling: return falling;
    case Hatch::Crossed: return crossed;
    case Hatch::Upright: return upright;
    case Hatch::Level: return level;
    case Hatch::Grid: return grid;
    case Hatch::Dashed: return dashed;
    case Hatch::WideRising: return wide;
    }
    return none;
}

/// Part of a line by distance from its foot.
struct Stretch {
    double from = 0;
    double to = 0;
};

/// What of a line through `foot` lies inside a box (Liang and Barsky 1984).
std::optional<Stretch> inside(QPointF foot, QPointF direction, const QRectF& box)
{
    Stretch stretch{-1e9, 1e9};
    const auto cut = [&stretch](double at, double speed, double low, double high) {
        if (std::abs(speed) < 1e-9)
            return at >= low && at <= high;
        const auto [first, last] = std::minmax({(low - at) / speed, (high - at) / speed});
        stretch = {std::max(stretch.from, first), std::min(stretch.to, last)};
        return stretch.from < stretch.to;
    };
    if (cut(foot.x(), direction.x(), box.left(), box.right()) &&
        cut(foot.y(), direction.y(), box.top(), box.bottom()))
        return stretch;
    return std::nullopt;
}

/// One line of a family, in dashes, around the hole.
void addLine(std::vector<QLineF>& lines, QPointF foot, const Family& family, double unit, const QRectF& box,
             const QRectF& hole)
{
    const auto whole = inside(foot, family.direction, box);
    if (!whole)
        return;
    const auto gap = hole.isEmpty() ? std::nullopt : inside(foot, family.direction, hole);
    const auto add = [&](double from, double to) {
        if (to - from > 0.5 * unit)
            lines.emplace_back(foot + from * family.direction, foot + to * family.direction);
    };
    const auto addAround = [&](double from, double to) {
        if (!gap || gap->to <= from || gap->from >= to)
            return add(from, to);
        add(from, gap->from);
        add(gap->to, to);
    };
    const double dash = family.dash > 0 ? family.dash * unit : whole->to - whole->from;
    for (double from = whole->from; from<whole->to - 1e-6; from += family.dash> 0 ? 2 * dash : dash)
        addAround(from, std::min(from + dash, whole->to));
}

} // namespace

std::vector<QLineF> hatchLines(Hatch hatch, const QRectF& box, double unit, const QRectF& hole)
{
    std::vector<QLineF> lines;
    for (const Family& family : familiesOf(hatch)) {
        const QPointF across(-family.direction.y(), family.direction.x());
        const double distance = family.distance * unit;
        const auto reach = [&](QPointF corner) {
            return QPointF::dotProduct(corner - box.topLeft(), across);
        };
        const auto [least, most] = std::minmax(
            {reach(box.topLeft()), reach(box.topRight()), reach(box.bottomLeft()), reach(box.bottomRight())});
        // Half a distance from the corner: no line runs along the edge.
        for (double at = (std::floor(least / distance) + 0.5) * distance; at < most; at += distance)
            addLine(lines, box.topLeft() + at * across, family, unit, box, hole);
    }
    return lines;
}

} // namespace sunflop
