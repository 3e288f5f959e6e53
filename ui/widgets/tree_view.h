// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The module table of the window: a tree that follows the session's selection, hover, search and figures.

#include "ui/models/cost_tree_model.h"
#include "ui/session/session.h"

#include <QTreeView>

class QMenu;

namespace sunflop {

class TreeColumns;

/// Which rows are open is the session's Outline; a search shows all it found open and leaves that alone.
class TreeView : public QTreeView {
    Q_OBJECT
public:
    explicit TreeView(Session& session, QWidget* parent = nullptr);

    const CostTreeModel& costs() const { return *m_model; }
    static constexpr int deepest = 9;
    /// Shows rows down to `depth` 1 .. deepest; 1 is the root and its children.
    void openTo(int depth);
    void openBelow(Instance row);
    void closeBelow(Instance row);
    /// A row as text; of the columns that are shown.
    QString rowText(Instance row) const;
    QString rowMarkdown(Instance row) const;

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
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void follow();
    void addDepthActions();
    void configureHead();
    void sortBy(int column, Qt::SortOrder order);
    void rowsReset();
    void showOutline();
    void showSelection(std::int32_t node);
    void showHover();
    /// The row under the mouse, here or in another view; -1: none.
    std::int32_t hoveredRow() const;
    void select(const QModelIndex& index);
    /// Which instance the focus is told of.
    std::int32_t numberOf(const QModelIndex& index) const;
    void tellOfLimit();
    void noteOpen(const QModelIndex& index, bool isOpen);
    void zoom(const QModelIndex& index);
    void fillRowMenu(QMenu& menu, Instance row);

    Session& m_session;
    CostTreeModel* m_model;
    TreeColumns* m_columns;
    std::int32_t m_hovered = -1;
    bool m_isFollowing = false; ///< what happens to the current row is not the user's doing
};

} // namespace sunflop
