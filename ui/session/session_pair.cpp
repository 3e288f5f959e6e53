// SPDX-License-Identifier: GPL-3.0-or-later
// What two sessions have to do with each other while they are compared.

#include "core/model/setting.h"
#include "ui/session/session.h"
#include "ui/text.h"

#include <QStringList>

#include <algorithm>
#include <utility>

namespace sunflop {

void Session::join(Session& other)
{
    m_joined = &other;
    other.m_joined = this;
    other.m_undoStack = m_undoStack;
}

Session* Session::showing(const Model* model)
{
    if (model == m_model.get())
        return this;
    return m_joined != nullptr && model == m_joined->m_model.get() ? m_joined : nullptr;
}

/// Steps of another session on the same stack stay: those of a model that is gone do nothing.
void Session::forgetSteps()
{
    if (m_undoStack->parent() == this)
        m_undoStack->clear();
}

QString Session::titlesOf(const std::vector<Assignment>& values) const
{
    QStringList titles;
    for (const Assignment& value : values)
        if (const Input* const input = inputSetBy(m_model->inputs, value.id))
            titles << text::from(input->id == value.id ? input->title : value.id);
    return titles.join(QStringLiteral(", "));
}

void Session::adopt(const std::vector<Assignment>& values)
{
    const auto set = [this](const std::vector<Assignment>& some) {
        auto settings = with(some);
        if (settings)
            m_settings = *std::move(settings);
        return settings.has_value();
    };
    const Settings before = m_settings;
    if (!set(values))
        for (const Assignment& value : values)
            set({value});
    if (m_settings != before)
        apply(Settings(m_settings));
}

void Session::exchange()
{
    Session& other = *m_joined;
    for (Session* session : {this, &other}) {
        session->settle();
        session->m_focus->remap({});
    }
    std::swap(m_outline, other.m_outline);
    std::swap(m_model, other.m_model);
    std::swap(m_run, other.m_run);
    std::swap(m_baseline, other.m_baseline);
    std::swap(m_structure, other.m_structure);
    std::swap(m_settings, other.m_settings);
    std::swap(m_countedSettings, other.m_countedSettings);
    std::swap(m_problem, other.m_problem);
    std::swap(m_baselineSettings, other.m_baselineSettings);
    std::swap(m_convention, other.m_convention);
    std::swap(m_elapsedMilliseconds, other.m_elapsedMilliseconds);
    for (Session* session : {this, &other})
        session->m_finder->search(session->m_finder->text(), session->m_run.get());
    for (Session* session : {this, &other}) {
        Q_EMIT session->modelChanged();
        Q_EMIT session->inputsChanged();
        Q_EMIT session->baselineChanged();
        Q_EMIT session->conventionChanged();
        Q_EMIT session->problemChanged();
    }
}

} // namespace sunflop
