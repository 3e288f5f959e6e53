// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Figures of two models side by side, and files with them, made without a display.

#include "ui/compare/comparison_table.h"
#include "ui/export/figure.h"
#include "ui/export/figure_page.h"

#include <functional>
#include <vector>

namespace sunflop {

/// Two sunbursts over the table of the rows that `rows` tells when it is asked. Requires rows.
Figure comparisonFigure(const CompareSession& session, const std::function<std::vector<ShownRow>()>& rows);
/// Both models as two lines over one input. Requires rows.
Figure sweepOfBoth(const CompareSession& session);

/// A model and how it is counted.
struct FigureSide {
    Model model;
    const Convention* convention = nullptr; ///< an entry of conventions()
};

/// Ids of what can be painted of two models: "window", "compare", "sweep".
std::vector<std::string> comparisonViews();

/// The file's bytes. The window, with its Compare page in front, is a PNG only. Paths are modules of A, those
/// of rows that show their children also of B. Both sides are as in `options.session` if that has two models.
/// Needs a QApplication.
Result<QByteArray> paintComparison(FileFormat format, FigureSide a, FigureSide b,
                                   const FigureOptions& options);

} // namespace sunflop
