// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The module tree with its figures, as tables and screen readers read it.

#include "ui/models/tree_rows.h"
#include "ui/session/session.h"

#include <QAbstractItemModel>
#include <QHash>

#include <cstdint>
#include <memory>
#include <optional>

namespace sunflop {

/// Rows are modules; an index's internal id is its node. Figures are totals over all instances. The search
/// leaves matches and their ancestors; sorting and search are done here, since proxy models take minutes on
/// huge trees. New figures of the same modules are one dataChanged() of the root: a view that shows more rows
/// repaints itself. Other modules, or another search, reset the model.
class CostTreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column {
        ModuleColumn,
        ParamsColumn,
        ActiveParamsColumn,
        MacsColumn,
        FlopsColumn,
        BackwardFlopsColumn,
        WeightsColumn,
        KvCacheColumn,
        InstancesColumn,
        ParentShareColumn, ///< of the lens's measure, as the next one
        ShareColumn,
    };
    static constexpr int columns = ShareColumn + 1;

    enum DataRole {
        NodeRole = Qt::UserRole,
        FractionRole,  ///< 0..1 in the two share columns: of the parent, of the model
        RepeatRole,    ///< equal siblings that a row stands for
        PathRole,      ///< dotted path
        ClassRole,     ///< class and shape
        ModuleRole,    ///< int(Role)
        ContainerRole, ///< whether it has children in the model, shown or not
        RanRole,       ///< called at least once in this run
        MatchRole,     ///< matches the search, or there is none
    };

    explicit CostTreeModel(const Session& session, QObject* parent = nullptr);

    /// Stable name of a column, for settings.
    static QLatin1String columnId(int column);
    /// The measure whose totals a column shows; null for the others.
    static const Measure* measureOf(int column);
    /// The column of the lens's measure.
    int activeColumn() const;

    /// Invalid for a node that the search hides, or -1.
    QModelIndex indexOf(std::int32_t node, int column = ModuleColumn) const;
    /// -1 for an invalid index.
    static std::int32_t node(const QModelIndex& index);
    const TreeRows& rows() const { return m_rows; }

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// A column that is none restores the order of the model.
    void sort(int column, Qt::SortOrder order) override;

private:
    void resetRows();
    void searchChanged();
    void figuresChanged();
    void measureChanged();
    TreeRows filteredRows() const;
    TreeRows::Order orderOf(const Outline::Sorting& sorting) const;
    std::vector<std::int64_t> sortingKeys(int column) const;
    template<typename Rearrange>
    void rearrange(Rearrange rearrange);
    void keepSorted();

    const CostNode& costs(std::int32_t node) const;
    const Module& module(std::int32_t node) const;
    Count value(std::int32_t node, const Measure& measure) const;
    std::int32_t wholeOf(std::int32_t node, int column) const;
    QString cellText(std::int32_t node, int column) const;
    QString classAndShape(std::int32_t node) const;
    QString toolTip(std::int32_t node, int column) const;
    QString moduleToolTip(std::int32_t node) const;
    QString measureToolTip(std::int32_t node, const Measure& measure) const;
    QString accessibleText(std::int32_t node, int column) const;
    QVariant figure(std::int32_t node, int column, int role) const;
    QString headerText(int column) const;

    const Session& m_session;
    std::shared_ptr<const Run> m_run; ///< the one that the rows were made for; null without a model
    TreeRows m_rows;
    std::optional<Outline::Sorting> m_sorting;
    mutable QHash<std::int32_t, QString> m_classes; ///< read from regular expressions, so kept
};

} // namespace sunflop
