// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/tree_rows.h"

#include <algorithm>

namespace sunflop {

TreeRows::TreeRows(const CostTree& tree)
{
    build(tree, std::vector<bool>(tree.nodes.size(), true));
}

TreeRows::TreeRows(const CostTree& tree, std::span<const std::int32_t> wanted)
{
    std::vector<bool> shown(tree.nodes.size());
    for (const std::int32_t node : wanted)
        for (std::int32_t id = node; id >= 0 && !shown[static_cast<std::size_t>(id)];
             id = tree.nodes[static_cast<std::size_t>(id)].parent)
            shown[static_cast<std::size_t>(id)] = true;
    build(tree, shown);
}

void TreeRows::build(const CostTree& tree, const std::vector<bool>& shown)
{
    const std::size_t count = tree.nodes.size();
    m_begin.assign(count + 1, 0);
    m_row.assign(count, -1);
    for (std::size_t i = 1; i < count; ++i)
        if (shown[i])
            ++m_begin[static_cast<std::size_t>(tree.nodes[i].parent) + 1];
    for (std::size_t i = 0; i < count; ++i)
        m_begin[i + 1] += m_begin[i];
    m_children.resize(m_begin[count]);
    std::vector<std::uint32_t> next = m_begin;
    for (std::size_t i = 1; i < count; ++i)
        if (shown[i])
            m_children[next[static_cast<std::size_t>(tree.nodes[i].parent)]++] = static_cast<std::int32_t>(i);
    if (count > 0 && shown[0])
        m_row[0] = 0;
    number();
}

void TreeRows::number()
{
    for (std::size_t i = 0; i + 1 < m_begin.size(); ++i)
        for (std::uint32_t at = m_begin[i]; at < m_begin[i + 1]; ++at)
            m_row[static_cast<std::size_t>(m_children[at])] = static_cast<int>(at - m_begin[i]);
}

void TreeRows::sort(const Order& precedes)
{
    unsort();
    for (std::size_t i = 0; i + 1 < m_begin.size(); ++i)
        if (m_begin[i + 1] - m_begin[i] > 1)
            std::stable_sort(m_children.begin() + m_begin[i], m_children.begin() + m_begin[i + 1],
                             std::cref(precedes)); // what it holds may be large
    number();
}

void TreeRows::unsort()
{
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
