// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How the user unfolded the module tree: what the table on the screen and the one on paper both show.

#include "core/cost/cost_tree.h"
#include "core/cost/unfolding.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop {

/// Which runs are unfolded and which rows show their children, by row, so that it outlives filters, sorting
/// and new figures. An open row below a closed one stays open.
class Outline {
public:
    /// By which column of the table siblings stand; none is the order of the model.
    struct Sorting {
        int column = 0;
        bool isDescending = false;
    };

    /// Rows of unfolded runs that one command opens at most; what is deeper stays closed.
    static constexpr std::int64_t mostOpenRows = 200'000;

    const Unfolding& unfolding() const { return m_unfolding; }
    /// The same tree with its runs folded or unfolded: a module that was open is open in its first row, and
    /// folded again if any of its rows was.
    void setUnfolding(Unfolding unfolding);

    bool isOpen(Instance row) const;
    void setOpen(Instance row, bool isOpen);
    /// Opens what lies above `depth` and closes the rest; the root has depth 0. False: unfolded rows are too
    /// many for it, and what is deep is closed.
    bool openTo(const CostTree& tree, int depth);
    bool openBelow(const CostTree& tree, Instance row); ///< the row itself included
    void closeBelow(const CostTree& tree, Instance row);
    /// What a new model shows first: the path of most cost, and its neighbours as far as they fit a page; of
    /// unfolded runs the first member.
    void openCostliest(const CostTree& tree, Unfolding unfolding);

    const std::optional<Sorting>& sorting() const { return m_sorting; }
    void setSorting(std::optional<Sorting> sorting) { m_sorting = sorting; }

    /// Another tree: node n is now node newIds[n], or gone (-1).
    void remap(const std::vector<std::int32_t>& newIds, Unfolding unfolding);

private:
    /// Opens what is less than `depth` below a row, closes the rest of what is inside.
    void openAbove(const CostTree& tree, Instance row, int depth);

    Unfolding m_unfolding;
    std::vector<bool> m_isOpen; ///< by row id; rows beyond the end are closed
    std::optional<Sorting> m_sorting;
};

} // namespace sunflop
