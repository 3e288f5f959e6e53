// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tree_head.h"

#include "ui/models/cost_tree_model.h"
#include "ui/widgets/tree_delegate.h"

#include <QHoverEvent>
#include <QPainter>

#include <utility>

namespace sunflop {

TreeHead::TreeHead(const Session& session, QWidget* parent)
    : QHeaderView(Qt::Horizontal, parent), m_session(session)
{
    setAccessibleName(tr("Columns"));
    setStretchLastSection(false);
    setSectionsMovable(false);
    setHighlightSections(false);
    setMinimumSectionSize(40);
    setSortIndicatorClearable(true);
    setAttribute(Qt::WA_Hover);
}

void TreeHead::configure()
{
    // A view resets these of the head it is given.
    setSectionsClickable(true);
    setSortIndicatorShown(true);
    setSectionResizeMode(Fixed);
    setSectionResizeMode(CostTreeModel::ModuleColumn, Stretch);
    const auto& sorting = m_session.outline().sorting();
    setSortIndicator(sorting ? sorting->column : -1,
                     sorting && sorting->isDescending ? Qt::DescendingOrder : Qt::AscendingOrder);
}

bool TreeHead::event(QEvent* event)
{
    int hovered = m_hovered;
    if (event->type() == QEvent::HoverMove)
        hovered = logicalIndexAt(static_cast<QHoverEvent*>(event)->position().toPoint());
    else if (event->type() == QEvent::HoverLeave)
        hovered = -1;
    if (std::exchange(m_hovered, hovered) != hovered)
        viewport()->update();
    return QHeaderView::event(event);
}

void TreeHead::paintSection(QPainter* painter, const QRect& rect, int section) const
{
    const Theme& theme = m_session.lens().theme();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->fillRect(rect, theme.panel);
    painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.border);
    const bool isSorted = sortIndicatorSection() == section;
    const bool isName = section == CostTreeModel::ModuleColumn;
    painter->setFont(TreeDelegate::scaled(parentWidget()->font(), TreeDelegate::small, QFont::DemiBold));
    painter->setPen(isSorted || m_hovered == section ? theme.text : theme.dim);
    QString title = model()->headerData(section, orientation(), Qt::DisplayRole).toString();
    if (isName && m_session.hasModel() && m_session.run().trace.isEstimate)
        title += tr(" · estimated costs");
    const QRectF room = QRectF(rect).adjusted(TreeDelegate::margin, 0, -TreeDelegate::margin, -1);
    painter->drawText(room, Qt::AlignVCenter | (isName ? Qt::AlignLeft : Qt::AlignRight), title);
    if (isSorted) {
        const double width = painter->fontMetrics().horizontalAdvance(title);
        const QPointF middle(isName ? room.left() + width + 8 : room.right() - width - 7, room.center().y());
        const double rise = sortIndicatorOrder() == Qt::DescendingOrder ? 1.8 : -1.8;
        painter->setPen(QPen(theme.accent, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->drawPolyline(
            QPolygonF({middle + QPointF(-3, -rise), middle + QPointF(0, rise), middle + QPointF(3, -rise)}));
    }
    painter->restore();
}

} // namespace sunflop
