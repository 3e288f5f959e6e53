// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/finder.h"

#include "core/cost/own_parts.h"
#include "ui/text.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace sunflop {

void Finder::search(const QString& text, const Run* run)
{
    m_text = text.trimmed();
    m_matches.clear();
    m_isMatch.assign(run == nullptr ? 0 : run->trace.modules.size(), false);
    if (run != nullptr && isActive()) {
        const bool inPath = m_text.contains(QLatin1Char('.'));
        const auto contains = [this](const QString& where) {
            return where.contains(m_text, Qt::CaseInsensitive);
        };
        for (std::size_t i = 0; i < m_isMatch.size(); ++i) {
            const auto node = static_cast<std::int32_t>(i);
            m_isMatch[i] = inPath ? contains(text::path(*run, node))
                                  : contains(text::name(*run, node)) ||
                                        contains(text::from(run->trace.modules[i].className));
            if (m_isMatch[i])
                m_matches.push_back(node);
        }
    }
    Q_EMIT changed();
}

bool Finder::isMatch(const Run& run, const OwnPart& part) const
{
    const bool inPath = m_text.contains(QLatin1Char('.')) || m_text.contains(text::from(ownMark));
    const QString where = inPath ? text::ownPath(run, part) : text::from(part.name);
    return isActive() && part.kind != OwnKind::Other && where.contains(m_text, Qt::CaseInsensitive);
}

std::vector<const OwnPart*> Finder::ownMatches(const Run& run, const Measure& measure) const
{
    std::vector<const OwnPart*> found;
    for (const OwnPart& part : run.costs.own)
        if (measure.of(part.total) != Count(0) && isMatch(run, part))
            found.push_back(&part);
    return found;
}

Count Finder::sum(const Run& run, const Measure& measure) const
{
    Count sum;
    std::vector<bool> isCounted(run.costs.nodes.size());
    std::int32_t end = 0;
    for (const std::int32_t node : m_matches) {
        if (node < end)
            continue;
        const CostNode& costs = run.costs.nodes[static_cast<std::size_t>(node)];
        sum += measure.of(costs.total);
        end = costs.end;
        std::fill(isCounted.begin() + node, isCounted.begin() + end, true);
    }
    for (const OwnPart* part : ownMatches(run, measure))
        if (!isCounted[static_cast<std::size_t>(part->module)])
            sum += measure.of(part->total);
    return sum;
}

namespace {

/// Where a row stands in the table: own parts behind all that is below their module.
using Place = std::tuple<std::int32_t, std::int32_t, std::ptrdiff_t>;

Place placeOf(const CostTree& costs, const Finder::Found& row)
{
    const OwnPart* const part = row.own ? ownAt(costs, row.node, *row.own) : nullptr;
    if (part == nullptr)
        return {row.node, std::numeric_limits<std::int32_t>::min(), 0};
    // Of modules that end together the innermost comes first.
    return {costs.nodes[static_cast<std::size_t>(row.node)].end - 1, -row.node, part - costs.own.data()};
}

} // namespace

Finder::Found Finder::next(const Run& run, const Measure& measure, const Found& from, bool backwards) const
{
    std::vector<std::pair<Place, Found>> rows;
    for (const std::int32_t node : m_matches)
        rows.push_back({placeOf(run.costs, {node, {}}), {node, {}}});
    for (const OwnPart* part : ownMatches(run, measure)) {
        const Found row{part->module, part->key()};
        rows.push_back({placeOf(run.costs, row), row});
    }
    if (rows.empty())
        return {};
    const auto place = [](const auto& row) { return row.first; };
    std::ranges::sort(rows, {}, place);
    if (backwards) {
        const auto at = std::ranges::lower_bound(rows, placeOf(run.costs, from), {}, place);
        return at == rows.begin() ? rows.back().second : std::prev(at)->second;
    }
    const auto after = std::ranges::upper_bound(rows, placeOf(run.costs, from), {}, place);
    return after == rows.end() ? rows.front().second : after->second;
}

} // namespace sunflop
