// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_view.h"

#include "ui/compare/comparison_delegate.h"
#include "ui/text.h"
#include "ui/widgets/tree_delegate.h"
#include "ui/widgets/tree_head.h"

#include <QMouseEvent>
#include <QPainter>
#include <QScopedValueRollback>
#include <QSignalBlocker>

#include <algorithm>
#include <queue>
#include <utility>
#include <vector>

namespace sunflop {

namespace {

/// Rows that a page shows, about.
constexpr int openedRows = 18;
/// Rows that one command opens at most.
constexpr std::int32_t mostOpened = 200'000;

} // namespace

ComparisonView::ComparisonView(CompareSession& session, QWidget* parent)
    : QTreeView(parent), m_session(session), m_model(new ComparisonModel(session, this))
{
    setAccessibleName(tr("Modules of both models"));
    setModel(m_model);
    setItemDelegate(new ComparisonDelegate(session.session(Side::A), this));
    setUniformRowHeights(true);
    setIndentation(14);
    setEditTriggers(NoEditTriggers);
    setExpandsOnDoubleClick(false);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(NoFrame);
    setMouseTracking(true);
    setDragDropMode(DragDrop);
    setDefaultDropAction(Qt::LinkAction);
    setDropIndicatorShown(false);
    configureHead();
    follow();
    rowsReset();
}

void ComparisonView::configureHead()
{
    auto* head = new TreeHead(m_session.session(Side::A), this);
    setHeader(head);
    head->setSectionsClickable(true);
    head->setSortIndicatorShown(true);
    head->setSectionResizeMode(QHeaderView::Fixed);
    head->setSectionResizeMode(ComparisonModel::ModuleColumn, QHeaderView::Stretch);
    head->setSortIndicator(-1, Qt::AscendingOrder);
    connect(head, &QHeaderView::sortIndicatorChanged, this,
            [this](int column, Qt::SortOrder order) { m_model->sort(column, order); });
}

void ComparisonView::follow()
{
    connect(m_model, &QAbstractItemModel::modelReset, this, &ComparisonView::rowsReset);
    connect(this, &QTreeView::expanded, this, [this](const QModelIndex& index) { noteOpen(index, true); });
    connect(this, &QTreeView::collapsed, this, [this](const QModelIndex& index) { noteOpen(index, false); });
    connect(this, &QTreeView::doubleClicked, this, &ComparisonView::zoom);
    connect(&m_session.focus(), &Focus::selectedChanged, this, &ComparisonView::showSelection);
    connect(&m_session.focus(), &Focus::hoveredChanged, this, &ComparisonView::showHover);
    connect(&m_session.lens(), &Lens::themeChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&m_session.lens(), &Lens::themeChanged, header()->viewport(), qOverload<>(&QWidget::update));
}

QString ComparisonView::pathOf(std::int32_t row) const
{
    return m_model->indexOf(row).data(ComparisonModel::PathRole).toString();
}

void ComparisonView::rowsReset()
{
    m_hovered = -1;
    const TreeRows& rows = m_model->rows();
    if (rows.isEmpty())
        return;
    const QString models = text::from(m_session.session(Side::A).model().source.name) + QLatin1Char('\n') +
                           text::from(m_session.session(Side::B).model().source.name);
    if (std::exchange(m_models, models) != models && !m_model->isSearching()) {
        m_open.clear();
        openCostliest();
    }
    const QSignalBlocker ownDoing(this);
    scheduleDelayedItemsLayout(); // until then expanding a row only notes it
    // Only what is open is looked at: what lies below a closed row stays as it is.
    std::vector<std::int32_t> open{0};
    while (!open.empty()) {
        const std::int32_t row = open.back();
        open.pop_back();
        if (rows.children(row).empty() || !(m_model->isSearching() || m_open.contains(pathOf(row))))
            continue;
        setExpanded(m_model->indexOf(row), true);
        open.insert(open.end(), rows.children(row).begin(), rows.children(row).end());
    }
    showSelection(m_session.focus().selected());
}

/// Row by row the one of most cost, as long as its children fit a page.
void ComparisonView::openCostliest()
{
    const TreeRows& rows = m_model->rows();
    const auto& figures = m_session.figures().rows;
    const auto cost = [&](std::int32_t row) {
        if (m_model->ownKey(row))
            return Count(0); // there is nothing below
        const ComparedFigure& figure = figures[static_cast<std::size_t>(row)];
        return std::max(figure.a, figure.b);
    };
    const auto isLess = [&](std::int32_t x, std::int32_t y) {
        return cost(x) != cost(y) ? cost(x) < cost(y) : x > y;
    };
    std::priority_queue<std::int32_t, std::vector<std::int32_t>, decltype(isLess)> next(isLess);
    next.push(0);
    int shown = 1;
    while (!next.empty()) {
        const std::int32_t row = next.top();
        next.pop();
        const auto children = rows.children(row);
        if (children.empty() || (row > 0 && shown + static_cast<int>(children.size()) > openedRows))
            continue;
        shown += static_cast<int>(children.size());
        m_open.insert(pathOf(row));
        for (const std::int32_t child : children)
            next.push(child);
    }
}

void ComparisonView::noteOpen(const QModelIndex& index, bool isOpen)
{
    if (m_model->isSearching())
        return;
    const QString path = index.siblingAtColumn(0).data(ComparisonModel::PathRole).toString();
    if (isOpen)
        m_open.insert(path);
    else
        m_open.remove(path);
}

void ComparisonView::openTo(int depth)
{
    const TreeRows& rows = m_model->rows();
    if (rows.isEmpty())
        return;
    collapseAll();
    m_open.clear();
    std::vector<std::int32_t> level{0};
    for (std::int32_t opened = 0; depth > 0 && !level.empty() && opened < mostOpened; --depth) {
        std::vector<std::int32_t> below;
        for (const std::int32_t row : level) {
            if (rows.children(row).empty())
                continue;
            expand(m_model->indexOf(row));
            below.insert(below.end(), rows.children(row).begin(), rows.children(row).end());
        }
        opened += static_cast<std::int32_t>(below.size());
        level = std::move(below);
    }
}

std::vector<ShownRow> ComparisonView::shownRows() const
{
    std::vector<ShownRow> rows;
    for (QModelIndex index = m_model->index(0, 0); index.isValid(); index = indexBelow(index)) {
        int depth = 0;
        for (QModelIndex above = index.parent(); above.isValid(); above = above.parent())
            ++depth;
        rows.push_back({ComparisonModel::row(index), depth});
    }
    return rows;
}

void ComparisonView::openBelow(std::int32_t row)
{
    const std::int32_t end = m_model->ownKey(row) ? row : m_session.row(row).end;
    for (std::int32_t below = row; below < end; ++below)
        if (m_model->rows().isShown(below) && !m_model->rows().children(below).empty())
            expand(m_model->indexOf(below));
}

void ComparisonView::showSelection(std::int32_t selected)
{
    if (!m_session.isAligned())
        return;
    const std::int32_t row = m_model->ownRow(selected, m_session.focus().selectedOwn());
    if (ComparisonModel::row(currentIndex()) == row)
        return;
    const QModelIndex index = m_model->indexOf(row);
    if (!index.isValid())
        return;
    for (QModelIndex above = index.parent(); above.isValid(); above = above.parent())
        expand(above);
    const QScopedValueRollback following(m_isFollowing, true);
    setCurrentIndex(index);
    scrollTo(index);
}

void ComparisonView::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QTreeView::currentChanged(current, previous);
    if (!m_isFollowing && current.isValid())
        select(ComparisonModel::row(current));
}

