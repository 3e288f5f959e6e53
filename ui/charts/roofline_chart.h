// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Modules under a device's roof: FLOPs per byte against FLOP/s, both axes logarithmic.

#include "ui/charts/chart_theme.h"
#include "ui/charts/roofline_points.h"

#include <QChart>
#include <QPointF>

#include <memory>
#include <optional>
#include <vector>

class QLineSeries;

namespace sunflop {

/// Lays itself out for its size. A mark's area grows with its time; prefill is a disc, decode a diamond, the
/// backward a square. The modules that take longest have their names beside them where there is room.
class RooflineChart : public QChart {
    Q_OBJECT
public:
    static constexpr std::size_t mostMarks = 250;

    explicit RooflineChart(QGraphicsItem* parent = nullptr);

    void setTheme(const Theme& theme);
    /// All parts of the run, or one.
    void show(std::shared_ptr<const Run> run, std::optional<Part> part);
    void setSelected(std::int32_t module);
    /// Tells of the mark under this place, if there is one.
    void setHover(std::optional<QPointF> at);
    /// The module of the mark under a place; -1 for none.
    std::int32_t moduleAt(QPointF at) const;

    const std::vector<RooflineMark>& marks() const { return m_marks; }
    QPointF placeOf(const RooflineMark& mark) const;
    /// Parts that have marks.
    std::vector<LegendEntry> legend() const;
    QString description() const;

    void resizeEvent(QGraphicsSceneResizeEvent* event) override;
    void paintOverlay(QPainter& painter) const;

private:
    QPointF place(double intensity, double rate) const;
    double radiusOf(const RooflineMark& mark) const;
    QColor colourOf(Part part) const;
    const RooflineMark* markAt(QPointF at) const;
    void layOut();
    void paintRidge(QPainter& painter) const;
    void paintMark(QPainter& painter, const RooflineMark& mark) const;
    void paintLabels(QPainter& painter) const;
    void paintEmpty(QPainter& painter) const;

    QLineSeries* m_roof;
    QCategoryAxis* m_x;
    QCategoryAxis* m_y;
    QGraphicsItem* m_overlay;
    const Theme* m_theme = nullptr;
    std::shared_ptr<const Run> m_run;
    std::vector<RooflineMark> m_marks; ///< the longest first
    std::int32_t m_selected = -1;
    std::optional<QPointF> m_hover;
};

} // namespace sunflop
