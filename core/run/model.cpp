// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/model.h"

#include "core/base/scarce_memory.h"
#include "core/model/setting.h"
#include "core/playback/stored_tree.h"

#include <fmt/format.h>

#include <utility>

namespace sunflop {

std::vector<Assignment> settingsOf(const Run& run)
{
    std::vector<Assignment> settings;
    for (const Input& input : run.inputs)
        if (!run.workload.isAutomatic(input.id) && run.workload.text(input.id) != input.defaultValue)
            settings = withSetting(run.inputs, std::move(settings),
                                   {std::string(input.id), run.workload.text(input.id)});
    return settings;
}

Result<Run> runOf(const Model& model, const std::vector<Assignment>& settings, const Convention& convention)
{
    const auto workload = Workload::from(model.inputs, settings);
    if (!workload)
        return failure(workload.error());
    auto traced = model.family->trace(model.source, *workload);
    if (!traced)
        return failure(traced.error());
    return counted(model.source, model.inputs, *workload, *std::move(traced), convention);
}

Attempt attempt(const Model& model, const std::vector<Assignment>& settings, const Convention& convention)
{
    auto run = withinMemory([&] { return runOf(model, settings, convention); });
    if (run)
        return {*std::move(run), std::nullopt};
    const auto workload = Workload::from(model.inputs, settings);
    if (model.source.stored == nullptr || model.source.program == nullptr || !workload)
        return {std::nullopt, run.error()};
    auto dormant = withinMemory([&]() -> Result<Run> {
        Trace trace = dormantTrace(model.source);
        trace.notes.push_back(
            fmt::format("The program did not run with these inputs: {}", run.error().text()));
        return counted(model.source, model.inputs, *workload, std::move(trace), convention);
    });
    return {dormant ? std::optional(*std::move(dormant)) : std::nullopt, run.error()};
}

} // namespace sunflop
