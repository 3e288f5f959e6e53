// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bytes and seconds of a run joined to the costs of its modules, so that every view can show them.

#include "core/cost/cost_tree.h"
#include "core/memory/footprint.h"
#include "core/quantisation/quantisation.h"
#include "core/timing/timing.h"

namespace sunflop {

/// Replaces weightBytes, which cost() takes from dtypes, by what a method stores.
void addWeights(CostTree& costs, const QuantisedWeights& weights);

/// Fills in peakBytes and savedBytes. Every kind of bytes that one device holds at the peak is spread over
/// modules in proportion to what a footprint knows of each: exact in an inference on one device, elsewhere
/// shards and gradients are evenly cut. The model's own part is what belongs to no module, as workspace.
void addMemory(CostTree& costs, const Footprint& memory);

/// Fills in nanoseconds; the rest of what the model has itself is the optimizer's.
void addTimes(CostTree& costs, const Trace& trace, const Timing& timing);

} // namespace sunflop
