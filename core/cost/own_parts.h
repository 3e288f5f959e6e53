// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Parts of what modules with children compute or hold themselves, for tables that are to add up.

#include "core/cost/cost_tree.h"
#include "core/cost/measure.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Calls of an operator by a module itself, over all steps of a phase.
struct OwnCall {
    std::int32_t module = 0;
    std::string_view name;
    Count calls; ///< of all instances
    bool isCounted = true;
    Work forward; ///< of one instance, as the next one
    Work backward;
};

bool hasChildren(const CostTree& tree, std::int32_t node);

/// Fills in CostTree::own. Requires the totals of all nodes and the calls of modules with children, in their
/// order.
void addOwnParts(const Trace& trace, std::vector<OwnCall> calls, CostTree& tree);

/// Shares a figure of which each node has `own` beside its children: see apportion().
void shareOwn(CostTree& tree, Count Costs::*figure, const std::vector<Count>& own);

/// Own parts of a module that are worth a row: those that have some of any of the measures. In their order.
std::vector<const OwnPart*> ownRows(const CostTree& tree, std::int32_t node,
                                    std::span<const Measure* const> shown);
/// The same of all measures that the tree knows.
std::vector<const OwnPart*> ownRows(const CostTree& tree, std::int32_t node);

/// The one that has most of a measure, of equal ones the first; null where none has any.
const OwnPart* largestOwn(const CostTree& tree, std::int32_t node, const Measure& measure);

/// Null if the module has no such part.
const OwnPart* ownAt(const CostTree& tree, std::int32_t node, const OwnKey& key);

/// What stands between the path of a module and the name of one of its own parts; never in a module's path.
inline constexpr std::string_view ownMark = "::";

/// "model.layers.0-35.self_attn::scaled_dot_product_attention".
std::string ownPath(const Trace& trace, const OwnPart& part);

/// Such a path, taken apart; of a module's path the name is empty.
struct SplitPath {
    std::string_view module;
    std::string_view own;
};
SplitPath splitPath(std::string_view path);

/// The first part of this name; null if the module has none.
const OwnPart* ownNamed(const CostTree& tree, std::int32_t node, std::string_view name);

} // namespace sunflop
