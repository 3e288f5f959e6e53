// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/model.h"

#include "core/audit/inference.h"

namespace sunflop {

namespace {

Result<Model> describe(Source source, std::vector<Assignment> settings)
{
    const auto family = familyOf(source.config);
    if (!family)
        return failure(family.error().within(source.place));
    auto inputs = inputsOf(source);
    if (!inputs)
        return failure(inputs.error());
    return Model{std::move(source), *family, *std::move(inputs), std::move(settings)};
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
