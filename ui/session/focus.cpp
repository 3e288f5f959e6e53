// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/focus.h"

#include <algorithm>
#include <utility>

namespace sunflop {

void Focus::select(std::int32_t node, std::int32_t instance, std::optional<OwnKey> own)
{
    visit({node, instance, m_now.root, std::move(own)});
}

void Focus::zoom(std::int32_t node, std::int32_t instance)
{
    visit({node, instance, node, {}});
}

void Focus::hover(std::int32_t node, std::int32_t instance, std::optional<OwnKey> own)
{
    const bool isOther = node != m_hovered || instance != m_hoveredInstance || own != m_hoveredOwn;
    m_hovered = node;
    m_hoveredInstance = instance;
    m_hoveredOwn = std::move(own);
    if (isOther)
        Q_EMIT hoveredChanged(node);
}

bool Focus::isHovered(std::int32_t node, std::int32_t instance, const std::optional<OwnKey>& own) const
{
    return node == m_hovered && own == m_hoveredOwn &&
           (m_hoveredInstance == anyInstance || m_hoveredInstance == instance);
}

void Focus::visit(Place place)
{
    if (place == m_now)
        return;
    m_back.push_back(m_now);
    m_forward.clear();
    goTo(place);
}

void Focus::back()
{
    if (m_back.empty())
        return;
    m_forward.push_back(m_now);
    const Place place = m_back.back();
    m_back.pop_back();
    goTo(place);
}

void Focus::forward()
{
    if (m_forward.empty())
        return;
    m_back.push_back(m_now);
    const Place place = m_forward.back();
    m_forward.pop_back();
    goTo(place);
}

void Focus::goTo(const Place& place)
{
    const Place before = std::exchange(m_now, place);
    if (before.root != place.root)
        Q_EMIT rootChanged(place.root);
    if (before.selected != place.selected || before.instance != place.instance || before.own != place.own)
        Q_EMIT selectedChanged(place.selected);
    Q_EMIT historyChanged();
}

void Focus::remap(const std::vector<std::int32_t>& newIds)
{
    const auto newId = [&](std::int32_t node) {
        const auto i = static_cast<std::size_t>(node);
        return i < newIds.size() ? newIds[i] : -1;
    };
    const auto moved = [&](Place place) {
        return Place{newId(place.selected), place.instance, newId(place.root), place.own};
    };
    for (auto* places : {&m_back, &m_forward}) {
        std::ranges::transform(*places, places->begin(), moved);
        std::erase_if(*places, [](const Place& p) { return p.selected < 0 || p.root < 0; });
    }
    const std::int32_t selected = newId(m_now.selected);
    m_now = {std::max(0, selected), selected < 0 ? anyInstance : m_now.instance,
             std::max(0, newId(m_now.root)), selected < 0 ? std::nullopt : m_now.own};
    m_hovered = -1;
    m_hoveredOwn.reset();
    m_hoveredInstance = anyInstance;
}

} // namespace sunflop
