// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/row_text.h"

#include <QStringList>

namespace sunflop {

namespace {

/// Thin spaces are for the screen; elsewhere they are in the way of reading a number.
QString plain(QString cell)
{
    return cell.replace(QChar(0x202F), QLatin1Char(' '));
}

QStringList cellsOf(const CostTreeModel& model, Instance row, const QList<int>& columns)
{
    QStringList cells;
    for (const int column : columns) {
        const QModelIndex index = model.indexOf(row, column);
        cells += plain(index
                           .data(column == CostTreeModel::ModuleColumn ? int(CostTreeModel::PathRole)
                                                                       : int(Qt::DisplayRole))
                           .toString());
    }
    return cells;
}

QString markdownLine(const QStringList& cells)
{
    return QStringLiteral("| ") + cells.join(QStringLiteral(" | ")) + QStringLiteral(" |\n");
}

} // namespace

QString rowAsTabs(const CostTreeModel& model, Instance row, const QList<int>& columns)
{
    return cellsOf(model, row, columns).join(QLatin1Char('\t'));
}

QString rowAsMarkdown(const CostTreeModel& model, Instance row, const QList<int>& columns)
{
    QStringList heads;
    QStringList rules;
    for (const int column : columns) {
        heads += model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        rules += column == CostTreeModel::ModuleColumn ? QStringLiteral(":--") : QStringLiteral("--:");
    }
    QStringList cells = cellsOf(model, row, columns);
    for (qsizetype i = 0; i < cells.size(); ++i)
        if (columns[i] == CostTreeModel::ModuleColumn)
            cells[i] = QLatin1Char('`') + cells[i] + QLatin1Char('`');
    return markdownLine(heads) + markdownLine(rules) + markdownLine(cells);
}

} // namespace sunflop
