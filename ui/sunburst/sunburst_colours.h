// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the colours of a sunburst mean: fills of slices, and the legend that explains them.

#include "core/run/run.h"
#include "ui/session/lens.h"
#include "ui/sunburst/sunburst_layout.h"

#include <QColor>
#include <QString>

#include <vector>

namespace sunflop {

/// The colour of each child of the model, as Theme::branch() numbers them; empty: in their order.
using BranchColours = std::vector<int>;

/// One fill for each slice.
std::vector<QColor> sliceFills(const Run& run, const SunburstLayout& layout, const Theme& theme, ColourBy by,
                               const BranchColours& branches = {});

/// One hatch for each slice: those of roles, where the fills are.
std::vector<Hatch> sliceHatches(const Run& run, const SunburstLayout& layout, const Theme& theme,
                                ColourBy by);

/// What a legend shows: marks with a name and a share, or a continuous scale between two values.
struct Legend {
    struct Entry {
        QColor fill;
        QString title;
        QString share; ///< of the root; may be empty
        Hatch hatch = Hatch::None;
    };
    std::vector<Entry> entries; ///< largest first
    bool isScale = false;       ///< entries are evenly spaced points of a scale
    QString unit;               ///< behind a scale
};

/// Roles or branches below 0.1 % of `root` are left out.
Legend legendOf(const Run& run, const Measure& measure, const Theme& theme, ColourBy by, std::int32_t root,
                int rings, const BranchColours& branches = {});

} // namespace sunflop
