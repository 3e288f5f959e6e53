// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/model.h"

#include "core/audit/inference.h"
#include "ui/session/session_file.h"
#include "ui/text.h"

#include <QByteArray>

#include <algorithm>

namespace sunflop {

namespace {

/// Of a moment later than it was read: a change in between goes unseen until the file is read again.
Fingerprint fingerprintFor(const Source& source)
{
    if (source.place != "bundled")
        return fingerprintOf(text::from(source.place));
    const auto model = std::ranges::find(bundledModels(), source.name, &BundledModel::name);
    return fingerprintOf(
        QByteArray::fromRawData(model->json.data(), static_cast<qsizetype>(model->json.size())));
}

Result<Model> describe(Source source, std::vector<Assignment> settings)
{
    const auto family = familyOf(source);
    if (!family)
        return failure(family.error().within(source.place));
    auto inputs = inputsOf(source);
    if (!inputs)
        return failure(inputs.error());
    Fingerprint fingerprint = fingerprintFor(source);
    return Model{std::move(source), *family, *std::move(inputs), std::move(settings), std::move(fingerprint)};
}

} // namespace

Result<Model> openModel(const QString& place)
{
    auto source = open(place.toStdString());
    if (!source)
        return failure(source.error());
    if (!source->report)
        return describe(*std::move(source), {});
    auto run = recount(*source, {}, conventions().front());
    if (!run)
        return failure(run.error());
    std::vector<Assignment> settings = settingsOf(*run);
    return describe(std::move(run->source), std::move(settings));
}

} // namespace sunflop
