// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/outline.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

namespace sunflop {

namespace {

constexpr int rowsOfAPage = 26;
constexpr int anyDepth = std::numeric_limits<int>::max();

const CostNode& at(const CostTree& tree, std::int32_t node)
{
    return tree.nodes[static_cast<std::size_t>(node)];
}

std::vector<std::int32_t> childrenOf(const CostTree& tree, std::int32_t node)
{
    std::vector<std::int32_t> children;
    for (std::int32_t child = node + 1; child < at(tree, node).end; child = at(tree, child).end)
        children.push_back(child);
    return children;
}

/// By FLOPs, where there are none by parameters.
bool isCheaper(const CostTree& tree, std::int32_t a, std::int32_t b)
{
    const auto weight = [&](std::int32_t node) {
        const Costs& total = at(tree, node).total;
        return std::tuple(total.forward.flops, total.params, -node);
    };
    return weight(a) < weight(b);
}

std::vector<bool>::iterator rowsFrom(std::vector<bool>& rows, std::size_t id)
{
    return rows.begin() + static_cast<std::ptrdiff_t>(id);
}

/// How deep each node from `node` to its end lies under it.
std::vector<int> depthsBelow(const CostTree& tree, std::int32_t node)
{
    std::vector<int> depths(static_cast<std::size_t>(at(tree, node).end - node));
    for (std::size_t i = 1; i < depths.size(); ++i) {
        const std::int32_t parent = at(tree, node + static_cast<std::int32_t>(i)).parent;
        depths[i] = depths[static_cast<std::size_t>(parent - node)] + 1;
    }
    return depths;
}

/// The depth below one row of `node` to which all its rows may be open at once.
int deepestThatFits(const CostTree& tree, const Unfolding& unfolding, std::int32_t node)
{
    if (unfolding.foldsRepeats())
        return anyDepth;
    std::vector<std::int64_t> rows;
    const std::vector<int> depths = depthsBelow(tree, node);
    for (std::size_t i = 0; i < depths.size(); ++i) {
        const auto depth = static_cast<std::size_t>(depths[i]);
        rows.resize(std::max(rows.size(), depth + 1));
        rows[depth] += unfolding.copies(node + static_cast<std::int32_t>(i)) / unfolding.copies(node);
    }
    std::int64_t open = 0;
    for (std::size_t depth = 0; depth < rows.size(); ++depth)
        if ((open += rows[depth]) > Outline::mostOpenRows)
            return std::max(1, static_cast<int>(depth) - 1);
    return anyDepth;
}

} // namespace

bool Outline::isOpen(Instance row) const
{
    const std::size_t id = m_unfolding.id(row);
    return id < m_isOpen.size() && m_isOpen[id];
}

void Outline::setOpen(Instance row, bool isOpen)
{
    const std::size_t id = m_unfolding.id(row);
    if (id >= m_isOpen.size())
        m_isOpen.resize(id + 1);
    m_isOpen[id] = isOpen;
}

void Outline::openAbove(const CostTree& tree, Instance row, int depth)
{
    m_isOpen.resize(std::max(m_isOpen.size(), m_unfolding.rows()));
    const std::vector<int> depths = depthsBelow(tree, row.node);
    for (std::size_t i = 0; i < depths.size(); ++i) {
        const std::int32_t node = row.node + static_cast<std::int32_t>(i);
        const std::int32_t copies = m_unfolding.copies(node) / m_unfolding.copies(row.node);
        const auto first = rowsFrom(m_isOpen, m_unfolding.id({node, row.number * copies}));
        std::fill(first, first + copies, depths[i] < depth);
    }
}

bool Outline::openTo(const CostTree& tree, int depth)
{
    const int deepest = deepestThatFits(tree, m_unfolding, 0);
    openAbove(tree, 0, std::min(depth, deepest));
    return depth <= deepest;
}

bool Outline::openBelow(const CostTree& tree, Instance row)
{
    const int deepest = deepestThatFits(tree, m_unfolding, row.node);
    openAbove(tree, row, deepest);
    return deepest == anyDepth;
}

void Outline::closeBelow(const CostTree& tree, Instance row)
{
    openAbove(tree, row, 0);
}

void Outline::openCostliest(const CostTree& tree, Unfolding unfolding)
{
    m_unfolding = std::move(unfolding);
    const auto cheaper = [&](std::int32_t a, std::int32_t b) { return isCheaper(tree, a, b); };
    m_isOpen.assign(m_unfolding.rows(), false);
    std::vector<std::int32_t> closed{0};
    std::size_t rows = 1;
    while (!closed.empty()) {
        const auto costliest = std::ranges::max_element(closed, cheaper);
        const std::int32_t node = *costliest;
        closed.erase(costliest);
        std::vector<std::int32_t> children = childrenOf(tree, node);
        if (children.empty() || rows + children.size() > rowsOfAPage)
            continue;
        setOpen(node, true);
        rows += children.size();
        if (node == 0) // the other branches stay closed
            closed = {*std::ranges::max_element(children, cheaper)};
        else
            closed.insert(closed.end(), children.begin(), children.end());
    }
}

void Outline::setUnfolding(Unfolding unfolding)
{
    std::vector<std::int32_t> same(m_unfolding.nodes());
    std::iota(same.begin(), same.end(), 0);
    remap(same, std::move(unfolding));
}

void Outline::remap(const std::vector<std::int32_t>& newIds, Unfolding unfolding)
{
    const Unfolding old = std::exchange(m_unfolding, std::move(unfolding));
    std::vector<bool> before = std::exchange(m_isOpen, std::vector<bool>(m_unfolding.rows()));
    before.resize(old.rows());
    for (std::size_t i = 0; i < std::min(old.nodes(), newIds.size()); ++i) {
        const auto node = static_cast<std::int32_t>(i);
        if (newIds[i] < 0)
            continue;
        const auto first = rowsFrom(before, old.id(node));
        const auto last = first + old.copies(node);
        if (old.copies(node) == m_unfolding.copies(newIds[i]))
            std::copy(first, last, rowsFrom(m_isOpen, m_unfolding.id(newIds[i])));
        else
            setOpen(newIds[i], std::find(first, last, true) != last);
    }
}

} // namespace sunflop
