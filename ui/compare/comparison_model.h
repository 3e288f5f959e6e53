// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The rows of a comparison as tables and screen readers read them.

#include "ui/compare/compare_session.h"
#include "ui/models/tree_rows.h"

#include <QAbstractItemModel>

#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop {

/// An index's internal id is its row of the comparison; behind those stand the parts of what modules have
/// themselves that have some of the lens's measure. The search of A, made in both models, leaves matches
/// and what lies above them. New figures are one dataChanged() of the root: a view that shows more rows
/// repaints itself. Other rows or parts, or another search, reset the model.
class ComparisonModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { ModuleColumn, AColumn, BColumn, DeltaColumn, BarColumn, RatioColumn };
    static constexpr int columns = RatioColumn + 1;

    enum DataRole {
        OtherNameRole = Qt::UserRole, ///< B's name where it is another; empty else
        RepeatRole,                   ///< "× 36 ↔ × 24"; empty for what is there once in both
        ChipRole,                     ///< "only in A"; empty else
        ModuleRole,                   ///< int(Role)
        OwnRole,                      ///< a part of what the modules around it have themselves
        ContainerRole,
        RanRole,       ///< on any side
        MatchRole,     ///< matches the search, or there is none
        PathRole,      ///< of A, else of B
        FractionRole,  ///< difference as a share of the range of all rows, -1..1
        ZeroRole,      ///< where zero is in that range, 0..1
        DirectionRole, ///< 1: B is dearer, -1: cheaper, 0: neither by more than a little
    };

    explicit ComparisonModel(const CompareSession& session, QObject* parent = nullptr);

    /// Invalid for -1 and for a row that the search hides.
    QModelIndex indexOf(std::int32_t row, int column = ModuleColumn) const;
    /// -1 for an invalid index.
    static std::int32_t row(const QModelIndex& index);
    const TreeRows& rows() const { return m_rows; }
    /// The row of the comparison that a row is, or is a part of; -1 for none.
    std::int32_t comparedRow(std::int32_t row) const { return isOwn(row) ? part(row).row : row; }
    /// What a row is of the modules around it; nothing for a row of modules.
    std::optional<OwnKey> ownKey(std::int32_t row) const;
    /// The row of a part of what the modules in `row` have themselves; `row` if there is none.
    std::int32_t ownRow(std::int32_t row, const std::optional<OwnKey>& own) const;
    /// Path of the module or part on one side; empty for none.
    QString path(Side side, std::int32_t row) const;
    bool isSearching() const { return m_session.session(Side::A).finder().isActive(); }

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// A column that is none restores the order of the comparison.
    void sort(int column, Qt::SortOrder order) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// Rows that stand on one side only can be dragged onto one that stands only on the other.
    Qt::DropActions supportedDropActions() const override { return Qt::LinkAction; }
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;

private:
    struct Sorting {
        int column = 0;
        bool isDescending = false;
    };

    void resetRows();
    void searchChanged();
    void figuresChanged();
    void measureChanged();
    TreeRows filteredRows() const;
    template<typename Rearrange>
    void rearrange(Rearrange rearrange);
    TreeRows::Order order() const;
    bool isMatch(std::int32_t row) const;
    /// A part that has a row, and its place in CompareSession::parts().
    struct ShownPart {
        ComparedPart part;
        std::size_t index = 0;
    };
    std::vector<ShownPart> shownParts() const;
    bool hasSameParts(const std::vector<ShownPart>& parts) const;
    bool isOwn(std::int32_t row) const { return row >= 0 && static_cast<std::size_t>(row) >= m_modules; }
    const ComparedPart& part(std::int32_t row) const { return m_parts[partIndex(row)].part; }
    std::size_t partIndex(std::int32_t row) const { return static_cast<std::size_t>(row) - m_modules; }
    /// A row of the comparison, or a part as one without modules.
    ComparedRow compared(std::int32_t row) const;

    const ComparedFigure& figure(std::int32_t row) const;
    const Module* module(Side side, std::int32_t row) const; ///< null for none
    QString name(Side side, std::int32_t row) const;
    QString name(std::int32_t row) const;
    QString repeats(std::int32_t row) const;
    QString chip(std::int32_t row) const;
    QString cellText(std::int32_t row, int column) const;
    QString moduleToolTip(std::int32_t row) const;
    QString figureToolTip(std::int32_t row) const;
    QString accessibleText(std::int32_t row, int column) const;
    QVariant bar(std::int32_t row, int role) const;
    QVariant detail(std::int32_t row, int role) const;
    QString headerText(int column) const;

    const CompareSession& m_session;
    std::size_t m_modules = 0;      ///< rows of the comparison
    std::vector<ShownPart> m_parts; ///< by id, less those
    TreeRows m_rows;
    std::optional<Sorting> m_sorting;
};

} // namespace sunflop
