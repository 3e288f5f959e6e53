// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Rows of the module table as text for other programs.

#include "ui/models/cost_tree_model.h"

#include <QList>
#include <QString>

namespace sunflop {

/// One row as it stands in `columns`, the full path in place of the name, cells separated by tabs.
QString rowAsTabs(const CostTreeModel& model, Instance row, const QList<int>& columns);
/// The same as a Markdown table with a head.
QString rowAsMarkdown(const CostTreeModel& model, Instance row, const QList<int>& columns);

} // namespace sunflop
