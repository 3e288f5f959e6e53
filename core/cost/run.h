// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Everything that one run of one model came to, for whoever shows or writes it.

#include "core/cost/cost_tree.h"
#include "core/model/source.h"
#include "core/model/workload.h"

#include <vector>

namespace sunflop {

/// A source, the inputs it was run with, what it computed and what that costs. Nodes of `costs` are modules
/// of `trace`.
struct Run {
    Source source;
    std::vector<Input> inputs; ///< all that the source offers
    Workload workload;
    Trace trace;
    const Convention* convention = nullptr; ///< an entry of conventions(); never null
    CostTree costs;
};

} // namespace sunflop
