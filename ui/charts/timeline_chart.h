// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Live bytes while one operator after the other runs, the peak marked.

#include "ui/charts/chart_theme.h"
#include "ui/memory_text.h"

#include <QChart>

#include <memory>
#include <optional>
#include <vector>

class QAreaSeries;
class QLineSeries;

namespace sunflop {

/// Lays itself out for its size. Operators stand in the order in which they run; of many, neighbours share a
/// point that is the largest of them. What is held all the time is left out below the axis, which says so.
class TimelineChart : public QChart {
    Q_OBJECT
public:
    explicit TimelineChart(QGraphicsItem* parent = nullptr);

    void setTheme(const Theme& theme);
    void show(std::shared_ptr<const Run> run);
    /// Shows the operator nearest to this place.
    void setHover(std::optional<double> x);
    /// The module of the operator nearest to a place; -1 for none.
    std::int32_t moduleAt(double x) const;

    /// Bytes at the bottom of the axis.
    Count base() const { return m_base; }
    /// Points that are drawn.
    std::size_t count() const { return m_shown.size(); }
    /// Operator, module and bytes of a point of the run's timeline.
    QStringList readout(std::size_t point) const;
    QString description() const;

    void resizeEvent(QGraphicsSceneResizeEvent* event) override;
    void paintOverlay(QPainter& painter) const;

private:
    const std::vector<LivePoint>& points() const { return m_run->memory.timeline; }
    void fill();
    void layOut();
    std::optional<std::size_t> peakPoint() const;
    std::optional<std::size_t> pointAt(double x) const;
    QPointF placeOf(std::size_t point) const;
    void paintStages(QPainter& painter) const;
    void paintPoint(QPainter& painter, std::size_t point, const QStringList& lines) const;

    QLineSeries* m_upper;
    QLineSeries* m_lower;
    QAreaSeries* m_area;
    QCategoryAxis* m_x;
    QCategoryAxis* m_y;
    QGraphicsItem* m_overlay;
    const Theme* m_theme = nullptr;
    std::shared_ptr<const Run> m_run;
    Count m_base;
    std::vector<std::size_t> m_shown; ///< indices into the timeline, ascending
    std::optional<std::size_t> m_hover;
};

} // namespace sunflop
