// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tree_view.h"

#include "ui/text.h"
#include "ui/widgets/tree_columns.h"
#include "ui/widgets/tree_delegate.h"
#include "ui/widgets/tree_head.h"

#include <QAccessible>
#include <QAction>
#include <QMenu>
#include <QMouseEvent>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QToolTip>

#include <algorithm>

namespace sunflop {

TreeView::TreeView(Session& session, QWidget* parent)
    : QTreeView(parent), m_session(session), m_model(new CostTreeModel(session, this)),
      m_columns(new TreeColumns(*this, *m_model))
{
    setAccessibleName(tr("Modules"));
    setModel(m_model);
    setItemDelegate(new TreeDelegate(session, this));
    setUniformRowHeights(true);
    setIndentation(14);
    setEditTriggers(NoEditTriggers);
    setExpandsOnDoubleClick(false);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(NoFrame);
    setMouseTracking(true);
    configureHead();
    addDepthActions();
    follow();
    rowsReset();
}

void TreeView::configureHead()
{
    auto* head = new TreeHead(m_session, this);
    setHeader(head);
    head->configure();
    head->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(head, &QWidget::customContextMenuRequested, this, [this](const QPoint& point) {
        QMenu menu;
        m_columns->fillMenu(menu);
        menu.exec(header()->mapToGlobal(point));
    });
    connect(head, &QHeaderView::sortIndicatorChanged, this, &TreeView::sortBy);
}

void TreeView::addDepthActions()
{
    for (int depth = 1; depth <= deepest; ++depth) {
        auto* action = new QAction(tr("Expand to depth %1").arg(depth), this);
        action->setShortcut(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + depth));
        connect(action, &QAction::triggered, this, [this, depth] { openTo(depth); });
        addAction(action);
    }
}

void TreeView::follow()
{
    connect(m_model, &QAbstractItemModel::modelReset, this, &TreeView::rowsReset);
    connect(this, &QTreeView::expanded, this, [this](const QModelIndex& index) { noteOpen(index, true); });
    connect(this, &QTreeView::collapsed, this, [this](const QModelIndex& index) { noteOpen(index, false); });
    connect(this, &QTreeView::doubleClicked, this, &TreeView::zoom);
    connect(&m_session.focus(), &Focus::selectedChanged, this, &TreeView::showSelection);
    connect(&m_session.focus(), &Focus::hoveredChanged, this, &TreeView::showHover);
    connect(&m_session, &Session::outlineReplaced, this, [this] {
        const auto sorting = m_session.outline().sorting();
        header()->setSortIndicator(sorting ? sorting->column : -1, sorting && sorting->isDescending
                                                                       ? Qt::DescendingOrder
                                                                       : Qt::AscendingOrder);
        showOutline();
    });
    const Lens& lens = m_session.lens();
    connect(&lens, &Lens::themeChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&lens, &Lens::themeChanged, header()->viewport(), qOverload<>(&QWidget::update));
    connect(&lens, &Lens::measureChanged, m_columns, &TreeColumns::fit);
}

void TreeView::sortBy(int column, Qt::SortOrder order)
{
    std::optional<Outline::Sorting> sorting;
    if (column >= 0)
        sorting = Outline::Sorting{column, order == Qt::DescendingOrder};
    m_session.outline().setSorting(sorting);
    m_model->sort(column, order);
}

void TreeView::rowsReset()
{
    m_hovered = hoveredRow();
    showOutline();
    showSelection(m_session.focus().selected());
}

void TreeView::showOutline()
{
    const QSignalBlocker ownDoing(this);
    scheduleDelayedItemsLayout(); // until then expanding a row only notes it
    const TreeRows& rows = m_model->rows();
    if (rows.isEmpty())
        return;
    const auto nodes = static_cast<std::int32_t>(m_session.run().costs.nodes.size());
    for (std::int32_t node = 0; node < nodes; ++node)
        if (!rows.children(node).empty())
            for (std::int32_t number = 0; number < rows.unfolding().copies(node); ++number)
                setExpanded(m_model->indexOf({node, number}), m_model->isOpen({node, number}));
}

void TreeView::noteOpen(const QModelIndex& index, bool isOpen)
{
    if (!m_session.finder().isActive())
        m_session.outline().setOpen(CostTreeModel::instance(index), isOpen);
}

void TreeView::openTo(int depth)
{
    if (!m_session.hasModel())
        return;
    const bool isAll = m_session.outline().openTo(m_session.run().costs, depth);
    showOutline();
    if (!isAll)
        tellOfLimit();
}

