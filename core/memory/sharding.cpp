// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/sharding.h"

#include "core/model/held.h"

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

Count shared(Count bytes, std::int64_t parts)
{
    return bytes.isSaturated() ? bytes : Count((bytes.value() + parts - 1) / parts);
}

std::int64_t ceilDivided(std::int64_t a, std::int64_t b)
{
    return (a + b - 1) / b;
}

/// How many layers of a run stage `plan.stage` has, of `layers` in all.
std::int64_t layersOnStage(const Trace& trace, const LayerPlace& place, const ParallelPlan& plan,
                           std::int64_t layers)
{
    const LayerRange range = stageLayers(layers, plan.pipeline, plan.stage);
    const std::int64_t end = place.first + trace.modules[static_cast<std::size_t>(place.module)].repeat;
    return std::max<std::int64_t>(0, std::min(range.last, end) - std::max(range.first, place.first));
}

/// How many of a tensor's instances stage `plan.stage` holds. Layers go by number; what stands before the
/// first layer runs on the first stage, what stands behind on the last.
Count instancesOnStage(const Trace& trace, const HeldTensor& tensor, const ParallelPlan& plan,
                       std::int64_t layers)
{
    if (plan.pipeline == 1)
        return tensor.instances;
    const LayerPlace place = layerPlace(trace, tensor.owner);
    if (place.module < 0) {
        const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        const WeightKind kind = weightKind(trace, parameter);
        const std::string& name = trace.modules[static_cast<std::size_t>(parameter.module)].name;
        const bool isBehind =
            kind == WeightKind::Head || name == "norm" || name == "ln_f" || name == "final_layernorm";
        const bool isFirst = plan.stage == 0;
        const bool isLast = plan.stage == plan.pipeline - 1;
        // A tied table is needed at both ends.
        const bool isHere = isBehind ? isLast : isFirst || (isLast && !tensor.holders.empty());
        return isHere ? tensor.instances : Count(0);
    }
    const std::int64_t inRun = trace.modules[static_cast<std::size_t>(place.module)].repeat;
    return Count(tensor.instances.value() / inRun) * layersOnStage(trace, place, plan, layers);
}

/// Whether a name is one of those whose rows are key or value heads.
bool holdsKeyHeads(const Trace& trace, const Parameter& parameter)
{
    const std::string& name = trace.modules[static_cast<std::size_t>(parameter.module)].name;
    return name == "k_proj" || name == "v_proj" || name == "wk" || name == "wv";
}

/// The projection that a weight or a bias belongs to.
GgufTensor projectionOf(const Trace& trace, const Parameter& parameter)
{
    Parameter matrix = parameter;
    matrix.name = "weight";
    while (matrix.shape.rank() < 2)
        matrix.shape.append(1);
    return ggufTensor(trace, matrix);
}

} // namespace

StateParts dataSharded(const StateParts& whole, DataSharding sharding, std::int64_t sharers)
{
    StateParts part = whole;
    if (sharding == DataSharding::Replicated || sharers <= 1)
        return part;
    part.optimizer = shared(whole.optimizer, sharers);
    part.masters = shared(whole.masters, sharers);
    if (sharding == DataSharding::Optimizer)
        return part;
    part.gradients = shared(whole.gradients, sharers);
    if (sharding == DataSharding::Gradients)
        return part;
    part.weights = shared(whole.weights, sharers);
    part.frozen = shared(whole.frozen, sharers);
    return part;
}

Count firstShard(const Shape& shape, std::int64_t parts)
{
    if (shape.rank() == 0)
        return 1;
    Shape part = shape.at(0);
    part.set(0, ceilDivided(shape[0], parts));
    return part.elements();
}

namespace {

/// How a weight [out, in] or its bias is cut.
TensorCut linearCut(const Trace& trace, const Parameter& parameter)
{
    const Module& module = trace.modules[static_cast<std::size_t>(parameter.module)];
    const bool isVector = parameter.shape.rank() < 2;
    if (module.role == Role::Norm || module.role == Role::Router || isInTower(trace, parameter.module))
        return TensorCut::None;
    switch (projectionOf(trace, parameter)) {
    case GgufTensor::TokenEmbedding: return isVector ? TensorCut::None : TensorCut::Rows;
    case GgufTensor::Output:
    case GgufTensor::AttentionK:
    case GgufTensor::AttentionV:
        return holdsKeyHeads(trace, parameter) ? TensorCut::KeyHeads : TensorCut::Rows;
    case GgufTensor::AttentionQ:
    case GgufTensor::AttentionQkv:
    case GgufTensor::FfnUp:
    case GgufTensor::FfnGate: return TensorCut::Rows;
    // Their products are summed over devices; the bias is added once, after that.
    case GgufTensor::AttentionOutput:
    case GgufTensor::FfnDown: return isVector ? TensorCut::None : TensorCut::Columns;
    default: return TensorCut::None;
    }
}

} // namespace

