// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_view.h"
#include "ui/text.h"
#include "ui/widgets/tree_row.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QDropEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QMimeData>
#include <QPainter>

#include <algorithm>
#include <vector>

namespace sunflop {

namespace {

/// Partners that a menu offers; more are paired by dragging.
constexpr std::size_t mostOffered = 16;

void copy(const QString& text)
{
    QGuiApplication::clipboard()->setText(text);
}

} // namespace

void ComparisonView::drawRow(QPainter* painter, const QStyleOptionViewItem& option,
                             const QModelIndex& index) const
{
    const std::int32_t shown = ComparisonModel::row(index);
    const RowState state = shown == ComparisonModel::row(currentIndex())
                               ? (hasFocus() ? RowState::CurrentWithFocus : RowState::Current)
                           : shown == hoveredRow() ? RowState::Hovered
                                                   : RowState::Plain;
    paintRowGround(*painter, {0, option.rect.top(), viewport()->width(), option.rect.height()}, state,
                   m_session.lens().theme());
    QTreeView::drawRow(painter, option, index);
}

void ComparisonView::drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const
{
    if (!m_model->rows().children(ComparisonModel::row(index)).empty())
        paintBranchArrow(*painter, rect, indentation(), isExpanded(index), m_session.lens().theme());
}

void ComparisonView::paintEvent(QPaintEvent* event)
{
    QTreeView::paintEvent(event);
    if (!m_model->isSearching() || !m_model->rows().isEmpty())
        return;
    QPainter painter(viewport());
    paintEmptyTree(
        painter, viewport()->rect(),
        tr("No module of either model matches “%1”").arg(m_session.session(Side::A).finder().text()),
        m_session.lens().theme());
}

void ComparisonView::keyPressEvent(QKeyEvent* event)
{
    const QModelIndex current = currentIndex();
    if (!current.isValid())
        QTreeView::keyPressEvent(event);
    else if (event->matches(QKeySequence::Copy))
        copy(rowText(ComparisonModel::row(current)));
    else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        zoom(current);
    else if (event->key() == Qt::Key_Asterisk)
        openBelow(ComparisonModel::row(current));
    else
        QTreeView::keyPressEvent(event);
}

QString ComparisonView::rowText(std::int32_t row) const
{
    QStringList cells{pathOf(row)};
    for (const int column : {ComparisonModel::AColumn, ComparisonModel::BColumn, ComparisonModel::DeltaColumn,
                             ComparisonModel::RatioColumn})
        cells << m_model->indexOf(row, column).data().toString().replace(QChar(0x202F), QLatin1Char(' '));
    return cells.join(QLatin1Char('\t'));
}

QMenu* ComparisonView::menuFor(std::int32_t row)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const bool isOwn = m_model->ownKey(row).has_value();
    const bool isContainer = m_model->indexOf(row).data(ComparisonModel::ContainerRole).toBool();
    menu->addAction(tr("Zoom here"), this, [this, row] { zoom(m_model->indexOf(row)); })
        ->setEnabled(isContainer);
    menu->addAction(tr("Expand all below"), this, [this, row] { openBelow(row); })->setEnabled(isContainer);
    menu->addSeparator();
    if (!isOwn)
        fillPairMenu(*menu, row);
    menu->addSeparator();
    menu->addAction(tr("Copy path"), this, [this, row] { copy(pathOf(row)); });
    menu->addAction(tr("Copy row"), this, [this, row] { copy(rowText(row)); });
    return menu;
}

/// Costliest first: what is worth pairing by hand is large.
void ComparisonView::fillPairMenu(QMenu& menu, std::int32_t row)
{
    std::vector<std::int32_t> partners;
    for (std::int32_t other = 1; other < static_cast<std::int32_t>(m_session.comparison().rows.size());
         ++other)
        if (m_session.canPair(row, other))
            partners.push_back(other);
    const auto& figures = m_session.figures().rows;
    std::ranges::stable_sort(partners, std::ranges::greater(), [&](std::int32_t other) {
        const ComparedFigure& figure = figures[static_cast<std::size_t>(other)];
        return std::max(figure.a, figure.b);
    });
    QMenu* const pair = menu.addMenu(tr("Pair with"));
    pair->setEnabled(!partners.empty());
    for (std::size_t i = 0; i < std::min(mostOffered, partners.size()); ++i)
        pair->addAction(pathOf(partners[i]), this,
                        [this, row, other = partners[i]] { m_session.pair(row, other); });
    menu.addAction(tr("Unpair"), this, [this, row] { m_session.unpair(row); })
        ->setEnabled(m_session.row(row).match == Match::Hand);
}

void ComparisonView::contextMenuEvent(QContextMenuEvent* event)
{
    const bool isByKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = isByKey ? currentIndex() : indexAt(event->pos());
    if (index.isValid())
        menuFor(ComparisonModel::row(index))
            ->popup(isByKey ? viewport()->mapToGlobal(visualRect(index).bottomLeft()) : event->globalPos());
}

void ComparisonView::dragMoveEvent(QDragMoveEvent* event)
{
    const std::int32_t target = ComparisonModel::row(indexAt(event->position().toPoint()));
    hover(target);
    const std::int32_t dragged = ComparisonModel::row(currentIndex());
    const bool isOurs = event->source() == this && target >= 0 && !m_model->ownKey(target);
    if (isOurs && !m_model->ownKey(dragged) && m_session.canPair(dragged, target)) {
        event->setDropAction(Qt::LinkAction);
        event->accept();
    } else {
        event->ignore();
    }
}

void ComparisonView::dropEvent(QDropEvent* event)
{
    const std::int32_t target = ComparisonModel::row(indexAt(event->position().toPoint()));
    const std::int32_t dragged = event->mimeData()->data(m_model->mimeTypes().first()).toInt();
    if (event->mimeData()->hasFormat(m_model->mimeTypes().first()) && target >= 0 &&
        !m_model->ownKey(target) && m_session.canPair(dragged, target)) {
        event->setDropAction(Qt::LinkAction);
        event->accept();
        m_session.pair(dragged, target);
    }
}

} // namespace sunflop
