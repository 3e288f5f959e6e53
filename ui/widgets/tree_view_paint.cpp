// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tree_view.h"

#include <QPainter>

namespace sunflop {

void TreeView::drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Theme& theme = m_session.lens().theme();
    const QRect row(0, option.rect.top(), viewport()->width(), option.rect.height());
    const Instance shown = CostTreeModel::instance(index);
    if (shown == CostTreeModel::instance(currentIndex())) {
        painter->fillRect(row, theme.accentSoft);
        if (hasFocus())
            painter->fillRect(QRect(row.topLeft(), QSize(3, row.height())), theme.accent);
    } else if (m_session.focus().isHovered(shown.node, shown.number)) {
        painter->fillRect(row, theme.grid);
    }
    QTreeView::drawRow(painter, option, index);
}

void TreeView::drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const
{
    if (m_model->rows().children(CostTreeModel::node(index)).empty())
        return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(m_session.lens().theme().dim, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const QPointF middle(rect.right() - indentation() / 2.0 + 1, QRectF(rect).center().y());
    const bool isOpen = isExpanded(index);
    const QPointF arm = isOpen ? QPointF(3.5, 0) : QPointF(0, 3.5);
    const QPointF tip = isOpen ? QPointF(0, 2) : QPointF(2, 0);
    painter->drawPolyline(QPolygonF({middle - arm - tip, middle + tip, middle + arm - tip}));
    painter->restore();
}

void TreeView::paintEvent(QPaintEvent* event)
{
    QTreeView::paintEvent(event);
    if (!m_session.finder().isActive() || !m_model->rows().isEmpty())
        return;
    QPainter painter(viewport());
    painter.setPen(m_session.lens().theme().faint);
    painter.drawText(viewport()->rect().adjusted(16, 0, -16, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("No module matches “%1”").arg(m_session.finder().text()));
}

} // namespace sunflop
