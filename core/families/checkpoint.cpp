// SPDX-License-Identifier: GPL-3.0-or-later
// A checkpoint whose config names a known family: that family gives the operators, and what is stored is held
// against its tensors. Weights are as they are stored until the user asks for another type.

#include "core/base/units.h"
#include "core/families/bricks/checkpoint_check.h"
#include "core/families/family.h"
#include "core/model/own_quantisation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sunflop::family {

namespace {

bool reads(const Source& source)
{
    return source.stored != nullptr && source.program == nullptr && familyOf(source.config).has_value();
}

/// The type of most stored bytes of parameters.
std::optional<DType> storedType(const Stored& stored)
{
    std::map<DType, Count> bytes;
    for (const StoredTensor& tensor : stored.tensors)
        if (tensor.kind == StoredTensor::Kind::Parameter)
            bytes[tensor.dtype] += tensor.bytes;
    const auto most = std::ranges::max_element(bytes, {}, [](const auto& entry) { return entry.second; });
    return most == bytes.end() || !isFloat(most->first) ? std::nullopt : std::optional(most->first);
}

Count storedBytes(const Stored& stored)
{
    Count sum;
    std::map<std::int64_t, bool> seen;
    for (const StoredTensor& tensor : stored.tensors)
        if (tensor.memory < 0 || seen.emplace(tensor.memory, true).second)
            sum += tensor.bytes;
    return sum;
}

Result<std::vector<Input>> inputs(const Source& source)
{
    return familyOf(source.config)
        .and_then([&](const Family* family) { return family->inputs(source); })
        .map([&](std::vector<Input> offered) {
            const auto weights = std::ranges::find(offered, "weight_dtype", &Input::id);
            const auto dtype = storedType(*source.stored);
            // A config that tells how its weights are packed knows more than their element types.
            if (weights != offered.end() && dtype && !hasQuantisation(source.config.json())) {
                weights->defaultValue = info(*dtype).id;
                if (std::ranges::find(weights->choices, info(*dtype).id) == weights->choices.end())
                    weights->choices.emplace_back(info(*dtype).id);
            }
            return offered;
        });
}

Result<Trace> trace(const Source& source, const Workload& workload)
{
    auto traced = familyOf(source.config).and_then([&](const Family* family) {
        return family->trace(source, workload);
    });
    if (!traced)
        return traced;
    const CheckpointCheck check = checkCheckpoint(*traced, *source.stored);
    const auto dtype = storedType(*source.stored);
    if (workload.quantisation.empty() && dtype == workload.weightDType)
        for (std::size_t i = 0; i < traced->parameters.size(); ++i)
            traced->parameters[i].dtype = check.dtypes[i].value_or(traced->parameters[i].dtype);
    traced->notes.push_back(
        fmt::format("The checkpoint stores {} bytes of tensors.", exactText(storedBytes(*source.stored))));
    for (std::string& note : notesOf(check))
        traced->notes.push_back(std::move(note));
    return traced;
}

} // namespace

Family checkpoint()
{
    return {.id = "checkpoint",
            .title = "Checkpoint of a known model",
            .reads = reads,
            .inputs = inputs,
            .trace = trace};
}

} // namespace sunflop::family
