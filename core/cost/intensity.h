// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How much is computed for each byte that operators read and write.

#include "core/cost/cost_tree.h"
#include "core/model/trace.h"

#include <vector>

namespace sunflop {

/// Bytes of all operands and results of a module's operators at their dtype, over all steps and instances:
/// every operator reads from memory and writes to it, nothing stays in a cache. Of an embedding's table only
/// the rows that are looked up.
struct Traffic {
    Count own;   ///< of the module's own operators
    Count total; ///< with everything below it
};

/// One entry for each module.
std::vector<Traffic> traffic(const Trace& trace, const CostTree& costs);

/// The total of one module alone, found in its subtree only.
Count trafficBelow(const Trace& trace, const CostTree& costs, std::int32_t node);

/// FLOPs per byte; 0 where no byte moves.
double intensity(Count flops, Count bytes);

} // namespace sunflop
