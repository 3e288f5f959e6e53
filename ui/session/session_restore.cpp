// SPDX-License-Identifier: GPL-3.0-or-later
// How a session comes into a state that was kept, or back to the one that is shown.

#include "ui/session/session.h"

#include <QTimer>

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

void Session::returnToCounted()
{
    m_settings = m_countedSettings;
    m_undoStack->clear();
    Q_EMIT inputsChanged();
}

void Session::cancelCount()
{
    if (!isCounting() && !m_frame->isActive())
        return;
    m_frame->stop();
    m_counting.cancel();
    returnToCounted();
    Q_EMIT countingChanged();
}

void Session::setProblem(std::optional<Error> problem)
{
    const bool had = m_problem.has_value();
    m_problem = std::move(problem);
    if (had || m_problem)
        Q_EMIT problemChanged();
}

void Session::setOutline(Outline outline)
{
    m_outline = std::move(outline);
    Q_EMIT outlineReplaced();
}

} // namespace sunflop
