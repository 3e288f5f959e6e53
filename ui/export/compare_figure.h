// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pictures of two models side by side, made without a display.

#include "ui/export/figure.h"

namespace sunflop {

/// A model and how it is counted.
struct FigureSide {
    Model model;
    const Convention* convention = nullptr; ///< an entry of conventions()
};

/// The window with its Compare page, or with `options.view` "compare" the page alone: PNG only. Paths are
/// modules of A. Both sides are as in `options.session` if that has two models. Needs a QApplication.
Result<QByteArray> paintComparison(FileFormat format, FigureSide a, FigureSide b,
                                   const FigureOptions& options);

} // namespace sunflop
