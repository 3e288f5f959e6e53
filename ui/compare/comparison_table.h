// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A comparison as a table for figures and for other programs. All of it requires rows.

#include "ui/compare/compare_session.h"
#include "ui/widgets/booktabs.h"

#include <string>
#include <vector>

namespace sunflop {

/// A row of a ComparisonModel by the lens's measure, and by how much its name is indented.
struct ShownRow {
    std::int32_t row = 0;
    int depth = 0;
};

/// Rows down to `depth`, 0 being the model.
std::vector<ShownRow> rowsTo(const CompareSession& session, int depth);
/// The model, its children, and those of every shown row at one of these paths of A or B. Errors name a path
/// that neither has.
Result<std::vector<ShownRow>> rowsBelow(const CompareSession& session, const std::vector<std::string>& paths);

/// The totals of both models, then the rows by the lens's measure: A, B, B - A, B / A. Rows that the search
/// hides are left out.
Booktabs comparisonTable(const CompareSession& session, const std::vector<ShownRow>& rows);
/// The same as text, with the paths of both sides; heads first.
QList<QStringList> comparisonCells(const CompareSession& session, const std::vector<ShownRow>& rows);

} // namespace sunflop
