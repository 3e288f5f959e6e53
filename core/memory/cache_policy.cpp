// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/cache_policy.h"

#include "core/model/held.h"

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

std::int64_t ceilDivided(std::int64_t a, std::int64_t b)
{
    return (a + b - 1) / b;
}

/// Bytes of what does not grow with the sequence.
Count fixedBytes(const LayerState& state, const CacheLoad& load)
{
    return (load.format.bytes(Count(state.fixed) * load.sequences) +
            Count(state.recurrent) * load.sequences * load.format.recurrentBytes) *
           state.layers;
}

/// Bytes of `tokens` kept by each sequence.
Count tokenBytes(const LayerState& state, std::int64_t tokens, const CacheLoad& load)
{
    return load.format.bytes(Count(state.perToken) * tokens * load.sequences) * state.layers;
}

/// The last tokens in the cache's dtype, older ones in `quantisedBits` under a scale and a zero per group.
Count quantisedBytes(const LayerState& state, const CacheLoad& load, const CachePolicy& policy)
{
    const std::int64_t kept = state.tokensKept(load.tokens);
    const std::int64_t recent = std::min(kept, policy.residualTokens);
    const Count older = Count(state.perToken) * (kept - recent) * load.sequences;
    const CacheFormat packed{.blockElements = 8, .blockBytes = policy.quantisedBits};
    const CacheFormat scales{.blockElements = policy.quantisedGroup, .blockBytes = 4};
    return tokenBytes(state, recent, load) + (packed.bytes(older) + scales.bytes(older)) * state.layers;
}

Count layerBytes(const LayerState& state, const CacheLoad& load, const CachePolicy& policy)
{
    switch (policy.kind) {
    case CachePolicyKind::Dynamic: return tokenBytes(state, state.tokensKept(load.tokens), load);
    case CachePolicyKind::Static:
        return tokenBytes(state, state.tokensKept(std::max(policy.capacity, load.tokens)), load);
    case CachePolicyKind::Paged: {
        const std::int64_t blocks = ceilDivided(state.tokensKept(load.tokens), policy.blockTokens);
        return tokenBytes(state, blocks * policy.blockTokens, load);
    }
    case CachePolicyKind::LlamaCpp: {
        CacheLoad cells = load;
        cells.sequences = 1;
        return tokenBytes(state, std::max(policy.capacity, load.tokens * load.sequences), cells);
    }
    case CachePolicyKind::Quantised: return quantisedBytes(state, load, policy);
    }
    return 0;
}

} // namespace

std::int64_t LayerState::tokensKept(std::int64_t tokens) const
{
    return tokenLimit > 0 ? std::min(tokens, tokenLimit) : tokens;
}

namespace states {

LayerState attention(std::int64_t kvHeads, std::int64_t keyDim, std::optional<std::int64_t> valueDim)
{
    return {.perToken = kvHeads * (keyDim + valueDim.value_or(keyDim))};
}

LayerState latent(std::int64_t rank, std::int64_t ropeDim)
{
    return {.perToken = rank + ropeDim};
}

LayerState expandedLatent(std::int64_t heads, std::int64_t nopeDim, std::int64_t ropeDim,
                          std::int64_t valueDim)
{
    return attention(heads, nopeDim + ropeDim, valueDim);
}

LayerState limited(LayerState state, std::int64_t tokens)
{
    state.tokenLimit = tokens;
    return state;
}

LayerState shared()
{
    return {};
}

LayerState cross(std::int64_t kvHeads, std::int64_t headDim, std::int64_t encoderTokens)
{
    return {.fixed = 2 * kvHeads * headDim * encoderTokens};
}

LayerState mamba1(std::int64_t innerDim, std::int64_t kernel, std::int64_t stateDim)
{
    return {.fixed = innerDim * kernel, .recurrent = innerDim * stateDim};
}

LayerState mamba2(std::int64_t innerDim, std::int64_t groups, std::int64_t stateDim, std::int64_t kernel,
                  std::int64_t heads, std::int64_t headDim)
{
    return {.fixed = (innerDim + 2 * groups * stateDim) * (kernel - 1),
            .recurrent = heads * headDim * stateDim};
}

LayerState deltaNet(std::int64_t keyHeads, std::int64_t keyDim, std::int64_t valueHeads,
                    std::int64_t valueDim, std::int64_t kernel)
{
    return {.fixed = (2 * keyHeads * keyDim + valueHeads * valueDim) * (kernel - 1),
            .recurrent = valueHeads * valueDim * keyDim};
}

LayerState linearAttention(std::int64_t heads, std::int64_t headDim, std::int64_t shiftedHidden)
{
    return {.fixed = 2 * shiftedHidden, .recurrent = heads * headDim * headDim};
}

LayerState times(LayerState state, std::int64_t layers)
{
    state.layers *= layers;
    return state;
}

} // namespace states

