// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The module table of a session, as tests of the model and of the view look at it.

#include "ui/session/session.h"
#include "ui/widgets/tree_view.h"

#include <QStringList>
#include <QtTest>

#include <cstdint>
#include <string_view>

namespace sunflop::test {

/// Shows a bundled model or a path.
inline void open(Session& session, const char* name)
{
    const auto shown = session.show(*openModel(QString::fromLatin1(name)));
    QVERIFY(shown.has_value());
}

/// The module at a path that is there.
inline std::int32_t nodeAt(const Session& session, std::string_view path)
{
    const Trace& trace = session.run().trace;
    for (std::int32_t node = 0; node < static_cast<std::int32_t>(trace.modules.size()); ++node)
        if (trace.path(node) == path)
            return node;
    qFatal("no module at this path");
}

/// Names of the rows below a node, as shown.
inline QStringList childNames(const CostTreeModel& model, std::int32_t node)
{
    QStringList names;
    const QModelIndex parent = model.indexOf(node);
    for (int row = 0; row < model.rowCount(parent); ++row)
        names += model.index(row, 0, parent).data().toString();
    return names;
}

/// Visits every index; nothing lies beyond the last one in any direction.
inline int checkedRows(const CostTreeModel& model, const QModelIndex& parent)
{
    const int rows = model.rowCount(parent);
    int sum = rows;
    for (int row = 0; row < rows; ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        if (model.parent(index) != parent || model.index(row, CostTreeModel::columns, parent).isValid() ||
            model.rowCount(model.index(row, 1, parent)) != 0)
            qFatal("an index is not where it says");
        sum += checkedRows(model, index);
    }
    if (model.index(rows, 0, parent).isValid() || model.index(-1, 0, parent).isValid() ||
        model.index(0, -1, parent).isValid())
        qFatal("an index beyond the end is valid");
    return sum;
}

/// A table of a bundled model on the screen.
struct Shown {
    explicit Shown(const char* name)
    {
        open(session, name);
        view.resize(700, 760); // all rows that are open at first
        view.show();
        view.activateWindow();
        const bool isThere = QTest::qWaitForWindowExposed(&view);
        Q_ASSERT(isThere);
    }

    QModelIndex row(std::string_view path) const { return view.costs().indexOf(nodeAt(session, path)); }
    bool isOpen(std::string_view path) const { return view.isExpanded(row(path)); }
    bool isOnScreen(std::string_view path) const
    {
        return view.viewport()->rect().contains(view.visualRect(row(path)).center());
    }
    void search(const char* text) { session.finder().search(QString::fromLatin1(text), &session.run()); }

    Session session;
    TreeView view{session};
};

} // namespace sunflop::test
