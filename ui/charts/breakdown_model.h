// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The groups of a total as a table, the costliest first.

#include "core/cost/breakdown.h"
#include "core/cost/measure.h"
#include "core/run/run.h"
#include "ui/theme.h"

#include <QAbstractTableModel>
#include <QColor>
#include <QString>

#include <vector>

namespace sunflop {

/// One group as it is shown. Groups without a figure keep their place at the end.
struct BreakdownRow {
    QString name;
    QColor colour;
    Count members;
    Count figure;
};

/// Ranked groups and what they are measured in.
struct BreakdownTable {
    Grouping grouping = Grouping::Role;
    const Measure* measure = nullptr;
    std::vector<BreakdownRow> rows;
    Count total;
};

/// Operators are measured in the forward FLOPs wherever `measure` is nothing they have.
BreakdownTable breakdownTable(const Run& run, Grouping grouping, const Measure& measure, const Theme& theme);

/// Columns: name with its colour, modules or calls, figure, share.
class BreakdownModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Members, Figure, Share, columns };

    using QAbstractTableModel::QAbstractTableModel;

    const BreakdownTable& table() const { return m_table; }
    void setTable(BreakdownTable table);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString text(const BreakdownRow& row, int column) const;

    BreakdownTable m_table;
};

} // namespace sunflop
