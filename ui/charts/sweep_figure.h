// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A sweep as a figure of its own, without a session.

#include "ui/charts/sweep_chart.h"
#include "ui/export/figure_page.h"

#include <memory>

namespace sunflop {

/// One model in parts, or two as lines; named by their sources.
Figure sweepFigure(const std::shared_ptr<const SweepAnswer>& answer);

} // namespace sunflop
