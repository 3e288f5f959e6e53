// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Memory of transformer layers as formulas of a few sizes: what explains a predicted number, and tests it.

#include "core/base/count.h"

#include <cstdint>

namespace sunflop::forms {

/// The sizes that the formulas are written in. A unit is one copy of the hidden states:
/// batch * tokens * hidden * elementBytes.
struct Geometry {
    std::int64_t hidden = 0;
    std::int64_t heads = 0;
    std::int64_t kvHeads = 0;
    std::int64_t headDim = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 1;
    std::int64_t vocabulary = 0;
    std::int64_t batch = 1;
    std::int64_t tokens = 1;
    std::int64_t elementBytes = 2;

    double queryRatio() const { return ratio(heads * headDim); }     ///< r_q
    double keyRatio() const { return ratio(kvHeads * headDim); }     ///< r_kv, keys or values alone
    double intermediateRatio() const { return ratio(intermediate); } ///< f
    Count unitBytes() const { return Count(batch) * tokens * hidden * elementBytes; }
    /// Score entries of one layer against `keys` keys.
    Count scores(std::int64_t keys) const { return Count(batch) * heads * tokens * keys; }

private:
    double ratio(std::int64_t width) const
    {
        return static_cast<double>(width) / static_cast<double>(hidden);
    }
};

/// Bytes of `units` copies of the hidden states.
Count unitsToBytes(const Geometry& g, double units);

// Inference: live temporaries of eager execution, units.

/// Layer input, residual, normed input; activated gate, up projection, their product.
double gatedMlpLive(const Geometry& g);
/// The same without a gate.
double plainMlpLive(const Geometry& g);
/// Layer input and residual; queries, queries * cos, the rotated half, the product.
double ropeLive(const Geometry& g);
/// A fused kernel: no term with tokens squared. `repeatsKeys` where keys and values are copied for every
/// head.
double fusedAttentionLive(const Geometry& g, bool repeatsKeys);
/// Bytes per score entry of eager attention: scores, an fp32 copy and its softmax in bf16; fp16 has a softmax
/// that reads half and writes fp32, fp32 needs no copy.
std::int64_t eagerScoreBytes(std::int64_t elementBytes, bool isBf16);
/// Eager attention against `keys` keys, scores included.
double eagerAttentionLive(const Geometry& g, std::int64_t keys, std::int64_t scoreBytes);
/// Bytes per logit: its own dtype, and fp32 beside it while .float() runs.
std::int64_t logitBytes(std::int64_t elementBytes, bool castsToFloat);

/// llama.cpp's compute buffer. Without flash attention: scores, mask and four fp32 states of one micro-batch;
/// with it about the logits and four states of one.
Count llamaCppCompute(const Geometry& g, std::int64_t microBatch, std::int64_t context, bool hasFlash);

// Training: tensors that a decoder layer keeps for backward, units.

enum class LayerTraining : std::uint8_t {
    Full,
    Frozen, ///< no weight is trained, but a gradient passes through
    Lora,   ///< adapters beside all linear layers
    None,   ///< frozen, and nothing before it needs a gradient: no graph
};

/// How the layer is written. The defaults are transformers' modelling code.
struct LayerStyle {
    LayerTraining training = LayerTraining::Full;
    bool repeatsKeys = true;   ///< copies keys and values per head, and the output once more
    bool normsHeads = false;   ///< norms of queries and keys (Qwen3)
    bool scalesNorms = false;  ///< norms that multiply with 1 + weight in fp32 (Gemma)
    bool fusesNorms = false;   ///< the norm keeps its input and a number per row
    bool fusesGate = false;    ///< keeps gate and up projection, computes the rest again
    std::int64_t loraRank = 0; ///< Lora
};

/// Kept per layer with fused attention, its fp32 log-sum-exp included.
double savedPerLayer(const Geometry& g, const LayerStyle& style);
/// Kept per score entry by eager attention in transformers: fp32 probabilities and their copy; with dropout a
/// mask and the dropped copy besides.
std::int64_t eagerSavedScoreBytes(std::int64_t elementBytes, bool hasDropout);

/// Activations under checkpointing, units: every `every`-th layer's input, and all that those layers in
/// between keep while they are computed again. `offloads` keeps two inputs on the device.
double checkpointed(std::int64_t layers, double savedUnits, std::int64_t every = 1, bool offloads = false);

// Head and loss, bytes per token and vocabulary entry.

enum class LossKind : std::uint8_t {
    Eager,       ///< logits.float(), log-softmax, negative log-likelihood
    Compiled,    ///< torch.compile: one pass over the logits
    FusedLinear, ///< never holds the logits (Liger, cut cross-entropy)
};

struct LossStyle {
    LossKind kind = LossKind::Eager;
    bool copiesLabelsShifted = false; ///< a contiguous fp32 copy of all but the last position
    bool returnsLogits = false;       ///< the caller keeps the 16-bit logits
    bool softCaps = false;            ///< tanh soft-cap, whose output backward needs
    std::int64_t chunks = 1;          ///< the tokens are cut into so many parts
};

/// Peaks of forward and of forward and backward together, bytes of all tokens.
struct LossBytes {
    Count forward;
    Count backward; ///< what backward adds to what forward leaves
    Count peak;
};
LossBytes lossBytes(const Geometry& g, const LossStyle& style);

// Reducing activation recomputation (Korthikanti et al., arXiv 2205.05198): GPT in fp16 with dropout.

enum class Recompute : std::uint8_t { None, Selective, Full };

struct GptParallel {
    std::int64_t tensor = 1;
    bool sequence = false;
    Recompute recompute = Recompute::None;
    std::int64_t pipeline = 1;
    std::int64_t chunks = 1; ///< interleaved model chunks
};

/// Activations of one layer per device over s b h bytes, table 2 of the paper.
double gptLayerFactor(const Geometry& g, const GptParallel& parallel);
/// Activations of the first pipeline stage, bytes: as many micro-batches in flight as there are stages.
/// Without the paper's small extras.
double gptActivations(const Geometry& g, const GptParallel& parallel);
/// The extras: dropout of the embedding, and behind a single stage the last norm, head and logits.
double gptExtras(const Geometry& g, const GptParallel& parallel);
/// Parameters of the layers, 12 L h^2, and 18 bytes for each: weight, gradient, master, states.
double gptStateBytes(const Geometry& g, const GptParallel& parallel, double bytesPerParam = 18);
/// Megatron-LM's own estimate per layer over s b h bytes, with sequence parallelism and selective recompute.
double megatronLayerFactor(const Geometry& g, std::int64_t tensor);

} // namespace sunflop::forms
