// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which modules a table shows, and in what order siblings stand: filter, sorting and folding of a cost tree.

#include "core/cost/cost_tree.h"
#include "core/cost/unfolding.h"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace sunflop {

/// Lists of visible children in one flat array. Node ids are those of the cost tree; everything is made in
/// one pass over the nodes, and unfolded runs take no more room than folded ones: equal rows have equal
/// children.
class TreeRows {
public:
    /// Whether the first node comes before the second; a strict weak order.
    using Order = std::function<bool(std::int32_t, std::int32_t)>;

    TreeRows() = default;
    /// All nodes of the tree, in its order.
    explicit TreeRows(const CostTree& tree, Unfolding unfolding = {});
    /// Those of `wanted` (ascending) and all their ancestors.
    TreeRows(const CostTree& tree, std::span<const std::int32_t> wanted, Unfolding unfolding = {});
    /// The same of any tree whose nodes stand behind their parents, by each node's parent; that of the root
    /// is -1.
    explicit TreeRows(std::span<const std::int32_t> parents, Unfolding unfolding = {});
    TreeRows(std::span<const std::int32_t> parents, std::span<const std::int32_t> wanted,
             Unfolding unfolding = {});

    bool isEmpty() const { return m_begin.empty() || !isShown(0); }
    bool isShown(std::int32_t node) const { return m_row[static_cast<std::size_t>(node)] >= 0; }
    const Unfolding& unfolding() const { return m_unfolding; }
    /// Rows of all shown nodes.
    std::int64_t count() const;
    /// Place among its visible siblings; -1 for a node that is not shown.
    int row(Instance row) const;
    /// Rows that each row of a node has below it.
    int childRows(std::int32_t node) const;
    Instance child(Instance parent, int row) const;
    /// Nodes of the rows below each row of a node.
    std::span<const std::int32_t> children(std::int32_t node) const
    {
        const auto i = static_cast<std::size_t>(node);
        return {m_children.data() + m_begin[i], m_begin[i + 1] - m_begin[i]};
    }

    /// Sorts all siblings; equal ones stay as they stand in the tree. Members of a run do so too, unless they
    /// are to stand the other way round.
    void sort(const Order& precedes, bool reversesMembers = false);
    /// Back to the order of the tree.
    void unsort();
    /// Whether all siblings stand in this order.
    bool isSorted(const Order& precedes) const;

private:
    void build(std::span<const std::int32_t> parents, const std::vector<bool>& shown);
    void number();

    Unfolding m_unfolding;
    std::vector<std::uint32_t> m_begin; ///< of each node's children; one more at the end
    std::vector<std::int32_t> m_children;
    std::vector<int> m_row; ///< of each node's first member
    bool m_reversesMembers = false;
};

} // namespace sunflop