void TreeView::openBelow(Instance row)
{
    const bool isAll = m_session.outline().openBelow(m_session.run().costs, row);
    showOutline();
    if (!isAll)
        tellOfLimit();
}

void TreeView::closeBelow(Instance row)
{
    m_session.outline().closeBelow(m_session.run().costs, row);
    showOutline();
}

void TreeView::tellOfLimit()
{
    QToolTip::showText(
        viewport()->mapToGlobal(QPoint(8, 0)),
        tr("More than %1 rows: what is deeper stays closed. Open it row by row, or fold repeats.")
            .arg(text::exact(Outline::mostOpenRows)),
        viewport());
}

void TreeView::showSelection(std::int32_t node)
{
    const Instance current = CostTreeModel::instance(currentIndex());
    const std::int32_t instance = m_session.focus().selectedInstance();
    if (!m_session.hasModel())
        return;
    const Instance row = m_model->ownRow({node, std::max(0, instance)}, m_session.focus().selectedOwn());
    if (current.node == row.node && instance == Focus::anyInstance)
        return;
    QModelIndex index = m_model->indexOf(row);
    if (!index.isValid()) // an instance of unfolded runs, which are folded now
        index = m_model->indexOf(row.node);
    if (!index.isValid() || CostTreeModel::instance(index) == current)
        return;
    for (QModelIndex above = index.parent(); above.isValid(); above = above.parent())
        expand(above);
    const QScopedValueRollback following(m_isFollowing, true);
    setCurrentIndex(index);
    scrollTo(index);
}

void TreeView::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QTreeView::currentChanged(current, previous);
    if (!m_isFollowing && current.isValid())
        select(current);
}

void TreeView::select(const QModelIndex& index)
{
    const std::int32_t node = CostTreeModel::node(index);
    m_session.focus().select(m_model->moduleOf(node), numberOf(index), m_model->ownKey(node));
}

std::int32_t TreeView::numberOf(const QModelIndex& index) const
{
    const bool folds = m_model->rows().unfolding().foldsRepeats();
    return folds ? Focus::anyInstance : CostTreeModel::instance(index).number;
}

void TreeView::showHover()
{
    if (!m_model->rows().unfolding().foldsRepeats()) { // any of its rows
        viewport()->update();
        return;
    }
    const std::int32_t hovered = hoveredRow();
    for (const std::int32_t row : {m_hovered, hovered}) {
        QRect rect = visualRect(m_model->indexOf(row));
        if (!rect.isValid())
            continue;
        rect.setLeft(0);
        rect.setRight(viewport()->width());
        viewport()->update(rect);
    }
    m_hovered = hovered;
}

std::int32_t TreeView::hoveredRow() const
{
    const Focus& focus = m_session.focus();
    return m_model->ownRow(focus.hovered(), focus.hoveredOwn()).node;
}

void TreeView::zoom(const QModelIndex& index)
{
    if (!index.isValid())
        return;
    if (index.siblingAtColumn(CostTreeModel::ModuleColumn).data(CostTreeModel::ContainerRole).toBool())
        m_session.focus().zoom(CostTreeModel::node(index), numberOf(index));
    else
        select(index);
}

void TreeView::mouseMoveEvent(QMouseEvent* event)
{
    QTreeView::mouseMoveEvent(event);
    const QModelIndex index = indexAt(event->position().toPoint());
    const std::int32_t node = CostTreeModel::node(index);
    m_session.focus().hover(m_model->moduleOf(node), numberOf(index), m_model->ownKey(node));
}

bool TreeView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        m_session.focus().hover(-1);
    return QTreeView::viewportEvent(event);
}

void TreeView::resizeEvent(QResizeEvent* event)
{
    QTreeView::resizeEvent(event);
    m_columns->fit();
}

void TreeView::changeEvent(QEvent* event)
{
    QTreeView::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        m_columns->fit();
}

QSize TreeView::minimumSizeHint() const
{
    return {320, 5 * TreeDelegate::rowHeight(font())};
}

void TreeView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                           const QList<int>& roles)
{
    QTreeView::dataChanged(topLeft, bottomRight, roles);
    viewport()->update(); // the model tells of the root only
    m_columns->fit();
    if (!QAccessible::isActive())
        return;
    const int height = TreeDelegate::rowHeight(font());
    const int first = verticalScrollBar()->value() / height;
    QAccessibleTableModelChangeEvent visible(this, QAccessibleTableModelChangeEvent::DataChanged);
    visible.setFirstRow(first);
    visible.setLastRow(first + viewport()->height() / height);
    visible.setFirstColumn(0);
    visible.setLastColumn(CostTreeModel::columns - 1);
    QAccessible::updateAccessibility(&visible);
}

} // namespace sunflop