void ComparisonView::select(std::int32_t row)
{
    m_session.focus().select(m_model->comparedRow(row), Focus::anyInstance, m_model->ownKey(row));
}

void ComparisonView::hover(std::int32_t row)
{
    m_session.focus().hover(m_model->comparedRow(row), Focus::anyInstance, m_model->ownKey(row));
}

std::int32_t ComparisonView::hoveredRow() const
{
    return m_model->ownRow(m_session.focus().hovered(), m_session.focus().hoveredOwn());
}

void ComparisonView::showHover()
{
    const std::int32_t row = hoveredRow();
    for (const std::int32_t changed : {m_hovered, row}) {
        QRect rect = visualRect(m_model->indexOf(changed));
        if (!rect.isValid())
            continue;
        rect.setLeft(0);
        rect.setRight(viewport()->width());
        viewport()->update(rect);
    }
    m_hovered = row;
}

void ComparisonView::zoom(const QModelIndex& index)
{
    if (!index.isValid())
        return;
    const std::int32_t row = ComparisonModel::row(index);
    if (m_model->ownKey(row))
        select(row);
    else
        m_session.focus().zoom(row);
}

void ComparisonView::mouseMoveEvent(QMouseEvent* event)
{
    QTreeView::mouseMoveEvent(event);
    hover(ComparisonModel::row(indexAt(event->position().toPoint())));
}

bool ComparisonView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        m_session.focus().hover(-1);
    return QTreeView::viewportEvent(event);
}

void ComparisonView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                                 const QList<int>& roles)
{
    QTreeView::dataChanged(topLeft, bottomRight, roles);
    viewport()->update(); // the model tells of the root only
}

void ComparisonView::resizeEvent(QResizeEvent* event)
{
    QTreeView::resizeEvent(event);
    fitColumns();
}

/// The bars give way first, then the figures.
void ComparisonView::fitColumns()
{
    const int room = viewport()->width();
    const bool isNarrow = room < 900;
    const int figure = isNarrow ? 104 : 132;
    for (const int column : {ComparisonModel::AColumn, ComparisonModel::BColumn})
        setColumnWidth(column, figure);
    setColumnWidth(ComparisonModel::DeltaColumn, isNarrow ? 92 : 104);
    setColumnWidth(ComparisonModel::RatioColumn, isNarrow ? 74 : 92);
    setColumnHidden(ComparisonModel::BarColumn, room < 640);
    setColumnWidth(ComparisonModel::BarColumn, std::clamp(room / 4, 110, 320));
}

QSize ComparisonView::minimumSizeHint() const
{
    return {420, 5 * TreeDelegate::rowHeight(font())};
}

} // namespace sunflop
