// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Hatches in slices of a ring.

#include "ui/hatch.h"
#include "ui/sunburst/sunburst_layout.h"

namespace sunflop {

/// The lines of a hatch in an arc that leaves half of `gap` free on every side, bent along with it: "up" is
/// outwards. None of them leaves the arc, nor enters `label`, the part of it where text stands.
QPainterPath hatchPath(Hatch hatch, const Arc& arc, QPointF centre, double gap, double unit,
                       const Arc& label = {});

} // namespace sunflop
