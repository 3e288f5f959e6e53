// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_layout.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sunflop {

namespace {

constexpr double holeShare = 0.235; ///< of the radius
constexpr double ringShrink = 0.035;
constexpr double gapWidth = 1.6;
constexpr double smallestArc = 2.2;
constexpr double radiansPerTurn = 2 * std::numbers::pi;

/// Where each of `rings` rings begins, and where the last one ends; each a little narrower than the one
/// inside it.
std::vector<double> radiiOf(double radius, int rings)
{
    std::vector<double> radii{radius * holeShare};
    double weights = 0;
    for (int ring = 0; ring < rings; ++ring)
        weights += 1 - ringShrink * ring;
    for (int ring = 0; ring < rings; ++ring)
        radii.push_back(radii.back() + radius * (1 - holeShare) * (1 - ringShrink * ring) / weights);
    return radii;
}

Partition partitionFor(const CostTree& costs, const Measure& measure, const LayoutOptions& options,
                       const std::vector<double>& radii)
{
    PartitionOptions how{.root = options.root, .foldsRepeats = options.foldsRepeats};
    for (std::size_t ring = 0; ring + 1 < radii.size(); ++ring)
        how.smallestSpans.push_back(smallestArc * options.unit /
                                    (std::numbers::pi * (radii[ring] + radii[ring + 1])));
    return partition(costs, measure, how);
}

/// Turns that half a gap takes off each end of an arc at this radius; a third of the arc at most is gap.
double trim(double span, double radius, double gap)
{
    return std::min(gap / 2 / (radiansPerTurn * radius), span / 6);
}

double lerp(double a, double b, double t)
{
    return a + (b - a) * t;
}

} // namespace

double Arc::middleLength() const
{
    return span * radiansPerTurn * middleRadius();
}

QPointF onCircle(QPointF centre, double turns, double radius)
{
    const double angle = turns * radiansPerTurn;
    return {centre.x() + radius * std::sin(angle), centre.y() - radius * std::cos(angle)};
}

QPainterPath arcPath(QPointF centre, const Arc& arc, double gap)
{
    const double inner = arc.inner + gap / 2;
    const double outer = std::max(inner, arc.outer - gap / 2);
    const auto box = [&](double r) { return QRectF(centre.x() - r, centre.y() - r, 2 * r, 2 * r); };
    QPainterPath path;
    if (arc.isWholeRing()) {
        path.addEllipse(box(outer));
        path.addEllipse(box(inner));
        return path;
    }
    // Qt's angles run counterclockwise from 3 o'clock.
    const auto degrees = [](double turns) { return 90 - 360 * turns; };
    const double outerTrim = trim(arc.span, outer, gap);
    const double innerTrim = trim(arc.span, inner, gap);
    const double end = arc.start + arc.span;
    path.arcMoveTo(box(outer), degrees(arc.start + outerTrim));
    path.arcTo(box(outer), degrees(arc.start + outerTrim), -360 * (arc.span - 2 * outerTrim));
    path.arcTo(box(inner), degrees(end - innerTrim), 360 * (arc.span - 2 * innerTrim));
    path.closeSubpath();
    return path;
}

SunburstLayout::SunburstLayout(const CostTree& costs, const Measure& measure, const LayoutOptions& options,
                               const QRectF& area)
    : m_centre(area.center()), m_unit(options.unit)
{
    const double radius = std::max(1.0, std::min(area.width(), area.height()) / 2);
    m_radii = radiiOf(radius, options.rings);
    m_partition = partitionFor(costs, measure, options, m_radii);
    if (m_partition.rings < options.rings) {
        // Fewer rings are wider; slices that become visible in them must not bring more rings.
        m_radii = radiiOf(radius, std::max(1, m_partition.rings));
        m_partition = partitionFor(costs, measure, options, m_radii);
    }
    m_paths.reserve(m_partition.slices.size());
    for (int i = 0; i < count(); ++i)
        m_paths.push_back(arcPath(m_centre, arc(i), gap()));
}

double SunburstLayout::gap() const
{
    return gapWidth * m_unit;
}

double SunburstLayout::radiusAt(double position) const
{
    const auto last = static_cast<double>(m_radii.size() - 1);
    const double clamped = std::clamp(position, 0.0, last);
    const auto ring = std::min(static_cast<std::size_t>(clamped), m_radii.size() - 2);
    return lerp(m_radii[ring], m_radii[ring + 1], clamped - static_cast<double>(ring));
}

