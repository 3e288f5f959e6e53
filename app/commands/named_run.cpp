// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/named_run.h"

#include "core/model/setting.h"
#include "ui/session/session_file.h"
#include "ui/session/session_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace sunflop {

namespace {

bool offers(const Model& model, const Assignment& setting)
{
    return inputSetBy(model.inputs, setting.id) != nullptr;
}

Result<Model> modelOf(const ModelState& run)
{
    return openModel(QString::fromStdString(placeOf(run.source)));
}

} // namespace

Result<void> checkOffered(const Model& model, const std::vector<Assignment>& settings)
{
    for (const Assignment& setting : settings)
        if (!offers(model, setting))
            return failure(Workload::from(model.inputs, {&setting, 1}).error().within(model.source.name));
    return {};
}

std::vector<Assignment> givenTo(const Model& model, const Model& other, bool isA,
                                const std::vector<Assignment>& common, const OwnOptions& own)
{
    std::vector<Assignment> given;
    for (const Assignment& setting : spelledOut(other.inputs, spelledOut(model.inputs, common)))
        if (offers(model, setting) || (isA && !offers(other, setting)))
            given.push_back(setting);
    for (const Assignment& setting : spelledOut(model.inputs, assignments(own.settings))) {
        std::erase_if(given, [&](const Assignment& old) { return replaces(model.inputs, setting, old); });
        given.push_back(setting);
    }
    return given;
}

Result<SessionState> sessionAt(const std::string& path)
{
    const QString file = QString::fromStdString(path);
    auto state = readSessionFile(file);
    if (!state)
        return state;
    for (ModelState& model : state->models) {
        const auto found = find(model.source, file);
        if (!found)
            return failure(found.error().within(path));
        tell(path, found->notes);
        if (model.source.bundled.empty())
            model.source.path = found->place.toStdString();
    }
    return state;
}

std::string placeOf(const SourceReference& source)
{
    return source.bundled.empty() ? source.path : source.bundled;
}

Result<std::vector<Assignment>> keptInputs(const ModelState& run, const std::vector<Assignment>& given,
                                           const std::string& session)
{
    const auto model = modelOf(run);
    if (!model)
        return failure(model.error());
    QStringList lost;
    const std::vector<Assignment> spelled = spelledOut(model->inputs, given);
    std::vector<Assignment> kept = mergedInputs(*model, run.inputs, spelled, lost);
    kept.resize(kept.size() - spelled.size()); // the given ones are the last
    tell(session, lost);
    return kept;
}

void tellOnlyA(const std::string& session, const SessionState& state)
{
    if (state.models.size() > 1)
        tell(session, {QStringLiteral("a comparison; this is its A, %1.")
                           .arg(QString::fromStdString(placeOf(state.models.front().source)))});
}

void tellRemarks(const std::string& model, const std::vector<std::string>& remarks)
{
    QStringList notes;
    for (const std::string& remark : remarks)
        notes << QString::fromStdString(remark);
    tell(model, notes);
}

void tell(const std::string& session, const QStringList& notes)
{
    for (const QString& note : notes)
        say(fmt::format("{}: {}", session, note.simplified().toStdString()));
}

Result<NamedRun> named(const RunOptions& options)
{
    const std::vector<Assignment> given = assignments(options.settings);
    if (!isSessionFile(QString::fromStdString(options.model)))
        return NamedRun{options.model, given, options.convention, std::nullopt};
    auto state = sessionAt(options.model);
    if (!state)
        return failure(state.error());
    tellOnlyA(options.model, *state);
    ModelState& run = state->models.front();
    const auto kept = keptInputs(run, given, options.model);
    if (!kept)
        return failure(kept.error());
    run.inputs = *kept;
    const auto model = modelOf(run);
    const std::vector<Assignment> spelled = model ? spelledOut(model->inputs, given) : given;
    run.inputs.insert(run.inputs.end(), spelled.begin(), spelled.end());
    if (options.isConventionGiven)
        run.convention = options.convention;
    return NamedRun{placeOf(run.source), run.inputs, run.convention, *std::move(state)};
}

Result<NamedRun> namedPair(const RunOptions& options, const OwnOptions& ofA, const OwnOptions& ofB)
{
    auto state = sessionAt(options.model);
    if (!state)
        return failure(state.error());
    const auto a = modelOf(state->models[0]);
    const auto b = modelOf(state->models[1]);
    if (!a || !b)
        return failure(a ? b.error() : a.error());
    const std::vector<Assignment> common = assignments(options.settings);
    for (const bool isA : {true, false}) {
        ModelState& run = state->models[isA ? 0 : 1];
        const OwnOptions& own = isA ? ofA : ofB;
        QStringList lost;
        run.inputs = mergedInputs(isA ? *a : *b, run.inputs,
                                  givenTo(isA ? *a : *b, isA ? *b : *a, isA, common, own), lost);
        tell(options.model, lost);
        if (options.isConventionGiven)
            run.convention = options.convention;
        run.convention = own.convention.value_or(run.convention);
    }
    const ModelState& run = state->models.front();
    return NamedRun{placeOf(run.source), run.inputs, run.convention, *std::move(state)};
}

} // namespace sunflop
