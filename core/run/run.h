// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Everything that one run of one model came to, for whoever shows or writes it.

#include "core/cost/cost_tree.h"
#include "core/memory/footprint.h"
#include "core/model/source.h"
#include "core/model/workload.h"
#include "core/timing/timing.h"

#include <vector>

namespace sunflop {

/// A source, the inputs it was run with, what it computed and what that costs. Nodes of `costs` and modules
/// of `memory` and `timing` are modules of `trace`.
struct Run {
    Source source;
    std::vector<Input> inputs; ///< all that the source offers
    Workload workload;
    Trace trace;
    const Convention* convention = nullptr; ///< an entry of conventions(); never null
    CostTree costs;                         ///< with bytes and nanoseconds on the device
    Footprint memory;
    const Device* device = nullptr; ///< an entry of devices(); never null
    Timing timing;                  ///< all of it on one device, also where several share the work
};

/// The knobs that every run has besides those of its model: training, devices, storage.
std::vector<Input> runInputs();

/// Adds them to a model's own, less those whose ids are taken: the names of quantisation methods become
/// choices of its weights.
std::vector<Input> withRunInputs(std::vector<Input> model);

/// The device of a workload.
const Device& deviceOf(const Workload& workload);

/// What the workload's device holds, its own workspace included.
Footprint memoryOf(const Trace& trace, const Workload& workload);

/// Times a trace on the workload's device.
Timing timingOf(const Trace& trace, const Workload& workload);

/// Counts a trace in every respect.
Run counted(Source source, std::vector<Input> inputs, Workload workload, Trace trace,
            const Convention& convention);

} // namespace sunflop
