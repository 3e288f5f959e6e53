// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/table_figure.h"

#include "ui/models/cost_tree_model.h"
#include "ui/widgets/booktabs.h"

#include <QPainter>

#include <vector>

namespace sunflop {

namespace {

struct Row {
    Instance shown;
    int depth = 0;
};

/// Open rows from the root down.
void collect(const CostTreeModel& model, Row row, std::vector<Row>& rows)
{
    rows.push_back(row);
    if (model.isOpen(row.shown))
        for (int child = 0; child < model.rows().childRows(row.shown.node); ++child)
            collect(model, {model.rows().child(row.shown, child), row.depth + 1}, rows);
}

/// Names, the costs that papers quote with the one that is shown, and its share.
QList<int> columnsOf(const CostTreeModel& model)
{
    QList<int> columns{CostTreeModel::ModuleColumn, CostTreeModel::ParamsColumn, CostTreeModel::MacsColumn,
                       CostTreeModel::FlopsColumn, CostTreeModel::ShareColumn};
    if (!columns.contains(model.activeColumn()))
        columns.insert(columns.size() - 1, model.activeColumn());
    return columns;
}

QString nameOf(const CostTreeModel& model, Instance row)
{
    const QModelIndex index = model.indexOf(row);
    const qlonglong repeat = index.data(CostTreeModel::RepeatRole).toLongLong();
    return repeat > 1 ? index.data().toString() + QStringLiteral("  ×") + QString::number(repeat)
                      : index.data().toString();
}

Booktabs tableOf(const Session& session)
{
    const CostTreeModel model(session);
    const QList<int> columns = columnsOf(model);
    Booktabs table;
    for (const int column : columns)
        table.heads << model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    for (const int column :
         {CostTreeModel::MacsColumn, CostTreeModel::ParamsColumn, CostTreeModel::FlopsColumn})
        if (column != model.activeColumn())
            table.dispensable << static_cast<int>(columns.indexOf(column));
    std::vector<Row> rows;
    if (!model.rows().isEmpty())
        collect(model, {0, 0}, rows);
    for (const Row& row : rows) {
        Booktabs::Line line{.cells = {nameOf(model, row.shown)},
                            .depth = row.depth,
                            .isQuiet = model.indexOf(row.shown).data(CostTreeModel::OwnRole).toBool()};
        for (const int column : columns.mid(1))
            line.cells << model.indexOf(row.shown, column).data().toString();
        table.lines.push_back(std::move(line));
    }
    return table;
}

} // namespace

double tableHeight(const Session& session, const QFont& font, double)
{
    return booktabsHeight(tableOf(session), font);
}

void paintTable(const Session& session, QPainter& painter, const QRectF& area)
{
    paintBooktabs(tableOf(session), session.lens().theme(), painter, area);
}

} // namespace sunflop
