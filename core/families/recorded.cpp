// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/family.h"
#include "core/families/player.h"
#include "core/families/stored_detail.h"

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

/// Details of the modules that the file tells none of.
void describe(Trace& trace, const Recorded& recorded, const std::vector<const RecordedCall*>& firstCalls)
{
    std::vector<std::vector<const Parameter*>> held(trace.modules.size());
    for (const Parameter& parameter : trace.parameters)
        held[static_cast<std::size_t>(parameter.module)].push_back(&parameter);
    for (std::size_t i = 0; i < trace.modules.size(); ++i) {
        Module& module = trace.modules[i];
        const bool isLeaf = module.end == static_cast<std::int32_t>(i) + 1;
        if (!isLeaf || !module.detail.empty())
            continue;
        std::optional<CallArguments> call;
        if (firstCalls[i] != nullptr)
            call.emplace(recorded, *firstCalls[i]);
        module.detail = detailOf(module.className, held[i], call ? &*call : nullptr);
    }
}

Result<Trace> trace(const Source& source, const Workload& workload)
{
    const auto recorded = source.program->record(argumentsOf(*source.program, workload));
    if (!recorded)
        return failure(recorded.error());
    Player player(*recorded, storedTree(*source.stored), workload.mode == Mode::Training);
    if (const auto played = player.play(); !played)
        return failure(played.error());
    const auto firstCalls = player.firstCalls();
    Trace trace = player.finish();
    describe(trace, *recorded, firstCalls);
    return trace;
}

Result<std::vector<Input>> offered(const Source& source)
{
    return source.program->arguments;
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
