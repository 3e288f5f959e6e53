// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/fitting.h"

#include "core/run/axis.h"
#include "ui/session/session.h"
#include "ui/text.h"

namespace sunflop {

Fitting::Fitting(Session& session, QObject* parent)
    : QObject(parent), m_session(session), m_search([this](const Found& found) { take(found); })
{}

Fitting::~Fitting()
{
    m_stop.request_stop();
}

void Fitting::request(const QString& input)
{
    m_session.settle();
    m_stop.request_stop();
    m_stop = {};
    m_search.request([model = m_session.sharedModel(), settings = m_session.settings(),
                      input = input.toStdString(), room = m_session.run().device->memoryBytes,
                      stop = m_stop.get_token()] {
        const auto traceAt = [&](const Workload& workload) {
            return model->family->trace(model->source, workload);
        };
        return Found{model, input, limitThatFits(traceAt, {model->inputs, settings, input, room}, stop)};
    });
}

void Fitting::take(const Found& found)
{
    if (found.model != m_session.sharedModel())
        return;
    const QString input = text::from(found.input);
    if (!found.answer) {
        Q_EMIT failed(input, text::from(found.answer.error().detail));
    } else if (!found.answer->value) {
        Q_EMIT failed(
            input,
            (found.answer->isSmallest ? tr("Not even the largest value fits: it needs %1 of %2.")
                                      : tr("Not even the smallest value fits: it needs %1 of %2."))
                .arg(text::bytes(found.answer->bytes), text::bytes(m_session.run().device->memoryBytes)));
    } else if (found.answer->isComplete) {
        const auto axis = axisNamed(axesOf(found.model->inputs), found.input);
        m_session.setInputs(settingsAt(*axis, {}, *found.answer->value));
    }
    Q_EMIT finished();
}

} // namespace sunflop
