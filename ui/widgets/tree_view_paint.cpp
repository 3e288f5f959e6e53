// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tree_row.h"
#include "ui/widgets/tree_view.h"

#include <QPainter>

namespace sunflop {

void TreeView::drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Instance shown = CostTreeModel::instance(index);
    const RowState state = shown == CostTreeModel::instance(currentIndex())
                               ? (hasFocus() ? RowState::CurrentWithFocus : RowState::Current)
                           : m_model->isHovered(shown) ? RowState::Hovered
                                                       : RowState::Plain;
    paintRowGround(*painter, {0, option.rect.top(), viewport()->width(), option.rect.height()}, state,
                   m_session.lens().theme());
    QTreeView::drawRow(painter, option, index);
}

void TreeView::drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const
{
    if (!m_model->rows().children(CostTreeModel::node(index)).empty())
        paintBranchArrow(*painter, rect, indentation(), isExpanded(index), m_session.lens().theme());
}

void TreeView::paintEvent(QPaintEvent* event)
{
    QTreeView::paintEvent(event);
    if (!m_session.finder().isActive() || !m_model->rows().isEmpty())
        return;
    QPainter painter(viewport());
    paintEmptyTree(painter, viewport()->rect(), tr("No module matches “%1”").arg(m_session.finder().text()),
                   m_session.lens().theme());
}

} // namespace sunflop
