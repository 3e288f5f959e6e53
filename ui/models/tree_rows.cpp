// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/tree_rows.h"

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

std::vector<std::int32_t> parentsIn(const CostTree& tree)
{
    std::vector<std::int32_t> parents(tree.nodes.size());
    std::ranges::transform(tree.nodes, parents.begin(), &CostNode::parent);
    return parents;
}

} // namespace

TreeRows::TreeRows(const CostTree& tree, Unfolding unfolding)
    : TreeRows(parentsIn(tree), std::move(unfolding))
{}

TreeRows::TreeRows(const CostTree& tree, std::span<const std::int32_t> wanted, Unfolding unfolding)
    : TreeRows(parentsIn(tree), wanted, std::move(unfolding))
{}

TreeRows::TreeRows(std::span<const std::int32_t> parents, Unfolding unfolding)
    : m_unfolding(std::move(unfolding))
{
    build(parents, std::vector<bool>(parents.size(), true));
}

TreeRows::TreeRows(std::span<const std::int32_t> parents, std::span<const std::int32_t> wanted,
                   Unfolding unfolding)
    : m_unfolding(std::move(unfolding))
{
    std::vector<bool> shown(parents.size());
    for (const std::int32_t node : wanted)
        for (std::int32_t id = node; id >= 0 && !shown[static_cast<std::size_t>(id)];
             id = parents[static_cast<std::size_t>(id)])
            shown[static_cast<std::size_t>(id)] = true;
    build(parents, shown);
}

void TreeRows::build(std::span<const std::int32_t> parents, const std::vector<bool>& shown)
{
    const std::size_t count = parents.size();
    m_begin.assign(count + 1, 0);
    m_row.assign(count, -1);
    for (std::size_t i = 1; i < count; ++i)
        if (shown[i])
            ++m_begin[static_cast<std::size_t>(parents[i]) + 1];
    for (std::size_t i = 0; i < count; ++i)
        m_begin[i + 1] += m_begin[i];
    m_children.resize(m_begin[count]);
    std::vector<std::uint32_t> next = m_begin;
    for (std::size_t i = 1; i < count; ++i)
        if (shown[i])
            m_children[next[static_cast<std::size_t>(parents[i])]++] = static_cast<std::int32_t>(i);
    if (count > 0 && shown[0])
        m_row[0] = 0;
    number();
}

void TreeRows::number()
{
    for (std::size_t i = 0; i + 1 < m_begin.size(); ++i) {
        int row = 0;
        for (const std::int32_t child : children(static_cast<std::int32_t>(i))) {
            m_row[static_cast<std::size_t>(child)] = row;
            row += m_unfolding.members(child);
        }
    }
}

std::int64_t TreeRows::count() const
{
    std::int64_t count = 0;
    for (std::size_t i = 0; i < m_row.size(); ++i)
        count += m_row[i] < 0 ? 0 : m_unfolding.copies(static_cast<std::int32_t>(i));
    return count;
}

int TreeRows::row(Instance row) const
{
    const int first = m_row[static_cast<std::size_t>(row.node)];
    if (first < 0 || m_unfolding.foldsRepeats())
        return first;
    const int member = m_unfolding.member(row);
    return first + (m_reversesMembers ? m_unfolding.members(row.node) - 1 - member : member);
}

int TreeRows::childRows(std::int32_t node) const
{
    const auto below = children(node);
    return below.empty() ? 0
                         : m_row[static_cast<std::size_t>(below.back())] + m_unfolding.members(below.back());
}

Instance TreeRows::child(Instance parent, int row) const
{
    const auto below = children(parent.node);
    if (m_unfolding.foldsRepeats())
        return below[static_cast<std::size_t>(row)];
    const auto after = std::ranges::upper_bound(
        below, row, {}, [this](std::int32_t node) { return m_row[static_cast<std::size_t>(node)]; });
    const std::int32_t node = *std::prev(after);
    const std::int32_t members = m_unfolding.members(node);
    const int place = row - m_row[static_cast<std::size_t>(node)];
    return {node, parent.number * members + (m_reversesMembers ? members - 1 - place : place)};
}

void TreeRows::sort(const Order& precedes, bool reversesMembers)
{
    unsort();
    m_reversesMembers = reversesMembers;
    for (std::size_t i = 0; i + 1 < m_begin.size(); ++i)
        if (m_begin[i + 1] - m_begin[i] > 1)
            std::stable_sort(m_children.begin() + m_begin[i], m_children.begin() + m_begin[i + 1],
                             [&](std::int32_t a, std::int32_t b) { return precedes(a, b); });
    number();
}

void TreeRows::unsort()
{
    m_reversesMembers = false;
    for (std::size_t i = 0; i + 1 < m_begin.size(); ++i)
        std::sort(m_children.begin() + m_begin[i], m_children.begin() + m_begin[i + 1]);
    number();
}

bool TreeRows::isSorted(const Order& precedes) const
{
    for (std::size_t i = 0; i + 1 < m_begin.size(); ++i)
        if (!std::is_sorted(m_children.begin() + m_begin[i], m_children.begin() + m_begin[i + 1],
                            std::cref(precedes)))
            return false;
    return true;
}

} // namespace sunflop
