// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where the slices of a sunburst lie: a partition in pixels.

#include "core/cost/partition.h"
#include "core/cost/unfolding.h"

#include <QPainterPath>
#include <QPointF>
#include <QRectF>

#include <vector>

namespace sunflop {

/// A piece of a ring before gaps are taken off: radii in pixels, angles in turns clockwise from 12 o'clock.
struct Arc {
    double inner = 0;
    double outer = 0;
    double start = 0;
    double span = 0;

    double middleRadius() const { return (inner + outer) / 2; }
    double middleTurns() const { return start + span / 2; }
    double middleLength() const; ///< along the middle radius
    bool isWholeRing() const { return span > 1 - 1e-9; }
};

/// Point at an angle and a distance from the centre.
QPointF onCircle(QPointF centre, double turns, double radius);
/// Outline of an arc that leaves half of `gap` free on every side; of a very thin one, less. A whole turn is
/// a ring without a seam.
QPainterPath arcPath(QPointF centre, const Arc& arc, double gap);

/// What a layout depends on besides the figures. `unit` is one pixel at the reference font size, by which
/// gaps and the thinnest visible slice scale.
struct LayoutOptions {
    std::int32_t root = 0;
    int rings = 8; ///< at most
    bool foldsRepeats = true;
    double unit = 1;
};

/// The largest sunburst that fits an area. Rings fill it whatever their number.
class SunburstLayout {
public:
    SunburstLayout() = default;
    SunburstLayout(const CostTree& costs, const Measure& measure, const LayoutOptions& options,
                   const QRectF& area);

    const std::vector<Slice>& slices() const { return m_partition.slices; }
    const Slice& slice(int index) const { return m_partition.slices[static_cast<std::size_t>(index)]; }
    int count() const { return static_cast<int>(m_partition.slices.size()); }
    int rings() const { return m_partition.rings; }
    std::span<const std::int32_t> gatheredIn(int index) const { return m_partition.gatheredIn(slice(index)); }

    QPointF centre() const { return m_centre; }
    double radius() const { return m_radii.back(); } ///< of the whole picture
    double hole() const { return m_radii.front(); }  ///< of the free middle
    double unit() const { return m_unit; }
    double gap() const;
    /// Where ring `position` begins; fractions lie in between, and nothing inside the hole or outside.
    double radiusAt(double position) const;
    Arc arc(int index) const;
    const QPainterPath& path(int index) const { return m_paths[static_cast<std::size_t>(index)]; }

    /// The slice at a point, its share of the gaps included; -1 in the hole and outside.
    int sliceAt(QPointF point) const;
    bool isInHole(QPointF point) const;

    /// Whether a slice lies on the way from the centre to another, or beyond it.
    bool isRelated(int a, int b) const;
    /// The slice that shows a module: its own, or the chain it is part of; the outermost if several; -1:
    /// none.
    int sliceOf(std::int32_t node, const CostTree& costs) const;

    /// Whether what a module has itself is seen apart from it.
    bool hasOwnSlice(std::int32_t node) const;

    /// The first of the rows that a slice stands for.
    Instance rowOf(int slice, const CostTree& costs, const Unfolding& unfolding) const;
    /// Whether a slice that shows a row's node is also on the row's way: no other member of an unfolded run.
    bool isOnWay(int slice, Instance row, const CostTree& costs, const Unfolding& unfolding) const;

private:
    bool isInside(int slice, int ancestor) const;

    Partition m_partition;
    QPointF m_centre;
    std::vector<double> m_radii{0.0, 0.0}; ///< where each ring begins, and where the last one ends
    std::vector<QPainterPath> m_paths;
    double m_unit = 1;
};

/// The module that a slice stands for when it is picked: the end of a chain, else its node.
inline std::int32_t nodeOf(const Slice& slice)
{
    return slice.kind == Slice::Kind::Module ? slice.last : slice.node;
}
/// Whether a slice shows this very module: it, or the chain it is part of.
bool shows(const Slice& slice, std::int32_t node, const CostTree& costs);

/// The way from one sunburst to that of one of its slices: every slice of the wide one moves to where the
/// narrow one has it, and what is no part of the narrow one is squeezed out at 12 o'clock or into the hole.
class ZoomPath {
public:
    /// `slice` is the slice of `wide` that fills `narrow`. Both must outlive the path.
    ZoomPath(const SunburstLayout& wide, const SunburstLayout& narrow, int slice);

    /// A slice of the wide layout on the way; `progress` 0 is wide, 1 narrow. No span: out of sight.
    Arc arc(int slice, double progress) const;

private:
    const SunburstLayout& m_wide;
    const SunburstLayout& m_narrow;
    Slice m_slice;
};

} // namespace sunflop