TensorCut tensorCut(const Trace& trace, const Parameter& parameter)
{
    const TensorCut cut = linearCut(trace, parameter);
    const bool isTransposed = parameter.shape.rank() == 2 &&
                              trace.modules[static_cast<std::size_t>(parameter.module)].className == "Conv1D";
    if (!isTransposed || (cut != TensorCut::Rows && cut != TensorCut::Columns))
        return cut;
    return cut == TensorCut::Rows ? TensorCut::Columns : TensorCut::Rows;
}

std::int64_t paddedVocabulary(std::int64_t vocabulary, std::int64_t tensor)
{
    const std::int64_t multiple = 128 * tensor;
    return ceilDivided(vocabulary, multiple) * multiple;
}

std::int64_t kvHeadsPerDevice(std::int64_t kvHeads, std::int64_t tensor)
{
    return std::max<std::int64_t>(1, ceilDivided(kvHeads, tensor));
}

std::int64_t headDim(const Trace& trace)
{
    // The language model runs last. Eager attention ends in scores times values.
    for (auto op = trace.ops.rbegin(); op != trace.ops.rend(); ++op) {
        if (groupOf(op->kind) == OpGroup::Attention)
            return op->inputs[0].shape[3];
        if (groupOf(op->kind) == OpGroup::Product && op->output.shape.rank() == 4)
            return op->output.shape[3];
    }
    return 1;
}

Shape tensorShard(const Trace& trace, const Parameter& parameter, std::int64_t tensor, std::int64_t headDim)
{
    Shape shard = parameter.shape;
    const TensorCut cut = tensorCut(trace, parameter);
    if (tensor == 1 || cut == TensorCut::None || shard.rank() == 0)
        return shard;
    if (cut == TensorCut::Columns) {
        const std::size_t inner = shard.rank() - 1;
        shard.set(inner, ceilDivided(shard[inner], tensor));
        return shard;
    }
    const std::size_t outer = shard.rank() == 3 ? 1 : 0;
    std::int64_t rows = shard[outer];
    const WeightKind kind = weightKind(trace, parameter);
    if (cut == TensorCut::KeyHeads && headDim > 0 && rows % headDim == 0) {
        shard.set(outer, kvHeadsPerDevice(rows / headDim, tensor) * headDim);
        return shard;
    }
    const bool isVocabulary = kind == WeightKind::Embedding || kind == WeightKind::Head;
    if (isVocabulary && rows % tensor != 0)
        rows = paddedVocabulary(rows, tensor);
    shard.set(outer, ceilDivided(rows, tensor));
    return shard;
}

LayerRange stageLayers(std::int64_t layers, std::int64_t stages, std::int64_t stage)
{
    const std::int64_t each = layers / stages;
    const std::int64_t rest = layers % stages;
    const std::int64_t first = stage * each + std::min(stage, rest);
    return {first, first + each + (stage < rest ? 1 : 0)};
}

Trace onStage(Trace trace, const ParallelPlan& plan)
{
    const std::int64_t layers = layerCount(trace);
    std::vector<std::int64_t> repeats;
    for (std::size_t i = 0; i < trace.modules.size(); ++i) {
        const auto id = static_cast<std::int32_t>(i);
        const LayerPlace place = layerPlace(trace, id);
        repeats.push_back(place.module == id ? layersOnStage(trace, place, plan, layers)
                                             : trace.modules[i].repeat);
    }
    for (std::size_t i = 0; i < repeats.size(); ++i)
        trace.modules[i].repeat = repeats[i];
    return trace;
}

std::int64_t microBatchesInFlight(std::int64_t stages, std::int64_t stage, std::int64_t microBatches)
{
    return std::min(microBatches, stages - stage);
}

