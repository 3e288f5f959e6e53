// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/remembered.h"

#include "core/model/setting.h"
#include "ui/text.h"

#include <QCryptographicHash>

#include <utility>

namespace sunflop {

namespace {

/// Of one argument, as far as the model takes it.
std::optional<Assignment> parsed(const Model& model, const QString& setting)
{
    const auto equals = setting.indexOf(QLatin1Char('='));
    if (equals <= 0)
        return std::nullopt;
    Assignment assignment{setting.left(equals).toStdString(), setting.mid(equals + 1).toStdString()};
    const Input* const input = inputSetBy(model.inputs, assignment.id);
    if (input == nullptr || !input->isArgument || !Workload::from(model.inputs, {&assignment, 1}))
        return std::nullopt;
    return assignment;
}

} // namespace

QString rememberedKey(const Model& model)
{
    const Fingerprint& fingerprint = model.fingerprint;
    if (!fingerprint.sha256.empty())
        return text::from(fingerprint.sha256) + QStringLiteral("-%1").arg(fingerprint.bytes);
    const QByteArray place = QByteArray::fromStdString(model.source.place);
    return QString::fromLatin1(QCryptographicHash::hash(place, QCryptographicHash::Sha256).toHex());
}

QStringList rememberedArguments(const Session& session)
{
    QStringList settings;
    for (const Assignment& setting : session.settings())
        if (const Input* const input = inputSetBy(session.model().inputs, setting.id);
            input != nullptr && input->isArgument)
            settings << text::from(setting.id + "=" + setting.value);
    return settings;
}

Opener::Recall recall(QHash<QString, QStringList> remembered)
{
    return [remembered = std::move(remembered)](const Model& model) {
        std::vector<Assignment> settings;
        if (model.source.program == nullptr)
            return settings;
        for (const QString& setting : remembered.value(rememberedKey(model)))
            if (auto assignment = parsed(model, setting))
                settings.push_back(*std::move(assignment));
        return Workload::from(model.inputs, settings) ? settings : std::vector<Assignment>();
    };
}

} // namespace sunflop
