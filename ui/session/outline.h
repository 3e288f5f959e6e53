// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How the user unfolded the module tree: what the table on the screen and the one on paper both show.

#include "core/cost/cost_tree.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop {

/// Which nodes show their children, by node id, so that it outlives filters, sorting and new figures. An open
/// node below a closed one stays open.
class Outline {
public:
    /// By which column of the table siblings stand; none is the order of the model.
    struct Sorting {
        int column = 0;
        bool isDescending = false;
    };

    bool isOpen(std::int32_t node) const;
    void setOpen(std::int32_t node, bool isOpen);
    /// Opens what lies above `depth` and closes the rest; the root has depth 0.
    void openTo(const CostTree& tree, int depth);
    void openBelow(const CostTree& tree, std::int32_t node); ///< the node itself included
    void closeBelow(const CostTree& tree, std::int32_t node);
    /// Opens all ancestors of a node.
    void reveal(const CostTree& tree, std::int32_t node);
    /// What a new model shows first: the path of most cost, and its neighbours as far as they fit a page.
    void openCostliest(const CostTree& tree);

    const std::optional<Sorting>& sorting() const { return m_sorting; }
    void setSorting(std::optional<Sorting> sorting) { m_sorting = sorting; }

    /// Another tree: node n is now node newIds[n], or gone (-1).
    void remap(const std::vector<std::int32_t>& newIds);

private:
    std::vector<bool> m_isOpen; ///< nodes beyond the end are closed
    std::optional<Sorting> m_sorting;
};

} // namespace sunflop
