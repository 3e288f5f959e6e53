// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/named_run.h"

#include "ui/session/session_file.h"
#include "ui/session/session_state.h"

#include <fmt/format.h>

#include <cstdio>

namespace sunflop {

namespace {

/// Puts the sources where they were found, and tells what is to be told.
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

} // namespace

void tell(const std::string& session, const QStringList& notes)
{
    for (const QString& note : notes)
        fmt::print(stderr, "sunflop: {}: {}\n", session, note.simplified().toStdString());
}

Result<NamedRun> named(const RunOptions& options)
{
    const std::vector<Assignment> given = assignments(options.settings);
    if (!isSessionFile(QString::fromStdString(options.model)))
        return NamedRun{options.model, given, options.convention, std::nullopt};
    auto state = sessionAt(options.model);
    if (!state)
        return failure(state.error());
    ModelState& run = state->models.front();
    const std::string place = placeOf(run.source);
    if (state->models.size() > 1)
        tell(options.model,
             {QStringLiteral("a comparison; this is its A, %1.").arg(QString::fromStdString(place))});
    const auto model = openModel(QString::fromStdString(place));
    if (!model)
        return failure(model.error());
    QStringList lost;
    run.inputs = mergedInputs(*model, run.inputs, given, lost);
    tell(options.model, lost);
    if (options.isConventionGiven)
        run.convention = options.convention;
    return NamedRun{place, run.inputs, run.convention, *std::move(state)};
}

} // namespace sunflop