CacheFormat CacheFormat::of(DType dtype)
{
    const DTypeInfo& known = info(dtype);
    return {.blockElements = known.blockElements, .blockBytes = known.blockBytes};
}

Count CacheFormat::bytes(Count elements) const
{
    if (elements.isSaturated())
        return elements;
    return Count(ceilDivided(elements.value(), blockElements)) * blockBytes;
}

std::span<const CachePolicyInfo> cachePolicies()
{
    static constexpr std::array table{
        CachePolicyInfo{CachePolicyKind::Dynamic, "dynamic", "As long as the sequences"},
        CachePolicyInfo{CachePolicyKind::Static, "static", "Allocated for the longest"},
        CachePolicyInfo{CachePolicyKind::Paged, "paged", "Blocks of tokens (vLLM)"},
        CachePolicyInfo{CachePolicyKind::LlamaCpp, "llama-cpp", "One buffer for all sequences (llama.cpp)"},
        CachePolicyInfo{CachePolicyKind::Quantised, "quantised", "Older tokens quantised (transformers)"},
    };
    return table;
}

CacheBytes cacheBytes(std::span<const LayerState> layers, const CacheLoad& load, const CachePolicy& policy)
{
    CacheBytes bytes;
    for (const LayerState& state : layers) {
        bytes.held += layerBytes(state, load, policy) + fixedBytes(state, load);
        if (policy.kind != CachePolicyKind::Dynamic)
            continue;
        // Keys are copied and freed before values are; the wider of the two is at least half.
        const std::int64_t half = state.perToken - state.perToken / 2;
        const Count copied = Count(half) * state.tokensKept(load.tokens) * load.sequences;
        bytes.transient = std::max(bytes.transient, load.format.bytes(copied));
    }
    return bytes;
}

Count elementsPerToken(std::span<const LayerState> layers)
{
    Count elements;
    for (const LayerState& state : layers)
        if (state.tokenLimit == 0)
            elements += Count(state.perToken) * state.layers;
    return elements;
}

std::vector<LayerState> layerStates(const Trace& trace, std::int64_t sequences, std::int64_t tokens)
{
    std::vector<LayerState> layers;
    for (const CacheEntry& entry : trace.caches) {
        LayerState state{.tokenLimit = entry.tokenLimit, .layers = instancesOf(trace, entry.module).value()};
        const Count kept = Count(sequences) * state.tokensKept(tokens);
        if (kept > Count(0) && !entry.elements.isSaturated())
            state.perToken = entry.elements.value() / kept.value();
        layers.push_back(state);
    }
    return layers;
}

double PagedPool::concurrency(std::int64_t tokens) const
{
    return static_cast<double>(blocks) * static_cast<double>(blockTokens) / static_cast<double>(tokens);
}

Count pageBytes(std::span<const LayerState> layers, std::int64_t blockTokens, const CacheFormat& format)
{
    Count bytes;
    for (const LayerState& state : layers)
        bytes += format.bytes(Count(state.perToken) * blockTokens) * state.layers;
    return bytes;
}

PagedPool pagedPool(Count bytes, Count bytesPerPage, std::int64_t blockTokens)
{
    const bool hasPages = bytes > Count(0) && bytesPerPage > Count(0);
    return {.blocks = hasPages ? bytes.value() / bytesPerPage.value() : 0, .blockTokens = blockTokens};
}

Count poolBytes(Count deviceBytes, double utilisation, Count weightBytes, Count otherBytes,
                Count activationPeak)
{
    const auto usable = static_cast<std::int64_t>(static_cast<double>(deviceBytes.value()) * utilisation);
    return std::max(Count(0), Count(usable) - weightBytes - otherBytes - activationPeak);
}

} // namespace sunflop
