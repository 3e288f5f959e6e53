// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/model.h"

#include "core/model/setting.h"

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

} // namespace sunflop
