// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tree_row.h"

#include <QPainter>
#include <QPolygonF>

namespace sunflop {

void paintRowGround(QPainter& painter, const QRect& row, RowState state, const Theme& theme)
{
    if (state == RowState::Plain)
        return;
    painter.fillRect(row, state == RowState::Hovered ? theme.grid : theme.accentSoft);
    if (state == RowState::CurrentWithFocus)
        painter.fillRect(QRect(row.topLeft(), QSize(3, row.height())), theme.accent);
}

void paintBranchArrow(QPainter& painter, const QRect& branches, int indentation, bool isOpen,
                      const Theme& theme)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.dim, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const QPointF middle(branches.right() - indentation / 2.0 + 1, QRectF(branches).center().y());
    const QPointF arm = isOpen ? QPointF(3.5, 0) : QPointF(0, 3.5);
    const QPointF tip = isOpen ? QPointF(0, 2) : QPointF(2, 0);
    painter.drawPolyline(QPolygonF({middle - arm - tip, middle + tip, middle + arm - tip}));
    painter.restore();
}

void paintOwnMark(QPainter& painter, QPointF at, const QColor& colour)
{
    constexpr double half = 4.2;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, 1.6, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
    painter.drawPolygon(QPolygonF(
        {at - QPointF(0, half), at + QPointF(half, 0), at + QPointF(0, half), at - QPointF(half, 0)}));
    painter.restore();
}

void paintEmptyTree(QPainter& painter, const QRect& area, const QString& text, const Theme& theme)
{
    painter.setPen(theme.faint);
    painter.drawText(area.adjusted(16, 0, -16, 0), Qt::AlignCenter | Qt::TextWordWrap, text);
}

} // namespace sunflop
