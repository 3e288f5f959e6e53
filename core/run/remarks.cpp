// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/remarks.h"

#include "core/run/odd_settings.h"

#include <algorithm>
#include <array>

namespace sunflop {

std::vector<std::string> remarksOf(const Run& run)
{
    std::vector<std::string> remarks;
    if (run.trace.isEstimate)
        remarks.emplace_back(estimateRemark);
    const std::vector<std::string> odd = oddSettings(run);
    for (const std::vector<std::string>* notes : {&run.source.notes, &run.trace.notes, &odd})
        for (const std::string& note : *notes)
            if (std::ranges::find(remarks, note) == remarks.end())
                remarks.push_back(note);
    return remarks;
}

bool isEstimate(const Model& model)
{
    return model.source.stored != nullptr && model.source.program == nullptr &&
           model.family->modelTypes.empty();
}

bool isEstimate(const Run& run, const Measure& measure)
{
    static constexpr std::array<std::string_view, 3> stored{"params", "active_params", "weight_bytes"};
    return run.trace.isEstimate && std::ranges::find(stored, measure.id) == stored.end();
}

} // namespace sunflop
