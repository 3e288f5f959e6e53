// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/cache_policy.h"
#include "core/quantisation/quantisation.h"
#include "tests/support/published.h"

#include <cmath>

namespace sunflop::test {

namespace {

/// The decoding state of a bundled model, read off a run of one token.
std::vector<LayerState> bundledStates(std::string_view model)
{
    return layerStates(bundledTrace(model), 1, 1);
}

Count held(const std::vector<LayerState>& layers, std::int64_t tokens, std::int64_t sequences = 1,
           const CachePolicy& policy = {})
{
    return cacheBytes(layers, {.sequences = sequences, .tokens = tokens}, policy).held;
}

Prediction threeLengths(const std::vector<LayerState>& layers)
{
    return {{bytesIn(held(layers, 1024), gibibyte), bytesIn(held(layers, 16'000), gibibyte),
             bytesIn(held(layers, 128'000), gibibyte)}};
}

Prediction perToken(const std::vector<LayerState>& layers, double unit)
{
    return {{bytesIn(held(layers, 1), unit)}};
}

/// llama.cpp's buffer for a context of these many cells.
Prediction llamaCpp(const std::vector<LayerState>& layers, std::int64_t cells)
{
    const CachePolicy policy{.kind = CachePolicyKind::LlamaCpp, .capacity = cells};
    return {{bytesIn(held(layers, 1, 1, policy), mebibyte)}};
}

/// 11.12 GiB and 11.12 sequences of 8192 tokens are rounded: the fewest blocks that print as both.
Prediction vllmBlocks(std::string_view)
{
    const std::vector<LayerState> layers = bundledStates("llama-3-8b");
    const Count page = pageBytes(layers, 16, {});
    constexpr double leastPrinted = 11.115;
    const auto tokens = static_cast<std::int64_t>(std::ceil(leastPrinted * 8192));
    const Count needed = held(layers, tokens, 1, {.kind = CachePolicyKind::Paged});
    const auto leastBytes = static_cast<std::int64_t>(std::ceil(leastPrinted * gibibyte));
    const PagedPool pool = pagedPool(std::max(needed, Count(leastBytes)), page);
    return {{static_cast<double>(pool.blocks)}};
}

/// gpt-fast's bytes per token: every weight but the embedding table, and a cache of 208 positions.
double gptFastBytes()
{
    const Trace model = referenceTrace("huggyllama--llama-7b");
    const Count weights = weightBytesOf(model, quantisations().front()).bytes();
    const Count table = byteSize({32'000, 4096}, DType::BF16);
    const Count cache =
        held(layerStates(model, 1, 1), 1, 1, {.kind = CachePolicyKind::Static, .capacity = 208});
    return bytesIn(weights - table + cache, 1);
}

} // namespace

std::vector<PublishedFigure> publishedCaches()
{
    std::vector<PublishedFigure> figures;
    const auto add = [&](std::string_view id, Prediction (*predict)(std::string_view)) {
        figures.push_back({id, predict});
    };
    add("vllm-llama3-8b-kvblocks", vllmBlocks);
    add("hf-kv-8b", [](std::string_view) { return threeLengths(bundledStates("llama-3.1-8b")); });
    add("hf-kv-70b", [](std::string_view) { return threeLengths(bundledStates("llama-3.1-70b")); });
    add("hf-kv-405b",
        [](std::string_view) { return threeLengths({states::times(states::attention(16, 128), 126)}); });
    add("ds-insights-deepseek-v3",
        [](std::string_view) { return perToken({states::times(states::latent(512, 64), 61)}, 1000); });
    add("ds-insights-qwen-2.5-72b",
        [](std::string_view) { return perToken(bundledStates("qwen2.5-72b"), 1000); });
    add("ds-insights-llama-3.1-405b",
        [](std::string_view) { return perToken(bundledStates("llama-3.1-405b"), 1000); });
    add("opt13b-kv",
        [](std::string_view) { return perToken({states::times(states::attention(40, 128), 40)}, 1); });
    add("llamacpp-kv-llama2-7b-2048", [](std::string_view) {
        return llamaCpp(layerStates(referenceTrace("huggyllama--llama-7b"), 1, 1), 2048);
    });
    add("llamacpp-kv-llama3-8b-8192",
        [](std::string_view) { return llamaCpp(bundledStates("llama-3-8b"), 8192); });
    add("mle-llama31-8b-kv", [](std::string_view) -> Prediction {
        const auto layers = bundledStates("llama-3.1-8b");
        return {{bytesIn(held(layers, 1), 1e6), bytesIn(held(layers, 1024), 1e6),
                 bytesIn(held(layers, 1024, 128), gigabyte)}};
    });
    add("gptfast-llama-2-7b-bf16", [](std::string_view) -> Prediction {
        constexpr double tokensPerSecond = 104.9;
        return {{tokensPerSecond, tokensPerSecond * gptFastBytes() / gigabyte}};
    });
    add("gptfast-roofline", [](std::string_view) -> Prediction {
        constexpr double bytesPerSecond = 2039e9;
        return {{bytesPerSecond / gptFastBytes()}, Bound::AtLeast};
    });
    return figures;
}

} // namespace sunflop::test
