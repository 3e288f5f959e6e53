// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison as sessions keep it.

#include "ui/compare/compare_session.h"
#include "ui/session/session_state.h"
#include "ui/text.h"

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

bool hasModule(const Trace& trace, const std::string& path)
{
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(trace.modules.size()); ++i)
        if (trace.path(i) == path)
            return true;
    return false;
}

} // namespace

QStringList CompareSession::restore(const QString& place, Model model, const ModelState& state,
                                    const ComparisonState& comparison)
{
    setOpen(false); // rows are made once, of what both sides have in the end
    const auto shown = m_openerOfB.show(place, std::move(model));
    if (!shown)
        return {tr("%1 cannot be compared: %2.").arg(place, text::from(shown.error().text()))};
    QStringList lost = sunflop::apply(m_b, state);
    std::vector<PathPair> pairs;
    for (const auto& [a, b] : comparison.pairs)
        if (hasModule(m_a.run().trace, a) && hasModule(m_b.run().trace, b))
            pairs.push_back({a, b});
        else
            lost << tr("The pair of %1 and %2 was left out: one of them is gone.")
                        .arg(text::from(a), text::from(b));
    setPairs(std::move(pairs));
    setLinksInputs(comparison.linksInputs);
    setSameScale(comparison.sharesScale);
    m_sharedConvention = &m_a.convention() == &m_b.convention() ? &m_a.convention() : nullptr;
    setOpen(true);
    return lost;
}

ComparisonState CompareSession::comparisonState() const
{
    ComparisonState state;
    for (const PathPair& pair : m_pairs)
        state.pairs.emplace_back(pair.a, pair.b);
    state.linksInputs = m_linksInputs;
    state.sharesScale = m_hasSameScale;
    return state;
}

} // namespace sunflop
