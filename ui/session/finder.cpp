// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/finder.h"

#include "ui/text.h"

#include <algorithm>

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

Count Finder::sum(const Run& run, const Measure& measure) const
{
    Count sum;
    std::int32_t end = 0;
    for (const std::int32_t node : m_matches) {
        if (node < end)
            continue;
        const CostNode& costs = run.costs.nodes[static_cast<std::size_t>(node)];
        sum += measure.of(costs.total);
        end = costs.end;
    }
    return sum;
}

std::int32_t Finder::next(std::int32_t node, bool backwards) const
{
    if (m_matches.empty())
        return -1;
    if (backwards) {
        const auto at = std::ranges::lower_bound(m_matches, node);
        return at == m_matches.begin() ? m_matches.back() : *std::prev(at);
    }
    const auto after = std::ranges::upper_bound(m_matches, node);
    return after == m_matches.end() ? m_matches.front() : *after;
}

} // namespace sunflop
