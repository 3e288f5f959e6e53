// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Cost trees written as rows.

#include "core/cost/cost_tree.h"

#include <cstdint>
#include <vector>

namespace sunflop::test {

/// A line of a tree in pre-order: how deep, what it holds itself, how many equal siblings it stands for.
struct Row {
    int depth = 0;
    std::int64_t params = 0;
    std::int64_t repeat = 1;
};

/// Rows that follow a shallower one are its children.
inline CostTree treeOf(const std::vector<Row>& rows)
{
    CostTree tree;
    std::vector<std::int32_t> open;
    for (const Row& row : rows) {
        const auto id = static_cast<std::int32_t>(tree.nodes.size());
        open.resize(static_cast<std::size_t>(row.depth));
        CostNode node{.parent = open.empty() ? -1 : open.back(), .end = id + 1, .repeat = row.repeat};
        Count instances = row.repeat;
        if (node.parent >= 0)
            instances *= tree.nodes[static_cast<std::size_t>(node.parent)].instances;
        node.instances = instances.value();
        node.self.params = node.each.params = row.params;
        for (const std::int32_t ancestor : open)
            tree.nodes[static_cast<std::size_t>(ancestor)].end = id + 1;
        tree.nodes.push_back(node);
        open.push_back(id);
    }
    for (auto node = tree.nodes.rbegin(); node != tree.nodes.rend(); ++node) {
        node->total.params = node->each.params * node->instances;
        if (node->parent >= 0)
            tree.nodes[static_cast<std::size_t>(node->parent)].each.params +=
                node->each.params * node->repeat;
    }
    return tree;
}

} // namespace sunflop::test
