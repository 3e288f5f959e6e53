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

QString TreeView::rowText(std::int32_t node) const
{
    return rowAsTabs(*m_model, node, m_columns->shown());
}

QString TreeView::rowMarkdown(std::int32_t node) const
{
    return rowAsMarkdown(*m_model, node, m_columns->shown());
}

void TreeView::keyPressEvent(QKeyEvent* event)
{
    const QModelIndex current = currentIndex();
    if (!current.isValid()) {
        QTreeView::keyPressEvent(event);
        return;
    }
    const std::int32_t node = CostTreeModel::node(current);
    if (event->matches(QKeySequence::Copy))
        QGuiApplication::clipboard()->setText(rowText(node));
    else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        zoom(current);
    else if (event->key() == Qt::Key_Asterisk)
        openBelow(node);
    else
        QTreeView::keyPressEvent(event);
}

void TreeView::fillRowMenu(QMenu& menu, std::int32_t node)
{
    const auto copy = [](const QString& text) { QGuiApplication::clipboard()->setText(text); };
    const Run& run = m_session.run();
    const bool isContainer = run.costs.nodes[static_cast<std::size_t>(node)].end > node + 1;
    menu.addAction(tr("Zoom here"), this, [=, this] { m_session.focus().zoom(node); })
        ->setEnabled(isContainer);
    menu.addAction(tr("Expand all below"), this, [=, this] { openBelow(node); })->setEnabled(isContainer);
    menu.addAction(tr("Collapse"), this, [=, this] { closeBelow(node); })->setEnabled(isContainer);
    menu.addSeparator();
    menu.addAction(tr("Copy path"), this, [=, &run] { copy(text::path(run, node)); });
    menu.addAction(tr("Copy value"), this, [=, this, &run] {
        const Count value =
            m_session.lens().measure().of(run.costs.nodes[static_cast<std::size_t>(node)].total);
        copy(QString::number(value.value()));
    });
    menu.addAction(tr("Copy row as Markdown"), this, [=, this] { copy(rowMarkdown(node)); });
}

void TreeView::contextMenuEvent(QContextMenuEvent* event)
{
    const bool isByKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = isByKey ? currentIndex() : indexAt(event->pos());
    if (!index.isValid())
        return;
    QMenu menu;
    fillRowMenu(menu, CostTreeModel::node(index));
    menu.exec(isByKey ? viewport()->mapToGlobal(visualRect(index).bottomLeft()) : event->globalPos());
}

} // namespace sunflop
