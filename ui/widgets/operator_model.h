// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The operators of one module as a table: what was called, on which shapes, and what it cost.

#include "core/run/run.h"

#include <QAbstractTableModel>

#include <memory>
#include <string_view>
#include <vector>

namespace sunflop {

/// Equal calls by one instance of a module; or all calls of one operator by the modules below it.
struct OperatorRow {
    const Op* op = nullptr; ///< into the run; null for calls from below
    std::string_view name;  ///< of the operator
    Count calls;
    Work work; ///< all calls and steps
    bool isCounted = true;
};

/// Rows of one instance of `node`: its own calls in order, then those from below by operator, the costliest
/// first.
std::vector<OperatorRow> operatorRows(const Run& run, std::int32_t node);

class OperatorModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Shapes, Type, Phase, Macs, Flops, columns };

    using QAbstractTableModel::QAbstractTableModel;

    void show(std::shared_ptr<const Run> run, std::int32_t node);
    const std::vector<OperatorRow>& rows() const { return m_rows; }
    /// Whether a column tells rows apart: types and phases may all be equal, products absent.
    bool isTelling(Column column) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString text(const OperatorRow& row, int column) const;
    QString toolTip(const OperatorRow& row) const;

    std::shared_ptr<const Run> m_run;
    std::vector<OperatorRow> m_rows;
};

/// "[1, 147, 2048] × [11008, 2048] → [1, 147, 11008]"
QString shapesText(const Op& op);

} // namespace sunflop
