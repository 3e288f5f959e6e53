// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_host.h"

#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QPainter>

namespace sunflop {

QChartView* chartView(QChart* chart, QWidget* parent)
{
    auto* view = new QChartView(chart, parent);
    view->setRenderHint(QPainter::Antialiasing);
    view->setFrameShape(QFrame::NoFrame);
    view->setBackgroundBrush(Qt::NoBrush);
    view->viewport()->setAutoFillBackground(false);
    view->setMouseTracking(true);
    view->setViewportUpdateMode(QGraphicsView::FullViewportUpdate);
    view->setMinimumSize(220, 120);
    return view;
}

void paintChart(QChart* chart, const FigureHead& head, QPainter& painter, const QRectF& area,
                const Theme& theme)
{
    constexpr double height = 26;
    QGraphicsScene scene;
    scene.addItem(chart);
    chart->resize(area.size() - QSizeF(0, height));
    chart->layout()->activate();
    painter.setRenderHint(QPainter::Antialiasing);
    scene.render(&painter, QRectF(area.topLeft() + QPointF(0, height), chart->size()), chart->geometry());
    const QRectF top(area.topLeft(), QSizeF(area.width(), height));
    const double legend = head.legend.empty() ? 0
                                              : paintLegend(painter, top.adjusted(area.width() / 3, 0, -4, 0),
                                                            head.legend, theme);
    painter.setPen(theme.text);
    painter.setFont(chartFont(QFont::DemiBold));
    const double room = area.width() - legend - 16;
    painter.drawText(top.adjusted(4, 0, -legend - 12, 0), Qt::AlignVCenter | Qt::TextSingleLine,
                     QFontMetricsF(painter.font()).elidedText(head.title, Qt::ElideRight, room));
}

} // namespace sunflop
