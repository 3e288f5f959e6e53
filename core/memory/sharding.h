// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Training and serving on several devices: what each of them holds.

#include "core/base/shape.h"
#include "core/memory/states.h"
#include "core/quantisation/weight_kind.h"

#include <cstdint>

namespace sunflop {

/// How data-parallel devices share states. The stages are ZeRO's (arXiv 1910.02054).
enum class DataSharding : std::uint8_t {
    Replicated,   ///< DistributedDataParallel
    Optimizer,    ///< ZeRO-1, Megatron's distributed optimizer
    Gradients,    ///< ZeRO-2
    Full,         ///< ZeRO-3, FSDP's FULL_SHARD
    GradientsFsdp ///< FSDP's SHARD_GRAD_OP: weights whole only from forward to backward
};

/// How many devices share which work. All at least 1; the devices are their product, experts aside: expert
/// parallelism uses devices of the data-parallel group.
struct ParallelPlan {
    std::int64_t data = 1;
    std::int64_t shardGroup = 0; ///< devices that share states (HSDP); 0: all of `data`
    DataSharding sharding = DataSharding::Replicated;
    bool hasBucketCopies = false; ///< DDP without gradient_as_bucket_view: gradients exist twice
    std::int64_t tensor = 1;
    bool sequenceParallel = false;
    std::int64_t pipeline = 1;
    std::int64_t stage = 0; ///< the pipeline stage asked about
    std::int64_t context = 1;
    std::int64_t expert = 1;

    std::int64_t devices() const { return data * tensor * pipeline * context; }
    /// Devices among which states are cut; context parallel ones hold the same weights and take part.
    std::int64_t sharers() const { return shardGroup > 0 ? shardGroup : data * context; }
};

/// Bytes per device of states that all fit on one: the formulas 4P + 12P/N, 2P + 14P/N and 16P/N of the ZeRO
/// paper, for any recipe. FSDP's gathered copies come on top. Requires sharers >= 1.
StateParts dataSharded(const StateParts& whole, DataSharding sharding, std::int64_t sharers);

/// Elements of a tensor on the first device when its first dimension is cut, as FSDP2 and tensor parallelism
/// do: ceil(size / parts) rows.
Count firstShard(const Shape& shape, std::int64_t parts);

/// Which dimension tensor parallelism cuts (Megatron-LM, arXiv 1909.08053); of key heads only whole ones.
enum class TensorCut : std::uint8_t { None, Rows, KeyHeads, Columns };
TensorCut tensorCut(const Trace& trace, const Parameter& parameter);

/// A vocabulary as Megatron pads it: to a multiple of 128 per device.
std::int64_t paddedVocabulary(std::int64_t vocabulary, std::int64_t tensor);
/// Key heads on each device: at least one, copied where there are fewer than devices.
std::int64_t kvHeadsPerDevice(std::int64_t kvHeads, std::int64_t tensor);

/// Features of a head in the language model, by which keys and values are cut; 1 where no attention ran.
std::int64_t headDim(const Trace& trace);

/// The shape that one of `tensor` devices holds of a parameter. Rows of keys and values are cut by whole
/// heads of `headDim`; embedding and head are padded where they are no multiple of `tensor`.
Shape tensorShard(const Trace& trace, const Parameter& parameter, std::int64_t tensor, std::int64_t headDim);

/// Layers [first, last) of a pipeline stage: as even as can be, earlier stages take the rest.
struct LayerRange {
    std::int64_t first = 0;
    std::int64_t last = 0;

    std::int64_t count() const { return last - first; }
};
LayerRange stageLayers(std::int64_t layers, std::int64_t stages, std::int64_t stage);

/// The run as the plan's stage has it: Module::repeat of a run of the language model's layers is how many of
/// them the stage runs, 0 where it has none. What stands outside of the layers stays.
Trace onStage(Trace trace, const ParallelPlan& plan);

/// Micro-batches whose activations stage `stage` holds at once under one-forward-one-backward.
std::int64_t microBatchesInFlight(std::int64_t stages, std::int64_t stage, std::int64_t microBatches);
/// Growth of the first stage's activations by interleaving m chunks: 1 + (p - 1) / (p m); for m = 1 none,
/// as Korthikanti et al. state it for the plain schedule.
double interleavedFactor(std::int64_t stages, std::int64_t chunks);
/// Idle share of the ideal time: (p - 1) / (micro-batches * chunks).
double pipelineBubble(std::int64_t stages, std::int64_t microBatches, std::int64_t chunks = 1);

/// What is left on one device of the activations of one micro-batch on one device.
struct ActivationShares {
    double split = 1; ///< of attention heads, the MLP's inner states, logits: cut by tensors and context
    double common =
        1; ///< of hidden states, norms, dropout: cut by context, and with sequence parallelism too
    double inFlight = 1; ///< micro-batches that a pipeline stage holds at once
};
ActivationShares activationShares(const ParallelPlan& plan, std::int64_t microBatches = 1,
                                  std::int64_t chunks = 1);

/// States on one device of a plan: cut by experts and tensors, then by stages, then shared as the plan says.
/// The largest unit gathered by ZeRO-3 is not included. Heads have `headDim` features.
StateParts shardedStates(const Trace& trace, const TrainingRecipe& recipe, const ParallelPlan& plan,
                         std::int64_t headDim);

/// What ZeRO-3 or FSDP holds besides the shards while a unit (a layer) runs.
struct GatheredBytes {
    Count weights;
    Count gradients;

    Count total() const { return weights + gradients; }
};
/// The unit at work and `prefetched` more, gathered in the compute dtype, the root unit (embedding, head,
/// final norm) all along, and one unit's gradient before it is reduced.
GatheredBytes gathered(Count unitParams, Count rootParams, DType compute, DType reduce,
                       std::int64_t prefetched = 1);

/// Defaults of DeepSpeed's configuration, in elements.
namespace deepspeed {
inline constexpr std::int64_t reduceBucket = 500'000'000;
inline constexpr std::int64_t allgatherBucket = 500'000'000;
inline constexpr std::int64_t prefetchBucket = 50'000'000;
inline constexpr std::int64_t liveParameters = 1'000'000'000;

/// Which states an estimate moves to the host.
enum class Offload : std::uint8_t { None, Optimizer, OptimizerAndWeights };

struct Estimate {
    Count deviceBytes;
    Count hostBytes;
};
/// estimate_zero2_model_states_mem_needs of DeepSpeed, `additional` its factor for buffers.
Estimate zero2(Count params, std::int64_t devicesPerNode, std::int64_t nodes, Offload offload,
               double additional = 1.5);
/// estimate_zero3_model_states_mem_needs, with zero.Init.
Estimate zero3(Count params, Count largestLayer, std::int64_t devicesPerNode, std::int64_t nodes,
               Offload offload, double additional = 1.5);
} // namespace deepspeed

} // namespace sunflop
