// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/held.h"

#include <utility>

namespace sunflop {

namespace {

const Module& moduleAt(const Trace& trace, std::int32_t id)
{
    return trace.modules[static_cast<std::size_t>(id)];
}

} // namespace

Count instancesOf(const Trace& trace, std::int32_t module)
{
    Count instances = 1;
    for (; module >= 0; module = moduleAt(trace, module).parent)
        instances *= moduleAt(trace, module).repeat;
    return instances;
}

std::vector<HeldTensor> heldTensors(const Trace& trace)
{
    std::vector<HeldTensor> tensors;
    tensors.reserve(trace.parameters.size());
    std::vector<std::pair<std::int32_t, std::size_t>> groups; // tie group, index into tensors
    for (std::size_t i = 0; i < trace.parameters.size(); ++i) {
        const Parameter& parameter = trace.parameters[i];
        HeldTensor* known = nullptr;
        for (const auto& [group, index] : groups)
            if (group == parameter.tieGroup)
                known = &tensors[index];
        if (known == nullptr) {
            tensors.push_back({.parameter = static_cast<std::int32_t>(i), .owner = parameter.module});
            if (parameter.tieGroup < 0)
                continue;
            groups.emplace_back(parameter.tieGroup, tensors.size() - 1);
            known = &tensors.back();
        }
        known->holders.push_back(parameter.module);
        while (!isWithin(trace, known->owner, parameter.module))
            known->owner = moduleAt(trace, known->owner).parent;
    }
    for (HeldTensor& tensor : tensors)
        tensor.instances = instancesOf(trace, tensor.owner);
    return tensors;
}

} // namespace sunflop
