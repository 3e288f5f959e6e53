// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a chart paints above its series.

#include <QChart>
#include <QGraphicsItem>

class QPainter;

namespace sunflop {

/// A child of its chart, so that it appears wherever the chart is rendered. Calls Chart::paintOverlay().
template<typename Chart>
class Overlay : public QGraphicsItem {
public:
    explicit Overlay(Chart& chart) : QGraphicsItem(&chart), m_chart(chart)
    {
        setZValue(100);
        setAcceptedMouseButtons(Qt::NoButton);
    }
    QRectF boundingRect() const override { return m_chart.rect(); }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override
    {
        m_chart.paintOverlay(*painter);
    }

private:
    Chart& m_chart;
};

} // namespace sunflop
