// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tree_columns.h"

#include "ui/widgets/tree_delegate.h"

#include <QHeaderView>
#include <QMenu>
#include <QSettings>
#include <QTreeView>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

constexpr QLatin1String settingsKey("table/columns");

/// Which column gives way first where room is short.
constexpr std::array leastImportantFirst{
    CostTreeModel::InstancesColumn,     CostTreeModel::ParentShareColumn, CostTreeModel::MacsColumn,
    CostTreeModel::BackwardFlopsColumn, CostTreeModel::KvCacheColumn,     CostTreeModel::ActiveParamsColumn,
    CostTreeModel::SavedColumn,         CostTreeModel::WeightsColumn,     CostTreeModel::TimeColumn,
    CostTreeModel::PeakColumn,          CostTreeModel::ParamsColumn,      CostTreeModel::FlopsColumn,
    CostTreeModel::ShareColumn,
};

QList<int> readChoice()
{
    const QStringList ids = QSettings().value(settingsKey).toStringList();
    QList<int> chosen;
    for (int column = 1; column < CostTreeModel::columns; ++column)
        if (ids.contains(CostTreeModel::columnId(column)))
            chosen += column;
    if (chosen.isEmpty())
        chosen = {CostTreeModel::ParamsColumn, CostTreeModel::MacsColumn, CostTreeModel::FlopsColumn,
                  CostTreeModel::ShareColumn};
    return chosen;
}

} // namespace

TreeColumns::TreeColumns(QTreeView& view, const CostTreeModel& model)
    : QObject(&view), m_view(view), m_model(model), m_chosen(readChoice())
{}

int TreeColumns::width(int column) const
{
    if (column == CostTreeModel::ShareColumn)
        return std::clamp(m_view.width() / 5, 104, 170);
    QFont font = m_view.font();
    font.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(font);
    const auto widthOf = [&](const QString& text) { return metrics.horizontalAdvance(text); };
    const Measure* measure = CostTreeModel::measureOf(column);
    const bool isBytes = measure != nullptr && measure->unit == "B";
    const QString total = m_model.indexOf(0, column).data().toString();
    const QString head = m_model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    // A head also needs room for the arrow that tells the order.
    return std::max({widthOf(head) * 12 / 13 + 8,
                     widthOf(isBytes ? QStringLiteral("1023 GiB") : QStringLiteral("88.8 M")),
                     total.startsWith(QChar(0x2265)) ? widthOf(total) : 0}) +
           2 * TreeDelegate::margin;
}

QList<int> TreeColumns::fitting(int room) const
{
    QList<int> columns = m_chosen;
    if (const int active = m_model.activeColumn(); !columns.contains(active))
        columns += active;
    const int name = QFontMetrics(m_view.font()).averageCharWidth() * 26;
    const auto taken = [&] {
        int sum = 0;
        for (const int column : columns)
            sum += width(column);
        return sum;
    };
    for (const int column : leastImportantFirst)
        if (column != m_model.activeColumn() && room - taken() < name)
            columns.removeAll(column);
    std::ranges::sort(columns);
    return columns;
}

void TreeColumns::fit()
{
    const QList<int> columns = fitting(m_view.viewport()->width());
    QHeaderView& head = *m_view.header();
    for (int column = 1; column < CostTreeModel::columns; ++column) {
        const bool isShown = columns.contains(column);
        if (head.isSectionHidden(column) == isShown)
            head.setSectionHidden(column, !isShown);
        if (isShown)
            head.resizeSection(column, width(column));
    }
}

QList<int> TreeColumns::shown() const
{
    QList<int> columns;
    for (int column = 0; column < CostTreeModel::columns; ++column)
        if (!m_view.isColumnHidden(column))
            columns += column;
    return columns;
}

void TreeColumns::choose(int column, bool isWanted)
{
    m_chosen.removeAll(column);
    if (isWanted)
        m_chosen += column;
    QStringList ids;
    for (const int chosen : m_chosen)
        ids += CostTreeModel::columnId(chosen);
    QSettings().setValue(settingsKey, ids);
    fit();
}

void TreeColumns::fillMenu(QMenu& menu)
{
    for (int column = 1; column < CostTreeModel::columns; ++column) {
        QAction* action =
            menu.addAction(m_model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(isChosen(column));
        connect(action, &QAction::toggled, this, [this, column](bool isWanted) { choose(column, isWanted); });
    }
}

} // namespace sunflop
