// SPDX-License-Identifier: GPL-3.0-or-later
// What the inputs panel says of the values that are set and of what they came to.

#include "core/model/setting.h"
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/inputs_panel.h"

namespace sunflop {

QString InputsPanel::setting(const Input& input) const
{
    const Input* const whole = inputSetBy(m_model->inputs, input.id);
    const std::string value = valueUnder(m_session.settings(), m_model->inputs, *whole);
    const auto size = whole->id == input.id ? std::nullopt : sizeIn(value, input.id);
    return size ? QString::number(*size) : text::from(value);
}

QString InputsPanel::derived(const Input& input) const
{
    const Run& run = m_session.run();
    if (input.id == "tiles" && !input.isArgument)
        return run.trace.run.images ? QString::number(run.trace.run.images->tilesPerImage) : QString();
    const QString value = text::from(run.workload.text(input.id));
    return value == text::from(automatic) ? QString() : value;
}

QString InputsPanel::tokensLine() const
{
    const RunSummary& run = m_session.run().trace.run;
    const auto number = [](std::int64_t n) { return text::exact(n); };
    if (!run.images || run.images->images == 0)
        return {};
    const std::int64_t visual = run.images->featureTokens + run.images->markerTokens;
    if (run.promptTokens == 0)
        return tr("= %1 positions in the tower").arg(number(run.images->towerTokens));
    return tr("= %1 tokens (%2 text + %3 visual)")
        .arg(number(run.promptTokens), number(run.promptTokens - visual), number(visual));
}

} // namespace sunflop
