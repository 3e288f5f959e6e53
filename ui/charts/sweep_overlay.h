// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a sweep chart shows above its areas: cursor, crossings and the figures under the mouse.

#include <QGraphicsItem>

#include <optional>
#include <vector>

namespace sunflop {

class SweepChart;

/// A child of its chart, so that it appears wherever the chart is rendered.
class SweepOverlay : public QGraphicsItem {
public:
    explicit SweepOverlay(SweepChart& chart);

    QRectF boundingRect() const override;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

private:
    void paintLine(QPainter& painter, double x, const QPen& pen) const;
    void paintDot(QPainter& painter, QPointF at, double radius) const;
    void paintCrossings(QPainter& painter, std::vector<QRectF> taken) const;
    /// Where a label of this size fits beside a point; nothing if it would cover another.
    std::optional<QRectF> freePlace(QPointF at, QSizeF size, const std::vector<QRectF>& taken) const;
    void paintEmpty(QPainter& painter) const;

    SweepChart& m_chart;
};

} // namespace sunflop
