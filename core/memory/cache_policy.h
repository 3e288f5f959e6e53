// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What decoding keeps between steps, layer by layer, and how engines allocate it.

#include "core/base/dtype.h"
#include "core/model/trace.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// What one layer, or a run of equal layers, keeps for one sequence, in elements.
struct LayerState {
    std::int64_t perToken = 0;   ///< of every token kept, in the cache's dtype
    std::int64_t tokenLimit = 0; ///< most tokens kept: window, chunk; 0: all
    std::int64_t fixed = 0;      ///< whatever the length, in the cache's dtype: cross-attention, convolutions
    std::int64_t recurrent = 0;  ///< whatever the length, in the dtype of recurrent states
    std::int64_t layers = 1;

    /// Tokens kept of a sequence of `tokens`.
    std::int64_t tokensKept(std::int64_t tokens) const;
};

/// The kinds of state; sources are the modelling codes of the architectures.
namespace states {

/// Keys and values of multi-head, grouped-query or multi-query attention.
LayerState attention(std::int64_t kvHeads, std::int64_t keyDim, std::optional<std::int64_t> valueDim = {});
/// Multi-head latent attention (DeepSeek-V2) with the absorbed kernel: the latent and the rotated key.
LayerState latent(std::int64_t rank, std::int64_t ropeDim);
/// The same as transformers' modelling code keeps it: keys and values of every head.
LayerState expandedLatent(std::int64_t heads, std::int64_t nopeDim, std::int64_t ropeDim,
                          std::int64_t valueDim);
/// The last `tokens` of a state: sliding windows, chunks of chunked attention.
LayerState limited(LayerState state, std::int64_t tokens);
/// A layer that reads another layer's cache.
LayerState shared();
/// Keys and values of an encoder's positions.
LayerState cross(std::int64_t kvHeads, std::int64_t headDim, std::int64_t encoderTokens);
/// Mamba: the last `kernel` inputs and the state of every channel (Gu and Dao 2023).
LayerState mamba1(std::int64_t innerDim, std::int64_t kernel, std::int64_t stateDim);
/// Mamba-2: kernel - 1 inputs of the convolution and the state of every head (Dao and Gu 2024).
LayerState mamba2(std::int64_t innerDim, std::int64_t groups, std::int64_t stateDim, std::int64_t kernel,
                  std::int64_t heads, std::int64_t headDim);
/// Gated DeltaNet and Kimi Delta Attention.
LayerState deltaNet(std::int64_t keyHeads, std::int64_t keyDim, std::int64_t valueHeads,
                    std::int64_t valueDim, std::int64_t kernel);
/// Linear attention, Lightning Attention; RWKV shifts two tokens of `hidden` besides.
LayerState linearAttention(std::int64_t heads, std::int64_t headDim, std::int64_t shiftedHidden = 0);
/// `layers` equal ones.
LayerState times(LayerState state, std::int64_t layers);

} // namespace states

/// Storage of a cache: the bytes of `blockElements` neighbours.
struct CacheFormat {
    std::int64_t blockElements = 1;
    std::int64_t blockBytes = 2;
    std::int64_t recurrentBytes = 4; ///< of one element of a recurrent state

    static CacheFormat of(DType dtype);
    Count bytes(Count elements) const;
};

/// How an engine allocates. `id` as in the table of cachePolicies().
enum class CachePolicyKind : std::uint8_t { Dynamic, Static, Paged, LlamaCpp, Quantised };

struct CachePolicyInfo {
    CachePolicyKind kind;
    std::string_view id;
    std::string_view title;
};
std::span<const CachePolicyInfo> cachePolicies();

struct CachePolicy {
    CachePolicyKind kind = CachePolicyKind::Dynamic;
    std::int64_t capacity = 0;         ///< Static: max_cache_len; LlamaCpp: n_ctx, all sequences together
    std::int64_t blockTokens = 16;     ///< Paged: tokens of a block
    std::int64_t residualTokens = 128; ///< Quantised: last tokens in the cache's dtype
    std::int64_t quantisedBits = 4;    ///< Quantised: bits of an older element
    std::int64_t quantisedGroup = 64;  ///< Quantised: elements that share a 16-bit scale and zero
};

/// What is cached.
struct CacheLoad {
    std::int64_t sequences = 1; ///< beams included
    std::int64_t tokens = 0;    ///< of each
    CacheFormat format;
};

struct CacheBytes {
    Count held;
    Count transient; ///< on top while a step appends: one layer's keys or values, copied by torch.cat
};

/// Bytes of a model's decoding state under a policy.
CacheBytes cacheBytes(std::span<const LayerState> layers, const CacheLoad& load, const CachePolicy& policy);

/// Elements that one more token adds to layers that keep all tokens.
Count elementsPerToken(std::span<const LayerState> layers);

/// What the attention modules of a trace keep, for `sequences` of them that are `tokens` long at its end. How
/// much of a longer sequence a sliding layer would keep follows from release and kind of cache
/// (core/model/kept_keys), not from this run's length.
std::vector<LayerState> layerStates(const Trace& trace, std::int64_t sequences, std::int64_t tokens);

/// vLLM's pool of blocks that each hold `blockTokens` tokens of all layers.
struct PagedPool {
    std::int64_t blocks = 0;
    std::int64_t blockTokens = 16;

    /// Sequences of `tokens` that fit side by side.
    double concurrency(std::int64_t tokens) const;
};

/// Bytes of one block over all layers.
Count pageBytes(std::span<const LayerState> layers, std::int64_t blockTokens, const CacheFormat& format);
PagedPool pagedPool(Count bytes, Count bytesPerPage, std::int64_t blockTokens = 16);
/// Bytes left for the pool: total * utilisation less weights, other allocations and the profiled peak of
/// activations; never negative. vLLM's default utilisation is 0.9.
Count poolBytes(Count deviceBytes, double utilisation, Count weightBytes, Count otherBytes,
                Count activationPeak);

} // namespace sunflop
