// SPDX-License-Identifier: GPL-3.0-or-later
// How a session comes into a state that was kept.

#include "ui/session/session.h"

#include <utility>

namespace sunflop {

void Session::restore(const Convention& convention, const std::vector<Assignment>& inputs,
                      const std::vector<Assignment>& baseline)
{
    setConvention(convention);
    apply(Settings(inputs));
    settle();
    m_undoStack->clear();
    auto run = baseline == m_settings ? std::optional(*m_run) : attempt(*m_model, baseline, convention).run;
    if (!run)
        return;
    m_baseline = std::make_shared<const Run>(*std::move(run));
    m_baselineSettings = baseline;
    Q_EMIT baselineChanged();
}

void Session::setOutline(Outline outline)
{
    m_outline = std::move(outline);
    Q_EMIT outlineReplaced();
}

} // namespace sunflop
