// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/run.h"

#include "core/base/registry.h"
#include "core/memory/optimizer.h"
#include "core/memory/resident.h"
#include "core/model/held.h"
#include "core/model/inputs.h"
#include "core/quantisation/quantisation.h"
#include "core/run/device_costs.h"
#include "core/run/own_weights.h"

#include <algorithm>
#include <string_view>

namespace sunflop {

namespace {

/// Ids of quantisation methods that are no dtype; "none" is what every dtype means.
const std::vector<std::string_view>& storageIds()
{
    static const std::vector<Quantisation> methods = quantisations();
    static const std::vector<std::string_view> ids = [] {
        std::vector<std::string_view> names;
        for (const Quantisation& method : methods)
            if (method.id != "none" && !dtypeNamed(method.id))
                names.push_back(method.id);
        return names;
    }();
    return ids;
}

std::vector<std::string_view> presetIds()
{
    std::vector<std::string_view> ids;
    for (const Preset preset : presets)
        ids.push_back(presetName(preset));
    return ids;
}

/// The id of the device that a name means: "H100", "RTX 4090".
Result<std::string> deviceId(std::string_view name)
{
    return deviceNamed(name)
        .map([](const Device& device) { return device.id; })
        .map_error([](const Error& error) {
            return Error{error.kind, {}, error.detail};
        });
}

/// What only this floor knows of an input.
template<auto member>
Input& inputOf(std::vector<Input>& offered)
{
    return *std::ranges::find(offered, definitionOfMember(&memberKey<member>).id, &Input::id);
}

void offerChoices(Input& input, const std::vector<std::string_view>& ids)
{
    input.choices = {ids.begin(), ids.end()};
}

/// An optimizer reads and writes weights and states, and reads gradients.
TrainingPlan trainingPlan(const Trace& trace, const Workload& workload)
{
    const StateParts states = resident(trace, workload, Allocator::Exact).modules.front();
    Count params;
    for (const HeldTensor& tensor : heldTensors(trace)) {
        const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        if (parameter.isTrained())
            params += parameter.shape.elements() * tensor.instances;
    }
    const Count bytes = (states.weights + states.masters + states.optimizer) * 2 + states.gradients;
    if (params <= Count(0))
        return {.optimizerBytesPerParam = 0};
    return {.optimizerBytesPerParam =
                static_cast<double>(bytes.value()) / static_cast<double>(params.value()),
            .recomputesLayers = workload.checkpointing == Checkpointing::Layers};
}

} // namespace

const Device& deviceOf(const Workload& workload)
{
    return *entryNamed(devices(), workload.device);
}

Footprint memoryOf(const Trace& trace, const Workload& workload)
{
    return footprint(trace, workload, {.workspaceBytes = deviceOf(workload).workspaceBytes});
}

Timing timingOf(const Trace& trace, const Workload& workload)
{
    TimingPlan plan{.preset = presetNamed(workload.preset).value(), .sequences = workload.batch};
    if (workload.mode == Mode::Training)
        plan.training = trainingPlan(trace, workload);
    return schedule(trace, deviceOf(workload), plan);
}

std::vector<Input> runInputs()
{
    std::vector<Input> offered;
    for (const InputDefinition& row : inputDefinitions())
        if (row.isOfEveryRun)
            offered.push_back(inputs::offered(row));
    offerChoices(inputOf<&Workload::optimizer>(offered), idsOf(optimizers()));
    offerChoices(inputOf<&Workload::recipe>(offered), idsOf(trainingRecipes()));
    offerChoices(inputOf<&Workload::preset>(offered), presetIds());
    offerChoices(inputOf<&Workload::device>(offered), idsOf(devices()));
    inputOf<&Workload::device>(offered).spelled = deviceId;
    return offered;
}

std::vector<Input> withRunInputs(std::vector<Input> model)
{
    const auto weights = std::ranges::find(model, "weight_dtype", &Input::id);
    if (weights != model.end() && !weights->isArgument)
        weights->choices.insert(weights->choices.end(), storageIds().begin(), storageIds().end());
    const std::size_t own = model.size();
    for (Input& input : runInputs())
        if (std::ranges::find(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(own), input.id,
                              &Input::id) == model.begin() + static_cast<std::ptrdiff_t>(own))
            model.push_back(std::move(input));
    return model;
}

Run counted(Source source, std::vector<Input> inputs, Workload workload, Trace trace,
            const Convention& convention)
{
    CostTree costs = cost(trace, convention);
    if (const auto method = quantisationOf(workload))
        addWeights(costs, weightBytesOf(trace, *method, workload.mode));
    for (std::string& note : weightNotes(source, workload, trace))
        trace.notes.push_back(std::move(note));
    const Device& device = deviceOf(workload);
    Footprint memory = memoryOf(trace, workload);
    Timing timing = timingOf(trace, workload);
    addMemory(costs, memory);
    addTimes(costs, trace, timing);
    return Run{.source = std::move(source),
               .inputs = std::move(inputs),
               .workload = std::move(workload),
               .trace = std::move(trace),
               .convention = &convention,
               .costs = std::move(costs),
               .memory = std::move(memory),
               .device = &device,
               .timing = std::move(timing)};
}

} // namespace sunflop