double interleavedFactor(std::int64_t stages, std::int64_t chunks)
{
    if (chunks <= 1)
        return 1;
    return 1 + static_cast<double>(stages - 1) / (static_cast<double>(stages) * static_cast<double>(chunks));
}

double pipelineBubble(std::int64_t stages, std::int64_t microBatches, std::int64_t chunks)
{
    return static_cast<double>(stages - 1) /
           (static_cast<double>(microBatches) * static_cast<double>(chunks));
}

ActivationShares activationShares(const ParallelPlan& plan, std::int64_t microBatches, std::int64_t chunks)
{
    const double context = 1 / static_cast<double>(plan.context);
    const double tensor = context / static_cast<double>(plan.tensor);
    return {.split = tensor,
            .common = plan.sequenceParallel ? tensor : context,
            .inFlight = static_cast<double>(microBatchesInFlight(plan.pipeline, plan.stage, microBatches)) *
                        interleavedFactor(plan.pipeline, chunks)};
}

StateParts shardedStates(const Trace& trace, const TrainingRecipe& recipe, const ParallelPlan& plan,
                         std::int64_t headDim)
{
    const std::int64_t layers = layerCount(trace);
    StateParts rest;
    StateParts experts;
    StateParts buffers; // every device has them whole
    for (const HeldTensor& tensor : heldTensors(trace)) {
        Parameter part = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        if (part.isBuffer) {
            buffers = buffers + statesOf(part, true, recipe) * instancesOnStage(trace, tensor, plan, layers);
            continue;
        }
        const WeightKind kind = weightKind(trace, part);
        part.shape = tensorShard(trace, part, plan.tensor, headDim);
        Count instances = instancesOnStage(trace, tensor, plan, layers);
        const bool isExpert = kind == WeightKind::Expert;
        if (isExpert && part.shape.rank() == 3)
            part.shape.set(0, ceilDivided(part.shape[0], plan.expert));
        else if (isExpert)
            instances = shared(instances, plan.expert);
        const bool hidden = kind != WeightKind::Embedding && kind != WeightKind::Head;
        StateParts& sum = isExpert ? experts : rest;
        sum = sum + statesOf(part, hidden, recipe) * instances;
    }
    // Experts are replicated only where the others are not: among data / expert devices.
    const std::int64_t expertSharers = std::max<std::int64_t>(1, plan.sharers() / plan.expert);
    StateParts states =
        dataSharded(rest, plan.sharding, plan.sharers()) + dataSharded(experts, plan.sharding, expertSharers);
    if (plan.hasBucketCopies && plan.sharding == DataSharding::Replicated && plan.data > 1)
        states.gradients *= 2;
    return states + buffers;
}

GatheredBytes gathered(Count unitParams, Count rootParams, DType compute, DType reduce,
                       std::int64_t prefetched)
{
    const std::int64_t weight = info(compute).blockBytes;
    return {.weights = (unitParams * (1 + prefetched) + rootParams) * weight,
            .gradients = unitParams * info(reduce).blockBytes};
}

namespace deepspeed {

namespace {

Count scaled(Count bytes, double factor)
{
    return static_cast<std::int64_t>(std::llround(static_cast<double>(bytes.value()) * factor));
}

} // namespace

Estimate zero2(Count params, std::int64_t devicesPerNode, std::int64_t nodes, Offload offload,
               double additional)
{
    const std::int64_t devices = devicesPerNode * nodes;
    if (offload == Offload::None)
        return {params * 4 + shared(params * 16, devices), scaled(params * 4 * devicesPerNode, additional)};
    return {params * 2, scaled(params * std::max<std::int64_t>(4 * devices, 16), additional)};
}

Estimate zero3(Count params, Count largestLayer, std::int64_t devicesPerNode, std::int64_t nodes,
               Offload offload, double additional)
{
    const std::int64_t devices = devicesPerNode * nodes;
    const Count layer = largestLayer * 4;
    // zero.Init builds one layer at a time on each device's process.
    const Count building = scaled(layer * devicesPerNode, additional);
    const Count perNode = shared(params * 18, nodes);
    switch (offload) {
    case Offload::None: return {layer + shared(params * 18, devices), building};
    case Offload::Optimizer:
        return {layer + shared(params * 2, devices), scaled(shared(params * 16, nodes), additional)};
    case Offload::OptimizerAndWeights: return {layer, scaled(perNode, additional)};
    }
    return {};
}

} // namespace deepspeed

} // namespace sunflop
