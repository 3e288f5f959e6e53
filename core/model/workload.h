// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The inputs of one run.

#include "core/base/count.h"
#include "core/base/dtype.h"
#include "core/base/result.h"
#include "core/base/version.h"
#include "core/model/argument.h"
#include "core/model/input.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Releases of transformers that may be asked for. Those before the oldest known layout are traced as it.
inline constexpr Version oldestTransformers{4, 0};
inline constexpr Version newestTransformers{5, 17};
inline constexpr Version oldestKnownLayout{4, 37};

/// Limit of an image's width and height, in configs and as inputs.
inline constexpr std::int64_t mostPixels = 1 << 16;

/// Which kernel computes attention: two matmuls and a softmax, PyTorch's fused call, or flash-attn.
enum class AttentionKernel : std::uint8_t { Eager, Sdpa, Flash };

/// Whether autograd records the forward. Training is one forward, its backward and an optimizer step.
enum class Mode : std::uint8_t { Inference, Training };

/// How decoding keeps keys and values: grown token by token, allocated for the whole run at once, in blocks
/// of 16 tokens, or not at all (one plain forward with use_cache=False).
enum class KvCache : std::uint8_t { Dynamic, Static, Paged, None };

/// What a training step keeps of a layer for its backward: everything, or only the layer's input.
enum class Checkpointing : std::uint8_t { None, Layers };

/// How long a tensor lives.
enum class Lifetimes : std::uint8_t {
    Eager,   ///< as long as a Python name refers to it
    LastUse, ///< until its last operator: a graph executor
    InPlace, ///< the same, and an elementwise result takes over the memory of an input that ends with it
};

/// Which parameters are trained.
enum class Trainable : std::uint8_t { All, Language, Vision };

/// What gets an adapter: linears of decoder layers, or whatever has one in the file that was opened.
enum class LoraTargets : std::uint8_t { AllLinear, Attention, Mlp, Stored };

/// Which positions of the prompt reach the language-model head.
enum class Logits : std::uint8_t { All, Last };

/// What is run: sizes per sequence, precision and software version. `newTokens` n >= 1 is a generation
/// without gradients: one prefill and n - 1 decode steps with a KV cache; 0 is one plain forward.
struct Workload {
    std::int64_t batch = 1; ///< on each data-parallel device, of one micro-batch
    std::int64_t textTokens = 0;
    std::int64_t images = 0;
    std::int64_t imageWidth = 0;       ///< pixels
    std::int64_t imageHeight = 0;      ///< pixels
    std::optional<std::int64_t> tiles; ///< per image; nothing: the model's own tiling of width and height
    std::int64_t newTokens = 0;
    std::int64_t cachedTokens = 0; ///< in the KV cache before the prompt
    AttentionKernel attention = AttentionKernel::Sdpa;
    std::optional<Logits> logits; ///< nothing: what this version of transformers does
    Version transformers;
    DType weightDType = DType::BF16;
    DType activationDType = DType::BF16;
    DType kvDType = DType::BF16;
    Mode mode = Mode::Inference;
    KvCache kvCache = KvCache::Dynamic;
    Checkpointing checkpointing = Checkpointing::None;
    bool autocast = false;
    Trainable trainable = Trainable::All;
    bool inputGradients = false; ///< what the caller gives has gradients too, where it is of a float type
    std::int64_t loraRank = 0;   ///< of adapters; 0: none. The rest is frozen
    LoraTargets loraTargets = LoraTargets::AllLinear;
    std::shared_ptr<const Adapters> adapters; ///< where the targets are the stored ones; else null
    /// The rest decides over bytes and seconds, not over the operators.
    std::string quantisation; ///< of stored weights, an id of quantisations(); empty: weightDType
    std::shared_ptr<const OwnQuantisation> ownQuantisation; ///< where that is the config's own; else null
    std::string optimizer = "adamw";                        ///< an id of optimizers()
    std::string recipe = "as-is";        ///< dtypes of training states, an id of trainingRecipes()
    std::string optimizerStep = "fused"; ///< "fused", "foreach" or "loop"
    std::int64_t accumulation = 1;       ///< micro-batches whose gradients are summed before a step
    Lifetimes lifetimes = Lifetimes::Eager;
    std::int64_t zeroStage = 0; ///< what data-parallel devices share: 0 nothing ... 3 weights as well
    bool bucketView = false;    ///< DDP: gradients are views of the buckets that are reduced
    std::int64_t dataParallel = 1;
    std::int64_t tensorParallel = 1;
    std::int64_t pipelineParallel = 1;
    std::int64_t contextParallel = 1;
    std::int64_t expertParallel = 1;
    bool sequenceParallel = false;
    std::string device = "h100-sxm"; ///< an id of devices()
    std::string preset = "eager";    ///< how kernels are launched: an id of presets
    std::vector<Argument> arguments; ///< of a recorded program, in its order

    /// Whether the cache has its final size from the start, so that attention needs a mask: a captured graph
    /// too.
    bool hasStaticCache() const
    {
        return usesCache() && (kvCache == KvCache::Static || preset == "compiled" || preset == "fused");
    }
    /// Whether keys and values outlive their layer.
    bool usesCache() const { return mode == Mode::Inference && kvCache != KvCache::None; }
    /// Adapters of one's own choice are for training; those of a file stand beside their base in every run.
    bool hasAdapters() const { return loraRank > 0 && (adapters != nullptr || mode == Mode::Training); }
    bool isGeneration() const { return newTokens > 0; }
    /// Sequences of all data-parallel devices, and in training of all micro-batches of a step.
    Count globalBatch() const
    {
        return Count(batch) * dataParallel * (mode == Mode::Training ? accumulation : 1);
    }
    std::int64_t decodeSteps() const { return newTokens > 0 ? newTokens - 1 : 0; }
    /// generate() asks for one position from transformers 4.45 on (num_logits_to_keep); before, and in a
    /// plain forward, the head sees them all.
    Logits keptLogits() const
    {
        return logits.value_or(isGeneration() && transformers >= Version{4, 45} ? Logits::Last : Logits::All);
    }

    /// The run that `settings` ask for, every other input at its default. Errors name the input: unknown
    /// here, malformed, out of range, set twice, or in conflict with another.
    static Result<Workload> from(std::span<const Input> offered, std::span<const Assignment> settings);

    /// Value of input `id`, or of one dimension of a shape, as text; the form that from() reads. An input
    /// left to follow from others shows what it came to, or "auto" where only the model can tell.
    std::string text(std::string_view id) const;
    /// Whether input `id` was left to follow from the others.
    bool isAutomatic(std::string_view id) const;
};

} // namespace sunflop
