// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/compare_options.h"
#include "app/commands/named_run.h"
#include "app/commands/pair_options.h"
#include "ui/session/session_file.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sunflop {

namespace {

/// Takes one model of a session for a side: what is given wins.
Result<void> takeRun(const ModelState& run, const std::string& session, SideOptions& side,
                     const CompareOptions& options)
{
    std::vector<Assignment> given = assignments(options.settings);
    std::ranges::move(assignments(side.settings), std::back_inserter(given));
    const auto kept = keptInputs(run, given, session);
    if (!kept)
        return failure(kept.error());
    side.model = placeOf(run.source);
    for (const Assignment& input : *kept)
        side.settings.push_back(input.id + "=" + input.value);
    if (!side.convention && !options.convention)
        side.convention = run.convention;
    return {};
}

/// Both models and the pairs of a comparison.
Result<void> takeBoth(const SessionState& state, const std::string& session, const CompareOptions& given,
                      CompareOptions& options)
{
    if (auto taken = takeRun(state.models[1], session, options.b, given); !taken)
        return taken;
    std::vector<PathNames> pairs = state.comparison.value_or(ComparisonState{}).pairs;
    addPairsTo(pairs, given.pairs);
    options.pairs.clear();
    for (const auto& [a, b] : pairs)
        options.pairs.push_back(a + "=" + b);
    return {};
}

} // namespace

Result<CompareOptions> withoutSessions(CompareOptions options)
{
    const CompareOptions given = options;
    const bool isWhole = given.b.model.empty();
    for (SideOptions* const side : {&options.a, &options.b}) {
        const std::string session = side->model;
        if (!isSessionFile(QString::fromStdString(session)))
            continue;
        auto state = sessionAt(session);
        if (!state)
            return failure(state.error());
        if (isWhole && state->models.size() < 2)
            return failure(ErrorKind::NotFound, session,
                           "a session of one model, expected one of two, or a second model");
        if (!isWhole)
            tellOnlyA(session, *state);
        auto taken = takeRun(state->models.front(), session, *side, given);
        if (taken && isWhole)
            taken = takeBoth(*state, session, given, options);
        if (!taken)
            return failure(taken.error());
        if (isWhole)
            break;
    }
    return options;
}

} // namespace sunflop
