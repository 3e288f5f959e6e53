// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view.h"
#include "ui/widgets/table_figure.h"
#include "ui/widgets/tree_view.h"

#include <QCoreApplication>

namespace sunflop::view {

View table()
{
    return {
        .id = "table",
        .place = View::Place::Tree,
        .title = [] { return QCoreApplication::translate("views", "Modules"); },
        .create = [](Session& session, QWidget* parent) -> QWidget* { return new TreeView(session, parent); },
        .paint = paintTable,
        .height = tableHeight};
}

} // namespace sunflop::view
