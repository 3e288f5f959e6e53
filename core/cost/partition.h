// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Ring geometry of a cost tree in turns and depth, without pixels.

#include "core/cost/cost_tree.h"
#include "core/cost/measure.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sunflop {

/// One stretch of one ring. Inside it, a ring further out, lie the slices whose `parent` it is.
struct Slice {
    enum class Kind : std::uint8_t {
        Module, ///< a module with all below it
        Own,    ///< what a module with children computes or holds itself
        Rest,   ///< children of one module that are too thin to be seen
    } kind = Kind::Module;
    std::int32_t node = 0;      ///< Own and Rest: the module they belong to
    std::int32_t last = 0;      ///< end of a merged chain that starts at `node`; without one, `node`
    std::int32_t parent = -1;   ///< index of a slice; -1: in the innermost ring
    std::int32_t ring = 0;      ///< 0 is the innermost
    std::int64_t instance = -1; ///< which member of an unfolded run; -1: not one
    std::int64_t copies = 1;    ///< equal slices that share the node's total: members of unfolded runs
    double startTurns = 0;      ///< clockwise from 12 o'clock
    double spanTurns = 0;
    std::int32_t firstGathered = 0; ///< Rest: range in Partition::gathered
    std::int32_t gathered = 0;
};

struct PartitionOptions {
    std::int32_t root = 0; ///< in the middle, without a slice of its own
    /// Narrower slices are gathered, one value for each ring; there are no more rings than values.
    std::vector<double> smallestSpans;
    bool foldsRepeats = true; ///< a run of equal siblings is one slice
    bool mergesChains = true; ///< a container and the one child that is all of it are one slice
};

/// Slices in pre-order. Angles are shares of CostNode::total; where tied parameters make children come to
/// more than their parent, they are scaled to fit it.
struct Partition {
    std::vector<Slice> slices;
    std::vector<std::int32_t> gathered; ///< modules of all Rest slices
    int rings = 0;                      ///< 0: the root has none of this measure

    std::span<const std::int32_t> gatheredIn(const Slice& slice) const;
};

/// Divides the circle. Visits the children of visible slices only. A run whose members would be too thin
/// stays folded.
Partition partition(const CostTree& costs, const Measure& measure, const PartitionOptions& options);

/// The child that a chain continues with: it has 98.5 % of a module that is no run, is no run itself, and has
/// children. -1: none.
std::int32_t chainChild(const CostTree& costs, const Measure& measure, std::int32_t node);

/// What a module's own parameters and calls come to over all instances.
Count ownTotal(const CostNode& node, const Measure& measure);

} // namespace sunflop
