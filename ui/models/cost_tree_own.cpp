// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of what modules have themselves.

#include "core/cost/own_parts.h"
#include "ui/models/cost_tree_model.h"
#include "ui/text.h"

#include <QStringList>

#include <algorithm>

namespace sunflop {

std::vector<std::int32_t> CostTreeModel::ownPartsOf(const Run* run) const
{
    std::vector<std::int32_t> parts;
    if (run == nullptr)
        return parts;
    const Measure& measure = m_session.lens().measure();
    for (std::size_t i = 0; i < run->costs.own.size(); ++i)
        if (measure.of(run->costs.own[i].total) != Count(0))
            parts.push_back(static_cast<std::int32_t>(i));
    return parts;
}

/// Whether rows of another run are those that are shown now.
bool CostTreeModel::hasSameParts(const Run& run, const std::vector<std::int32_t>& parts) const
{
    return m_run != nullptr && std::ranges::equal(m_parts, parts, [&](std::int32_t a, std::int32_t b) {
               const OwnPart& shown = m_run->costs.own[static_cast<std::size_t>(a)];
               const OwnPart& next = run.costs.own[static_cast<std::size_t>(b)];
               return shown.module == next.module && shown.kind == next.kind && shown.name == next.name;
           });
}

bool CostTreeModel::isOwn(std::int32_t node) const
{
    return m_run != nullptr && node >= static_cast<std::int32_t>(m_run->costs.nodes.size());
}

const OwnPart& CostTreeModel::part(std::int32_t node) const
{
    const std::size_t own = static_cast<std::size_t>(node) - m_run->costs.nodes.size();
    return m_run->costs.own[static_cast<std::size_t>(m_parts[own])];
}

std::int32_t CostTreeModel::copies(std::int32_t node) const
{
    return m_rows.unfolding().copies(moduleOf(node));
}

std::optional<OwnKey> CostTreeModel::ownKey(std::int32_t node) const
{
    return isOwn(node) ? std::optional(part(node).key()) : std::nullopt;
}

Instance CostTreeModel::ownRow(Instance row, const std::optional<OwnKey>& own) const
{
    if (!own || m_run == nullptr || row.node < 0)
        return row;
    const auto moduleAt = [this](std::int32_t i) {
        return m_run->costs.own[static_cast<std::size_t>(i)].module;
    };
    const auto found = std::ranges::find_if(
        std::ranges::lower_bound(m_parts, row.node, {}, moduleAt), m_parts.end(), [&](std::int32_t i) {
            const OwnPart& part = m_run->costs.own[static_cast<std::size_t>(i)];
            return part.module != row.node || part.is(*own);
        });
    if (found == m_parts.end() || moduleAt(*found) != row.node)
        return row;
    const auto node = static_cast<std::int32_t>(m_run->costs.nodes.size()) +
                      static_cast<std::int32_t>(found - m_parts.begin());
    return m_rows.isShown(node) ? Instance(node, row.number) : row;
}

bool CostTreeModel::isHovered(Instance row) const
{
    return row.node >= 0 && m_session.focus().isHovered(moduleOf(row.node), row.number, ownKey(row.node));
}

QString CostTreeModel::ownToolTip(Instance row) const
{
    const OwnPart& own = part(row.node);
    QStringList lines{path(row)};
    switch (own.kind) {
    case OwnKind::Operator:
        lines += tr("Called by %1 itself, by none of the modules below it").arg(name(outer(row)));
        lines += (instances(row.node) > 1 ? tr("%1 calls, all instances and steps together")
                                          : tr("%1 calls, all steps together"))
                     .arg(text::exact(own.calls.value() / copies(row.node)));
        break;
    case OwnKind::Tensor:
        lines += tr("Held by %1 itself, by none of the modules below it").arg(name(outer(row)));
        break;
    case OwnKind::Other:
        lines += tr("What %1 has beside its operators and all that is below it").arg(name(outer(row)));
        break;
    }
    if (!own.isCounted)
        lines += tr("The convention has no rule for it: not counted");
    return lines.join(QLatin1Char('\n'));
}

/// What delegates paint of a part besides text and shares.
QVariant CostTreeModel::ownFigure(std::int32_t node, int role) const
{
    switch (role) {
    case RepeatRole: return qlonglong(1);
    case ClassRole: return text::ownKind(part(node).kind);
    case ContainerRole: return false;
    case MatchRole: return !m_session.finder().isActive() || m_session.finder().isMatch(*m_run, part(node));
    default: return {};
    }
}

} // namespace sunflop
