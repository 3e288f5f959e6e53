// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which columns the module table shows, and how wide.

#include "ui/models/cost_tree_model.h"

#include <QList>
#include <QObject>

class QMenu;
class QTreeView;

namespace sunflop {

/// The name takes what the figures leave. The user's choice is kept in the settings; the lens's measure is
/// always among the shown ones, and where room is short the least important columns give way.
class TreeColumns : public QObject {
    Q_OBJECT
public:
    TreeColumns(QTreeView& view, const CostTreeModel& model);

    /// Fits the columns into the view's present width.
    void fit();
    /// Shown columns, from left to right.
    QList<int> shown() const;
    bool isChosen(int column) const { return m_chosen.contains(column); }
    void choose(int column, bool isWanted);
    /// What a right click on the head opens.
    void fillMenu(QMenu& menu);

private:
    int width(int column) const;
    QList<int> fitting(int room) const;

    QTreeView& m_view;
    const CostTreeModel& m_model;
    QList<int> m_chosen;
};

} // namespace sunflop
