// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/table_text.h"

#include "ui/models/cost_tree_model.h"

namespace sunflop {

namespace {

/// Open rows from the root down.
void collect(const CostTreeModel& model, Instance row, const QList<int>& columns, QList<QStringList>& cells)
{
    QStringList line{model.indexOf(row).data(CostTreeModel::PathRole).toString()};
    for (const int column : columns)
        line += model.indexOf(row, column).data().toString();
    cells += line;
    if (model.isOpen(row))
        for (int child = 0; child < model.rows().childRows(row.node); ++child)
            collect(model, model.rows().child(row, child), columns, cells);
}

} // namespace

QList<QStringList> tableCells(const Session& session)
{
    const CostTreeModel model(session);
    QList<int> columns{CostTreeModel::ParamsColumn, CostTreeModel::MacsColumn, CostTreeModel::FlopsColumn};
    if (!columns.contains(model.activeColumn()))
        columns += model.activeColumn();
    columns += CostTreeModel::ShareColumn;
    const auto head = [&model](int column) {
        return model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    };
    QStringList heads{head(CostTreeModel::ModuleColumn)};
    for (const int column : columns)
        heads += head(column);
    QList<QStringList> cells{heads};
    if (!model.rows().isEmpty())
        collect(model, 0, columns, cells);
    return cells;
}

QString asTabs(const QList<QStringList>& cells)
{
    QString text;
    for (const QStringList& line : cells)
        text += line.join(QLatin1Char('\t')) + QLatin1Char('\n');
    return text;
}

QString asMarkdown(const QList<QStringList>& cells)
{
    QString text;
    for (const QStringList& line : cells) {
        text += QStringLiteral("| ") + line.join(QStringLiteral(" | ")) + QStringLiteral(" |\n");
        if (&line == &cells.front())
            text += QStringLiteral("|:--") + QStringLiteral("|--:").repeated(line.size() - 1) +
                    QStringLiteral("|\n");
    }
    return text;
}

QString asHtml(const QList<QStringList>& cells)
{
    QString text = QStringLiteral("<table>\n");
    for (const QStringList& line : cells) {
        const QString tag = &line == &cells.front() ? QStringLiteral("th") : QStringLiteral("td");
        text += QStringLiteral("<tr>");
        for (const QString& cell : line)
            text += QLatin1Char('<') + tag + QLatin1Char('>') + cell.toHtmlEscaped() + QStringLiteral("</") +
                    tag + QLatin1Char('>');
        text += QStringLiteral("</tr>\n");
    }
    return text + QStringLiteral("</table>\n");
}

} // namespace sunflop
