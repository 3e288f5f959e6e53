// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_overlay.h"

#include "ui/charts/sweep_chart.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace sunflop {

SweepOverlay::SweepOverlay(SweepChart& chart) : QGraphicsItem(&chart), m_chart(chart)
{
    setZValue(100);
    setAcceptedMouseButtons(Qt::NoButton);
}

QRectF SweepOverlay::boundingRect() const
{
    return m_chart.rect();
}

void SweepOverlay::paintLine(QPainter& painter, double x, const QPen& pen) const
{
    const QRectF plot = m_chart.plotArea();
    painter.setPen(pen);
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
}

void SweepOverlay::paintDot(QPainter& painter, QPointF at, double radius) const
{
    painter.setPen(QPen(m_chart.m_theme->text, 2));
    painter.setBrush(m_chart.m_theme->panel);
    painter.drawEllipse(at, radius, radius);
}

std::optional<QRectF> SweepOverlay::freePlace(QPointF at, QSizeF size, const std::vector<QRectF>& taken) const
{
    // Above to the left first: curves rise to the right.
    const double left = at.x() - size.width() - 8;
    const double right = at.x() + 8;
    const QRectF bounds = m_chart.plotArea().adjusted(2, -4, -2, 0);
    for (const QPointF corner :
         {QPointF(left, at.y() - size.height() - 6), QPointF(left, at.y() - 2 * size.height() - 10),
          QPointF(right, at.y() + 4), QPointF(left, at.y() + 4), QPointF(right, at.y() - size.height() - 6),
          QPointF(left, at.y() - 3 * size.height() - 14), QPointF(right, at.y() + size.height() + 6)}) {
        const QRectF box(corner, size);
        const auto overlaps = [&](const QRectF& other) { return other.intersects(box); };
        if (bounds.contains(box) && std::ranges::none_of(taken, overlaps))
            return box;
    }
    return std::nullopt;
}

void SweepOverlay::paintCrossings(QPainter& painter, std::vector<QRectF> taken) const
{
    painter.setFont(chartFont(m_chart.m_theme));
    const QFontMetricsF metrics(painter.font());
    QColor ground = m_chart.m_theme->panel;
    ground.setAlpha(210);
    for (const Crossing& crossing : m_chart.shownCrossings()) {
        const QPointF at = m_chart.placeOf(crossing);
        const QString value = withUnit(crossing.at, m_chart.unit());
        for (const QString& text : {m_chart.crossingText(crossing), value}) {
            const QSizeF size(metrics.horizontalAdvance(text) + 6, metrics.height() + 1);
            const auto box = m_chart.m_hover ? std::nullopt : freePlace(at, size, taken);
            if (!box)
                continue;
            painter.setPen(Qt::NoPen);
            painter.setBrush(ground);
            painter.drawRoundedRect(*box, 3, 3);
            painter.setPen(m_chart.m_theme->text);
            painter.drawText(*box, Qt::AlignCenter | Qt::TextSingleLine, text);
            taken.push_back(*box);
            break;
        }
        paintDot(painter, at, 3);
    }
}

void SweepOverlay::paintEmpty(QPainter& painter) const
{
    painter.setFont(chartFont(m_chart.m_theme));
    painter.setPen(m_chart.m_theme->dim);
    const QString text =
        m_chart.answer()->sweep.points.empty()
            ? SweepChart::tr("The model runs with none of these values under the present inputs.")
            : SweepChart::tr("None of these runs computes gradients.");
    painter.drawText(m_chart.rect(), Qt::AlignCenter | Qt::TextWordWrap, text);
}

void SweepOverlay::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*)
{
    if (!m_chart.m_answer || m_chart.m_theme == nullptr)
        return;
    if (!m_chart.hasFigures()) {
        paintEmpty(*painter);
        return;
    }
    painter->setRenderHint(QPainter::Antialiasing);
    const Theme& theme = *m_chart.m_theme;
    const QRectF plot = m_chart.plotArea();
    std::vector<QRectF> taken;
    const auto& cursor = m_chart.m_cursor;
    if (cursor && !cursor->figures.empty()) {
        const double x = m_chart.xAt(cursor->value);
        paintLine(*painter, x, QPen(theme.text, 1.2, Qt::DashLine));
        const QPointF top(x, m_chart.yAt(std::ranges::max(cursor->figures)));
        for (const Count figure : cursor->figures)
            taken.push_back(QRectF(x - 6, m_chart.yAt(figure) - 6, 12, 12));
        if (!m_chart.m_hover)
            taken.push_back(paintBubble(*painter, top, {cursor->label}, plot, theme));
        for (const Count figure : cursor->figures)
            paintDot(*painter, {x, m_chart.yAt(figure)}, 4.5);
    }
    paintCrossings(*painter, taken);
    if (!m_chart.m_hover)
        return;
    const auto& points = m_chart.m_answer->sweep.points;
    const auto distance = [&](const SweepPoint& point) {
        return std::abs(m_chart.xAt(point.value) - m_chart.xAt(*m_chart.m_hover));
    };
    const SweepPoint& nearest = *std::ranges::min_element(points, {}, distance);
    const QPointF at(m_chart.xAt(nearest.value), m_chart.yAt(m_chart.highest(nearest).value_or(Count())));
    paintLine(*painter, at.x(), QPen(theme.dim, 1));
    paintDot(*painter, at, 3.5);
    paintBubble(*painter, at, m_chart.readout(nearest), plot, theme);
}

} // namespace sunflop
