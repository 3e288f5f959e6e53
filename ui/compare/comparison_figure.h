// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Two models side by side as a figure for papers: two sunbursts over one table.

#include "ui/compare/comparison_table.h"

#include <vector>

class QFont;
class QPainter;
class QRectF;

namespace sunflop {

/// Paints it in the painter's font, with colours and parts of A's lens; requires rows. Areas that are wide
/// and low have the table at the right.
void paintComparisonFigure(const CompareSession& session, const std::vector<ShownRow>& rows,
                           QPainter& painter, const QRectF& area);
/// The height at which circles fill their half of the width and every row has its line.
double comparisonFigureHeight(const CompareSession& session, const std::vector<ShownRow>& rows,
                              const QFont& font, double width);

} // namespace sunflop
