// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/breakdown_model.h"

#include "ui/charts/chart_theme.h"
#include "ui/text.h"

#include <algorithm>
#include <utility>

namespace sunflop {

BreakdownTable breakdownTable(const Run& run, Grouping grouping, const Measure& measure, const Theme& theme)
{
    const bool isForward = measure.id == "macs" || measure.id == "flops";
    const Measure& flops = measureNamed("flops");
    BreakdownTable table{.grouping = grouping,
                         .measure = grouping == Grouping::Operator && !isForward ? &flops : &measure};
    std::vector<Group> groups = breakdown(run.trace, run.costs, *run.convention, grouping);
    const auto figure = [&](const Group& group) { return table.measure->of(group.costs); };
    std::ranges::stable_sort(groups, std::ranges::greater{}, figure);
    for (std::size_t i = 0; i < groups.size(); ++i)
        table.rows.push_back({groupName(groups[i], grouping, text::name(run, 0)),
                              groupColour(groups[i], i, grouping, theme), groups[i].members,
                              figure(groups[i])});
    table.total = table.measure->of(run.costs.root().total);
    return table;
}

void BreakdownModel::setTable(BreakdownTable table)
{
    const bool isSameShape = table.rows.size() == m_table.rows.size() && table.grouping == m_table.grouping;
    if (!isSameShape)
        beginResetModel();
    m_table = std::move(table);
    if (!isSameShape)
        endResetModel();
    else if (!m_table.rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
}

int BreakdownModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_table.rows.size());
}

int BreakdownModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : columns;
}

QString BreakdownModel::text(const BreakdownRow& row, int column) const
{
    switch (column) {
    case Name: return row.name;
    case Members: return text::exact(row.members);
    case Figure: return text::brief(row.figure, *m_table.measure);
    default: return text::share(row.figure, m_table.total);
    }
}

QVariant BreakdownModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columns)
        return {};
    const BreakdownRow& row = m_table.rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole: return text(row, index.column());
    case Qt::ToolTipRole:
        return index.column() == Name ? row.name : text::exactWithUnit(row.figure, *m_table.measure);
    case Qt::DecorationRole: return index.column() == Name ? QVariant(row.colour) : QVariant();
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignVCenter | (index.column() == Name ? Qt::AlignLeft : Qt::AlignRight));
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1, %2, %3")
            .arg(row.name, text::exactWithUnit(row.figure, *m_table.measure),
                 text::share(row.figure, m_table.total));
    default: return {};
    }
}

QVariant BreakdownModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || m_table.measure == nullptr)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant(Qt::AlignVCenter | (section == Name ? Qt::AlignLeft : Qt::AlignRight));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return m_table.grouping == Grouping::Role    ? tr("Role")
               : m_table.grouping == Grouping::Class ? tr("Class")
                                                     : tr("Operator");
    case Members: return m_table.grouping == Grouping::Operator ? tr("Calls") : tr("Modules");
    case Figure: return text::shortTitle(*m_table.measure);
    default: return tr("Share");
    }
}

} // namespace sunflop
