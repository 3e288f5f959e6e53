// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_plot.h"

#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>

namespace sunflop {

SweepPlot::SweepPlot(QWidget* parent)
    : QChartView(new SweepChart, parent), m_chart(static_cast<SweepChart*>(chart()))
{
    setRenderHint(QPainter::Antialiasing);
    setFrameShape(QFrame::NoFrame);
    setBackgroundBrush(Qt::NoBrush);
    viewport()->setAutoFillBackground(false);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setViewportUpdateMode(QGraphicsView::FullViewportUpdate);
}

bool SweepPlot::isReady() const
{
    return m_chart->answer() && m_chart->hasFigures();
}

void SweepPlot::pick(const QPoint& at)
{
    m_chart->setHover(std::nullopt);
    Q_EMIT picked(m_chart->valueAt(at.x()), true);
}

void SweepPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !isReady())
        return;
    m_isDragging = true;
    pick(event->pos());
}

void SweepPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (!isReady())
        return;
    if (m_isDragging)
        pick(event->pos());
    else if (m_chart->plotArea().contains(event->position()))
        m_chart->setHover(m_chart->valueAt(event->position().x()));
    else
        m_chart->setHover(std::nullopt);
}

void SweepPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && std::exchange(m_isDragging, false))
        Q_EMIT moveEnded();
}

void SweepPlot::leaveEvent(QEvent* event)
{
    m_chart->setHover(std::nullopt);
    QChartView::leaveEvent(event);
}

std::int64_t SweepPlot::neighbour(bool backwards) const
{
    const auto& points = m_chart->answer()->sweep.points;
    const std::int64_t now = m_chart->cursor() ? m_chart->cursor()->value : points.front().value;
    if (backwards) {
        const auto at = std::ranges::lower_bound(points, now, {}, &SweepPoint::value);
        return at == points.begin() ? points.front().value : std::prev(at)->value;
    }
    const auto after = std::ranges::upper_bound(points, now, {}, &SweepPoint::value);
    return after == points.end() ? points.back().value : after->value;
}

void SweepPlot::keyPressEvent(QKeyEvent* event)
{
    const bool isLeft = event->key() == Qt::Key_Left;
    if ((!isLeft && event->key() != Qt::Key_Right) || !isReady()) {
        QChartView::keyPressEvent(event);
        return;
    }
    Q_EMIT picked(neighbour(isLeft), false);
}

void SweepPlot::wheelEvent(QWheelEvent* event)
{
    // The view would scroll its scene.
    event->ignore();
}

} // namespace sunflop
