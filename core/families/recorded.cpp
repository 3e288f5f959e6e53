// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/family.h"
#include "core/model/inputs.h"
#include "core/playback/player.h"
#include "core/playback/stored_detail.h"

#include <algorithm>

namespace sunflop::family {

namespace {

/// The values of a program's arguments, in its own order.
std::vector<Argument> argumentsOf(const Program& program, const Workload& workload)
{
    std::vector<Argument> values;
    values.reserve(program.arguments.size());
    for (const Input& input : program.arguments) {
        const auto value = std::ranges::find(workload.arguments, input.id, &Argument::id);
        values.push_back(
            value != workload.arguments.end() ? *value : Argument{std::string(input.id), input.defaultValue});
    }
    return values;
}

Player::Gradients gradientsOf(const Workload& workload)
{
    if (workload.mode != Mode::Training)
        return Player::Gradients::None;
    return workload.inputGradients ? Player::Gradients::Inputs : Player::Gradients::Parameters;
}

Result<Trace> trace(const Source& source, const Workload& workload)
{
    const auto recorded = source.program->record(argumentsOf(*source.program, workload), workload.mode);
    if (!recorded)
        return failure(recorded.error());
    Player player(*recorded, storedTree(*source.stored), gradientsOf(workload));
    if (const auto played = player.play(); !played)
        return failure(played.error());
    const auto firstCalls = player.firstCalls();
    Trace trace = player.finish();
    describeModules(trace, &*recorded, firstCalls);
    return trace;
}

Result<std::vector<Input>> offered(const Source& source)
{
    std::vector<Input> offered = source.program->arguments;
    const Input gradients = inputs::offer<&Workload::inputGradients>();
    if (std::ranges::find(offered, gradients.id, &Input::id) == offered.end())
        offered.push_back(gradients);
    return offered;
}

} // namespace

Family recorded()
{
    return {
        .id = "recorded",
        .title = "Recorded PyTorch program",
        .modelTypes = {},
        .reads = [](const Source& source) { return source.program != nullptr && source.stored != nullptr; },
        .inputs = offered,
        .trace = trace};
}

} // namespace sunflop::family
