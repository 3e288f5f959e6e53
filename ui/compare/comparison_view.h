// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The aligned tree of the Compare page.

#include "ui/compare/comparison_model.h"
#include "ui/compare/comparison_table.h"

#include <QSet>
#include <QTreeView>

class QMenu;

namespace sunflop {

/// Follows the focus on rows. What is open is remembered by path, so that it outlives other rows; a search
/// shows all it found open. A row of one model dragged on a row of the other one pairs the two.
class ComparisonView : public QTreeView {
    Q_OBJECT
public:
    explicit ComparisonView(CompareSession& session, QWidget* parent = nullptr);

    const ComparisonModel& comparison() const { return *m_model; }
    /// Opens rows down to `depth`, 1 being the root and its children; closes the rest.
    void openTo(int depth);
    /// Every row that can be scrolled to, from the top.
    std::vector<ShownRow> shownRows() const;
    /// The menu of a row; it deletes itself when it closes.
    QMenu* menuFor(std::int32_t row);

    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                     const QList<int>& roles = {}) override;
    QSize minimumSizeHint() const override;

protected:
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option,
                 const QModelIndex& index) const override;
    void drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void configureHead();
    void follow();
    void rowsReset();
    void openCostliest();
    void noteOpen(const QModelIndex& index, bool isOpen);
    void showSelection(std::int32_t row);
    void showHover();
    /// The row under the mouse, here or in another view; -1: none.
    std::int32_t hoveredRow() const;
    void select(std::int32_t row);
    void hover(std::int32_t row);
    void zoom(const QModelIndex& index);
    void openBelow(std::int32_t row);
    void fitColumns();
    QString rowText(std::int32_t row) const;
    void fillPairMenu(QMenu& menu, std::int32_t row);
    QString pathOf(std::int32_t row) const;

    CompareSession& m_session;
    ComparisonModel* m_model;
    QSet<QString> m_open; ///< paths of open rows
    std::int32_t m_hovered = -1;
    bool m_isFollowing = false; ///< what happens to the current row is not the user's doing
    QString m_models;           ///< that the open rows are of
};

} // namespace sunflop
