// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/outline.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sunflop {

namespace {

constexpr int rowsOfAPage = 26;

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

} // namespace

bool Outline::isOpen(std::int32_t node) const
{
    const auto i = static_cast<std::size_t>(node);
    return i < m_isOpen.size() && m_isOpen[i];
}

void Outline::setOpen(std::int32_t node, bool isOpen)
{
    const auto i = static_cast<std::size_t>(node);
    if (i >= m_isOpen.size())
        m_isOpen.resize(i + 1);
    m_isOpen[i] = isOpen;
}

void Outline::openTo(const CostTree& tree, int depth)
{
    std::vector<int> depths(tree.nodes.size());
    m_isOpen.assign(tree.nodes.size(), false);
    for (std::size_t i = 0; i < depths.size(); ++i) {
        if (tree.nodes[i].parent >= 0)
            depths[i] = depths[static_cast<std::size_t>(tree.nodes[i].parent)] + 1;
        m_isOpen[i] = depths[i] < depth;
    }
}

void Outline::openBelow(const CostTree& tree, std::int32_t node)
{
    for (std::int32_t id = node; id < at(tree, node).end; ++id)
        setOpen(id, true);
}

void Outline::closeBelow(const CostTree& tree, std::int32_t node)
{
    for (std::int32_t id = node; id < at(tree, node).end; ++id)
        setOpen(id, false);
}

void Outline::reveal(const CostTree& tree, std::int32_t node)
{
    for (std::int32_t id = at(tree, node).parent; id >= 0; id = at(tree, id).parent)
        setOpen(id, true);
}

void Outline::openCostliest(const CostTree& tree)
{
    const auto cheaper = [&](std::int32_t a, std::int32_t b) { return isCheaper(tree, a, b); };
    m_isOpen.assign(tree.nodes.size(), false);
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

void Outline::remap(const std::vector<std::int32_t>& newIds)
{
    const std::vector<bool> before = std::exchange(m_isOpen, {});
    for (std::size_t i = 0; i < std::min(before.size(), newIds.size()); ++i)
        if (before[i] && newIds[i] >= 0)
            setOpen(newIds[i], true);
}

} // namespace sunflop
