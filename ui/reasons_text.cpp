// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/reasons_text.h"

#include "ui/text.h"

#include <QCoreApplication>
#include <QStringList>

namespace sunflop {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("reasons", text);
}

/// What a convention says of itself.
QString fromConvention(std::string_view words)
{
    return QCoreApplication::translate("conventions", std::string(words).c_str());
}

QString sideText(const Convention& convention, const Rule& rule)
{
    QString words = fromConvention(rule.words);
    if (rule.words.empty())
        words = rule.isCounted ? tr("counts these calls") : tr("has no rule for these calls");
    const QString side = tr("%1 %2").arg(fromConvention(convention.title), words);
    return rule.isCounted ? side : tr("%1 (not counted)").arg(side);
}

} // namespace

QString subjectTitle(Subject subject)
{
    switch (subject) {
    case Subject::Products: return tr("Products");
    case Subject::Biases: return tr("Biases");
    case Subject::Attention: return tr("Attention");
    case Subject::Norms: return tr("Norms");
    case Subject::Activations: return tr("Activations");
    case Subject::Gates: return tr("Gates");
    case Subject::Rotary: return tr("Rotary embedding");
    case Subject::Residuals: return tr("Residual additions");
    case Subject::LayerScales: return tr("Layer scales");
    case Subject::PositionTables: return tr("Position tables");
    case Subject::Interpolation: return tr("Interpolation");
    case Subject::Masks: return tr("Masks and positions");
    case Subject::Losses: return tr("Losses");
    case Subject::Adapters: return tr("Adapters");
    case Subject::Inputs: return tr("Inputs");
    case Subject::Other: return tr("Other operators");
    }
    return {};
}

QString operatorsText(const Reason& reason)
{
    QStringList names;
    for (const std::string_view name : reason.operators)
        names << text::from(name);
    return names.join(QStringLiteral(", "));
}

QString whySentence(const Convention& a, const Convention& b, const Reason& reason)
{
    if (reason.subject == Subject::Inputs)
        return tr("%1 counts both runs; their inputs differ.").arg(fromConvention(a.title));
    return tr("%1; %2.").arg(sideText(a, reason.ruleA), sideText(b, reason.ruleB));
}

} // namespace sunflop
