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
#include <vector>

namespace sunflop {

/// Rows are modules with the figures of all their instances, or, where the session's outline unfolds runs,
/// single instances; an index's internal id is its node and number. Below a module's children stand parts of
/// what it has itself that have some of the lens's measure, as nodes behind those of the cost tree: children
/// and parts add up. The search leaves matches and their ancestors; sorting and search are done here, since
/// proxy models take minutes on huge trees. New figures of the same modules are one dataChanged() of the
/// root: a view that shows more rows repaints itself. Other modules or parts, another search or folding reset
/// the model.
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
        PeakColumn,
        SavedColumn,
        TimeColumn,
        InstancesColumn,
        ParentShareColumn, ///< of the lens's measure, as the next one
        ShareColumn,
    };
    static constexpr int columns = ShareColumn + 1;

    enum DataRole {
        NodeRole = Qt::UserRole,
        FractionRole,  ///< 0..1 in the two share columns: of the parent, of the model
        RepeatRole,    ///< equal siblings that a row stands for
        PathRole,      ///< dotted path, with the numbers of unfolded runs
        ClassRole,     ///< class and shape
        ModuleRole,    ///< int(Role)
        OwnRole,       ///< a part of what a module has itself, no module
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

    /// Invalid for a node that the search hides, or -1, and for a row that there is not.
    QModelIndex indexOf(Instance row, int column = ModuleColumn) const;
    /// Node -1 for an invalid index.
    static Instance instance(const QModelIndex& index);
    static std::int32_t node(const QModelIndex& index) { return instance(index).node; }
    /// The module that a row is, or is a part of; -1 for none.
    std::int32_t moduleOf(std::int32_t node) const { return isOwn(node) ? part(node).module : node; }
    /// What a row is of its module; nothing for the module itself.
    std::optional<OwnKey> ownKey(std::int32_t node) const;
    /// The row of a part of what the module in `row` has itself; that of the module if there is none.
    Instance ownRow(Instance row, const std::optional<OwnKey>& own) const;
    bool isHovered(Instance row) const;
    const TreeRows& rows() const { return m_rows; }
    /// Whether what is below a row shows: as the outline has it, or all that a search found; of very many
    /// unfolded rows only the first members.
    bool isOpen(Instance row) const;
    /// What a row shows of a measure.
    Count value(std::int32_t node, const Measure& measure) const;

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
    /// Indices of the parts in CostTree::own that have a row.
    std::vector<std::int32_t> ownPartsOf(const Run* run) const;
    bool hasSameParts(const Run& run, const std::vector<std::int32_t>& parts) const;
    bool isOwn(std::int32_t node) const;
    const OwnPart& part(std::int32_t node) const;
    std::int32_t copies(std::int32_t node) const;
    QVariant ownFigure(std::int32_t node, int role) const;
    QString ownToolTip(Instance row) const;
    TreeRows::Order orderOf(const Outline::Sorting& sorting) const;
    std::vector<std::int64_t> sortingKeys(int column) const;
    template<typename Rearrange>
    void rearrange(Rearrange rearrange);
    void keepSorted();
    void sortRows();

    const CostNode& costs(std::int32_t node) const; ///< of a part those of its module, as the next one
    const Module& module(std::int32_t node) const;
    std::int64_t instances(std::int32_t node) const;
    bool isMember(std::int32_t node) const;
    Instance outer(Instance row) const;
    QString name(Instance row) const;
    QString path(Instance row) const;
    std::int32_t wholeOf(std::int32_t node, int column) const;
    QString cellText(Instance row, int column) const;
    QString classAndShape(std::int32_t node) const;
    QString toolTip(Instance row, int column) const;
    QString moduleToolTip(Instance row) const;
    QString measureToolTip(Instance row, const Measure& measure) const;
    QString sharingSentence(std::int32_t node, const Measure& measure) const;
    QString accessibleText(Instance row, int column) const;
    QVariant figure(Instance row, int column, int role) const;
    QString headerText(int column) const;

    const Session& m_session;
    std::shared_ptr<const Run> m_run;  ///< the one that the rows were made for; null without a model
    std::vector<std::int32_t> m_parts; ///< by node, less the nodes of the tree
    TreeRows m_rows;
    bool m_opensAllFound = true; ///< what a search leaves is not too much to be open at once
    std::optional<Outline::Sorting> m_sorting;
    mutable QHash<std::int32_t, QString> m_classes; ///< read from regular expressions, so kept
};

} // namespace sunflop
