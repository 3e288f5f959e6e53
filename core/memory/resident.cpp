// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/resident.h"

#include "core/model/held.h"
#include "core/quantisation/quantisation.h"

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

/// Weights of an inference, stored as the workload says.
std::vector<StateParts> storedWeights(const Trace& trace, const Workload& workload)
{
    const auto method = quantisationOf(workload);
    if (!method)
        return statesOf(trace, {}).modules;
    std::vector<StateParts> modules;
    for (const PackedBytes& bytes : weightBytesOf(trace, *method).modules)
        modules.push_back({.weights = bytes.total()});
    return modules;
}

/// A device's part of packed weights: what quantisation saves on the whole, it saves on a part.
Count partOf(Count shard, Count packed, Count whole)
{
    const double part =
        static_cast<double>(shard.value()) / static_cast<double>(std::max<std::int64_t>(1, whole.value()));
    return static_cast<std::int64_t>(part * static_cast<double>(packed.value()));
}

/// Parameters of the largest layer, and of what lies outside of all layers: the units of FSDP.
struct Units {
    Count layer;
    Count root;
};

Units unitsOf(const Trace& trace)
{
    Units units;
    std::vector<Count> layers(trace.modules.size());
    for (const HeldTensor& tensor : heldTensors(trace)) {
        const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        const Count elements = parameter.params();
        const std::int32_t layer = layerPlace(trace, tensor.owner).module;
        if (layer < 0) {
            units.root += elements * tensor.instances;
        } else {
            Count& sum = layers[static_cast<std::size_t>(layer)];
            sum += elements * Count(tensor.instances.value() / instancesOf(trace, layer).value());
            units.layer = std::max(units.layer, sum);
        }
    }
    return units;
}

/// What the allocator adds to a model whose tensors are put on the device one by one.
Count roundingOf(const Trace& trace, Allocator allocator)
{
    Count sum;
    for (const HeldTensor& tensor : heldTensors(trace)) {
        const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        const Count bytes = byteSize(parameter.shape, parameter.dtype);
        sum += (blockBytes(bytes, allocator) - bytes) * tensor.instances;
    }
    return sum;
}

void shareData(const Trace& trace, const Workload& workload, const ParallelPlan& plan, Resident& resident)
{
    if (workload.accumulation > 1) { // all but the first micro-batch add to gradients that are there
        resident.gradientCopies = 1;
        resident.gradientsAppear = false;
    }
    if (plan.data == 1)
        return;
    switch (plan.sharding) {
    case DataSharding::Replicated:
    case DataSharding::Optimizer:
        resident.gradientCopies = 1;
        resident.gradientsAppear = plan.hasBucketCopies;
        return;
    case DataSharding::Gradients: resident.gradientSharers = plan.sharers(); return;
    case DataSharding::GradientsFsdp:
    case DataSharding::Full: break;
    }
    resident.gradientSharers = plan.sharers();
    const Units units = unitsOf(trace);
    const GatheredBytes unit = gathered(units.layer, units.root, workload.weightDType, workload.weightDType);
    // SHARD_GRAD_OP keeps every gathered layer until its backward.
    resident.gatheredWeights =
        plan.sharding == DataSharding::Full ? unit.weights : resident.modules.front().weights;
    resident.gatheredGradients = unit.gradients;
}

} // namespace

ParallelPlan parallelPlan(const Workload& workload)
{
    ParallelPlan plan{.data = workload.dataParallel,
                      .tensor = workload.tensorParallel,
                      .sequenceParallel = workload.sequenceParallel,
                      .pipeline = workload.pipelineParallel,
                      .context = workload.contextParallel,
                      .expert = workload.expertParallel};
    constexpr std::array stages{DataSharding::Replicated, DataSharding::Optimizer,
                                DataSharding::GradientsFsdp, DataSharding::Full};
    plan.sharding = stages[static_cast<std::size_t>(std::clamp<std::int64_t>(workload.zeroStage, 0, 3))];
    plan.hasBucketCopies = workload.zeroStage == 0 && !workload.bucketView;
    return plan;
}

TrainingRecipe trainingRecipe(const Workload& workload)
{
    TrainingRecipe recipe = recipeNamed(workload.recipe).value();
    recipe.optimizer = optimizerNamed(workload.optimizer).value();
    recipe.settings.step = workload.optimizerStep == "foreach" ? OptimizerStep::Foreach
                           : workload.optimizerStep == "loop"  ? OptimizerStep::ForLoop
                                                               : OptimizerStep::Fused;
    return recipe;
}

Resident resident(const Trace& trace, const Workload& workload, Allocator allocator)
{
    ParallelPlan plan = parallelPlan(workload);
    Resident resident;
    // Shards and packed weights are tensors of other sizes; what is known of whole ones does not hold for
    // them.
    if (plan.devices() == 1 && workload.quantisation.empty())
        resident.rounding = roundingOf(trace, allocator);
    if (workload.mode == Mode::Inference) {
        resident.modules = storedWeights(trace, workload);
        plan.data = plan.context = 1;
        resident.states = resident.modules.front();
        if (plan.devices() > 1) {
            const StateParts whole = statesOf(trace, {}).root();
            const StateParts shard = shardedStates(trace, {}, plan, headDim(trace));
            resident.states = {.weights = partOf(shard.weights + shard.frozen,
                                                 resident.states.weights + resident.states.frozen,
                                                 whole.weights + whole.frozen)};
        }
        return resident;
    }
    const TrainingRecipe recipe = trainingRecipe(workload);
    const auto method = quantisationOf(workload);
    StateBytes whole = statesOf(trace, recipe, method ? &*method : nullptr);
    resident.modules = std::move(whole.modules);
    resident.stepTransient = whole.stepTransient;
    resident.states = resident.modules.front();
    if (plan.devices() > 1) {
        ParallelPlan once = plan;
        once.hasBucketCopies = false;
        const Count packed = resident.states.frozen;
        resident.states = shardedStates(trace, recipe, once, headDim(trace));
        if (method)
            resident.states.frozen =
                partOf(resident.states.frozen, packed, statesOf(trace, recipe).root().frozen);
    }
    shareData(trace, workload, plan, resident);
    return resident;
}

} // namespace sunflop
