// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/cache_policy.h"
#include "tests/support/small_models.h"

#include <QtTest>

#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Two key heads of width 4, as keys and as values.
constexpr std::int64_t width = 2 * 2 * 4;

std::int64_t held(const LayerState& state, const CacheLoad& load, const CachePolicy& policy = {})
{
    return cacheBytes(std::array{state}, load, policy).held.value();
}

} // namespace

class TestCachePolicy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void kindsKeepTheirPublishedElementsPerToken_data()
    {
        QTest::addColumn<qint64>("found");
        QTest::addColumn<qint64>("expected");
        const auto row = [](const char* name, const LayerState& state, std::int64_t expected) {
            QTest::newRow(name) << qint64(state.perToken) << qint64(expected);
        };
        row("grouped queries", states::attention(8, 128), 2 * 8 * 128);
        row("values of another width", states::attention(8, 192, 128), 8 * (192 + 128));
        row("latent, DeepSeek-V3", states::latent(512, 64), 512 + 64);
        row("latent, expanded", states::expandedLatent(128, 128, 64, 128), 128 * 320);
        row("another layer's cache", states::shared(), 0);
    }

    void kindsKeepTheirPublishedElementsPerToken()
    {
        QFETCH(qint64, found);
        QTEST(found, "expected");
    }

    void recurrentStatesDoNotGrow()
    {
        // Mamba-130M: inner 1536, kernel 4, state 16; Mamba-2 130M: 24 heads of 64, state 128, one group.
        const LayerState mamba = states::mamba1(1536, 4, 16);
        QCOMPARE(mamba.fixed, 1536 * 4);
        QCOMPARE(mamba.recurrent, 1536 * 16);
        const LayerState mamba2 = states::mamba2(1536, 1, 128, 4, 24, 64);
        QCOMPARE(mamba2.fixed, (1536 + 2 * 128) * 3);
        QCOMPARE(mamba2.recurrent, 24 * 64 * 128);
        // Qwen3-Next: 16 key and 32 value heads of 128, kernel 4.
        const LayerState delta = states::deltaNet(16, 128, 32, 128, 4);
        QCOMPARE(delta.fixed, (2 * 16 * 128 + 32 * 128) * 3);
        QCOMPARE(delta.recurrent, 32 * 128 * 128);
        QCOMPARE(states::linearAttention(32, 64, 2048).fixed, 2 * 2048);
        for (const std::int64_t tokens : {1, 1000})
            QCOMPARE(held(mamba, {.sequences = 3, .tokens = tokens}), 3 * (1536 * 4 * 2 + 1536 * 16 * 4));
    }

    void crossAttentionHoldsTheEncoder()
    {
        // Whisper: 1500 positions; large-v3 has 20 heads of 64 in 32 layers.
        const LayerState cross = states::times(states::cross(20, 64, 1500), 32);
        QCOMPARE(held(cross, {.sequences = 2, .tokens = 448}), 32 * 2 * (2 * 20 * 64 * 1500) * 2);
    }

    void windowsBoundTheTokens()
    {
        const LayerState sliding = states::limited(states::attention(2, 4), 100);
        QCOMPARE(held(sliding, {.tokens = 99}), 99 * width * 2);
        QCOMPARE(held(sliding, {.tokens = 1000}), 100 * width * 2);
        const CachePolicy longest{.kind = CachePolicyKind::Static, .capacity = 5000};
        QCOMPARE(held(sliding, {.tokens = 10}, longest), 100 * width * 2);
        QCOMPARE(held(states::attention(2, 4), {.tokens = 10}, longest), 5000 * width * 2);
    }

    void appendingCopiesOneLayersKeys()
    {
        const CacheBytes bytes = cacheBytes(std::array{states::times(states::attention(2, 4), 7)},
                                            {.sequences = 3, .tokens = 11}, {});
        QCOMPARE(bytes.held.value(), 7 * 3 * 11 * width * 2);
        QCOMPARE(bytes.transient.value(), 3 * 11 * (2 * 4) * 2);
        const CachePolicy fixed{.kind = CachePolicyKind::Static, .capacity = 11};
        QCOMPARE(cacheBytes(std::array{states::attention(2, 4)}, {.tokens = 11}, fixed).transient.value(), 0);
    }

    void pagesAreWholeBlocksPerSequence()
    {
        const CachePolicy paged{.kind = CachePolicyKind::Paged};
        QCOMPARE(held(states::attention(2, 4), {.sequences = 3, .tokens = 17}, paged), 3 * 32 * width * 2);
        QCOMPARE(held(states::attention(2, 4), {.sequences = 3, .tokens = 16}, paged), 3 * 16 * width * 2);
    }

    void poolsHoldWholePages()
    {
        // 40 GB at 0.9 less 16 GB of weights, 1 GB besides and 2 GB of activations.
        const Count bytes = poolBytes(40'000'000'000, 0.9, 16'000'000'000, 1'000'000'000, 2'000'000'000);
        QCOMPARE(bytes.value(), 17'000'000'000);
        QCOMPARE(poolBytes(10, 0.9, 100, 0, 0).value(), 0);
        const std::array layers{states::times(states::attention(8, 128), 32)};
        const Count page = pageBytes(layers, 16, {});
        QCOMPARE(page.value(), 16 * 131'072);
        const PagedPool pool = pagedPool(bytes, page);
        QCOMPARE(pool.blocks, 17'000'000'000 / (16 * 131'072));
        QCOMPARE(pagedPool(page * 512, page).concurrency(4096), 512 * 16 / 4096.0);
    }

    void llamaCppSharesItsCells()
    {
        const CachePolicy cells{.kind = CachePolicyKind::LlamaCpp, .capacity = 64};
        QCOMPARE(held(states::attention(2, 4), {.sequences = 4, .tokens = 8}, cells), 64 * width * 2);
        // q8_0: 34 bytes for 32 elements.
        const CacheLoad quantised{.tokens = 8, .format = CacheFormat::of(DType::Q8_0)};
        QCOMPARE(held(states::attention(2, 4), quantised, cells), 64 * width / 32 * 34);
    }

    void quantisedCachesKeepTheLastTokensWhole()
    {
        const CachePolicy policy{.kind = CachePolicyKind::Quantised, .residualTokens = 128};
        QCOMPARE(held(states::attention(2, 4), {.tokens = 128}, policy), 128 * width * 2);
        // 4 bits each, 2 + 2 bytes for every 64 elements.
        QCOMPARE(held(states::attention(2, 4), {.tokens = 1128}, policy),
                 128 * width * 2 + 1000 * width / 2 + 1000 * width / 64 * 4);
    }

    void policiesHaveNames()
    {
        for (const CachePolicyInfo& policy : cachePolicies()) {
            QVERIFY(!policy.id.empty());
            QCOMPARE(&policy - cachePolicies().data(), static_cast<std::ptrdiff_t>(policy.kind));
        }
    }

    void tracesTellTheirLayers()
    {
        // One key head of width 4; three layers keep everything, one its window of 8 less the newest token.
        const nlohmann::json config = smallDecoder(
            "qwen2", {{"use_sliding_window", true}, {"sliding_window", 8}, {"max_window_layers", 3}});
        const std::vector<LayerState> layers = layerStates(
            traceOf(config, {{"text_tokens", "100"}, {"batch", "3"}, {"transformers", "5.17"}}), 3, 100);
        QCOMPARE(elementsPerToken(layers).value(), 3 * (2 * 4));
        QCOMPARE(cacheBytes(layers, {.sequences = 3, .tokens = 100}, {}).held.value(),
                 3 * (3 * 100 + 7) * (2 * 4) * 2);
        QCOMPARE(cacheBytes(layers, {.sequences = 1, .tokens = 1000}, {}).held.value(),
                 (3 * 1000 + 7) * (2 * 4) * 2);
    }

    void whatALayerKeepsDoesNotDependOnTheRunThatToldIt()
    {
        const auto held = [](const char* tokens, std::int64_t length) {
            const Trace trace = traceOf(smallDecoder("mistral", {{"sliding_window", 32}}),
                                        {{"text_tokens", tokens}, {"transformers", "5.17"}});
            return cacheBytes(layerStates(trace, 1, length), {.tokens = 1000}, {}).held.value();
        };
        QCOMPARE(held("3", 3), 4 * 31 * (2 * 4) * 2);
        QCOMPARE(held("62", 62), 4 * 31 * (2 * 4) * 2); // twice what is kept
    }
};

QTEST_APPLESS_MAIN(TestCachePolicy)
#include "tst_cache_policy.moc"
