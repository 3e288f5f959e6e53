// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/row_text.h"
#include "ui/text.h"
#include "ui/widgets/tree_columns.h"
#include "ui/widgets/tree_view.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>

namespace sunflop {

QString TreeView::rowText(Instance row) const
{
    return rowAsTabs(*m_model, row, m_columns->shown());
}

QString TreeView::rowMarkdown(Instance row) const
{
    return rowAsMarkdown(*m_model, row, m_columns->shown());
}

void TreeView::keyPressEvent(QKeyEvent* event)
{
    const QModelIndex current = currentIndex();
    if (!current.isValid()) {
        QTreeView::keyPressEvent(event);
        return;
    }
    const Instance row = CostTreeModel::instance(current);
    if (event->matches(QKeySequence::Copy))
        QGuiApplication::clipboard()->setText(rowText(row));
    else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        zoom(current);
    else if (event->key() == Qt::Key_Asterisk && m_model->ownKey(row.node))
        event->accept(); // there is nothing below
    else if (event->key() == Qt::Key_Asterisk)
        openBelow(row);
    else
        QTreeView::keyPressEvent(event);
}

void TreeView::fillRowMenu(QMenu& menu, Instance row)
{
    const std::int32_t node = row.node;
    const auto copy = [](const QString& text) { QGuiApplication::clipboard()->setText(text); };
    const QString path = m_model->indexOf(row).data(CostTreeModel::PathRole).toString();
    const bool isContainer = m_model->indexOf(row).data(CostTreeModel::ContainerRole).toBool();
    menu.addAction(tr("Zoom here"), this, [=, this] { zoom(m_model->indexOf(row)); })
        ->setEnabled(isContainer);
    menu.addAction(tr("Expand all below"), this, [=, this] { openBelow(row); })->setEnabled(isContainer);
    menu.addAction(tr("Collapse"), this, [=, this] { closeBelow(row); })->setEnabled(isContainer);
    menu.addSeparator();
    menu.addAction(tr("Copy path"), this, [=] { copy(path); });
    menu.addAction(tr("Copy value"), this, [=, this] {
        copy(QString::number(m_model->value(node, m_session.lens().measure()).value()));
    });
    menu.addAction(tr("Copy row as Markdown"), this, [=, this] { copy(rowMarkdown(row)); });
}

void TreeView::contextMenuEvent(QContextMenuEvent* event)
{
    const bool isByKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = isByKey ? currentIndex() : indexAt(event->pos());
    if (!index.isValid())
        return;
    QMenu menu;
    fillRowMenu(menu, CostTreeModel::instance(index));
    menu.exec(isByKey ? viewport()->mapToGlobal(visualRect(index).bottomLeft()) : event->globalPos());
}

} // namespace sunflop