Arc SunburstLayout::arc(int index) const
{
    const Slice& s = slice(index);
    const auto ring = static_cast<std::size_t>(s.ring);
    return {m_radii[ring], m_radii[ring + 1], s.startTurns, s.spanTurns};
}

int SunburstLayout::sliceAt(QPointF point) const
{
    const QPointF d = point - m_centre;
    const double distance = std::hypot(d.x(), d.y());
    if (distance < hole() || distance >= radius())
        return -1;
    double turns = std::atan2(d.x(), -d.y()) / radiansPerTurn;
    if (turns < 0)
        turns = std::max(0.0, turns + 1 - 1e-12);
    const auto above = std::ranges::upper_bound(m_radii, distance);
    const auto ring = static_cast<std::int32_t>(above - m_radii.begin()) - 1;
    const auto found = std::ranges::find_if(slices(), [&](const Slice& s) {
        return s.ring == ring && turns >= s.startTurns && turns < s.startTurns + s.spanTurns;
    });
    return found == slices().end() ? -1 : static_cast<int>(found - slices().begin());
}

bool SunburstLayout::isInHole(QPointF point) const
{
    const QPointF d = point - m_centre;
    return std::hypot(d.x(), d.y()) < hole();
}

bool SunburstLayout::isInside(int index, int ancestor) const
{
    while (index > ancestor)
        index = slice(index).parent;
    return index == ancestor;
}

bool SunburstLayout::isRelated(int a, int b) const
{
    return isInside(a, b) || isInside(b, a);
}

int SunburstLayout::sliceOf(std::int32_t node, const CostTree& costs) const
{
    const auto found = std::ranges::find_if(slices(), [&](const Slice& s) { return shows(s, node, costs); });
    return found == slices().end() ? -1 : static_cast<int>(found - slices().begin());
}

bool SunburstLayout::hasOwnSlice(std::int32_t node) const
{
    return std::ranges::any_of(slices(),
                               [&](const Slice& s) { return s.kind == Slice::Kind::Own && s.node == node; });
}

Instance SunburstLayout::rowOf(int index, const CostTree& costs, const Unfolding& unfolding) const
{
    Instance row(nodeOf(slice(index)));
    std::int32_t inside = 1; // rows of the picked node in one row of `node`
    for (std::int32_t node = row.node; node > 0; node = costs.nodes[static_cast<std::size_t>(node)].parent) {
        for (; index >= 0 && slice(index).node >= node; index = slice(index).parent)
            if (slice(index).node == node && slice(index).instance >= 0 && unfolding.members(node) > 1)
                row.number += inside * static_cast<std::int32_t>(slice(index).instance);
        inside *= unfolding.members(node);
    }
    return row;
}

bool SunburstLayout::isOnWay(int index, Instance row, const CostTree& costs, const Unfolding& unfolding) const
{
    for (; index >= 0; index = slice(index).parent) {
        if (slice(index).instance < 0)
            continue;
        while (row.node > slice(index).node)
            row = unfolding.outer(row, costs.nodes[static_cast<std::size_t>(row.node)].parent);
        if (unfolding.members(row.node) > 1 && unfolding.member(row) != slice(index).instance)
            return false;
    }
    return true;
}

bool shows(const Slice& slice, std::int32_t node, const CostTree& costs)
{
    if (slice.kind != Slice::Kind::Module || node < slice.node || node > slice.last)
        return false;
    return costs.nodes[static_cast<std::size_t>(node)].end > slice.last;
}

ZoomPath::ZoomPath(const SunburstLayout& wide, const SunburstLayout& narrow, int slice)
    : m_wide(wide), m_narrow(narrow), m_slice(wide.slice(slice))
{}

Arc ZoomPath::arc(int slice, double progress) const
{
    const Arc from = m_wide.arc(slice);
    const auto turns = [&](double x) {
        return std::clamp((x - m_slice.startTurns) / m_slice.spanTurns, 0.0, 1.0);
    };
    const double start = turns(from.start);
    const double end = turns(from.start + from.span);
    const double ring = m_wide.slice(slice).ring - m_slice.ring - 1;
    Arc arc;
    arc.start = lerp(from.start, start, progress);
    arc.span = lerp(from.start + from.span, end, progress) - arc.start;
    arc.inner = lerp(from.inner, m_narrow.radiusAt(ring), progress);
    arc.outer = lerp(from.outer, m_narrow.radiusAt(ring + 1), progress);
    return arc;
}

} // namespace sunflop
