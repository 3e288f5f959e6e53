// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One module's total split into groups, for charts and tables that stack or rank.

#include "core/cost/cost_tree.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// What modules or calls have in common to be one group.
enum class Grouping : std::uint8_t {
    Branch,   ///< the same child of the module
    Role,     ///< the same role
    Class,    ///< the same class name
    Operator, ///< the same operator
};

/// One part of a total.
struct Group {
    std::string name; ///< of a branch its label, empty for the module's own part; else role, class, operator
    std::int32_t node = -1;  ///< of a branch: the child, or the module itself
    Role role = Role::Other; ///< of the first module in the group
    Count members;           ///< modules, or calls for operators, of all instances
    Costs costs;
    bool hasBackward = true; ///< CostTree::hasBackward of the tree that it is of
};

/// The total of `node` in groups: roles in their order, others as they first appear in the model. Groups sum
/// to the node's total under every measure, a tied tensor being part of the group of its first holder below
/// `node`. Operators know only the forward pass, their groups sum to its work alone.
std::vector<Group> breakdown(const Trace& trace, const CostTree& tree, const Convention& convention,
                             Grouping grouping, std::int32_t node = 0);

} // namespace sunflop
