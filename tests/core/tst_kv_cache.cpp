// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// The sizes that decide a published model's cache.
struct Published {
    const char* name;
    const char* modelType;
    std::int64_t hidden, heads, kvHeads, layers;
    std::int64_t elementsPerToken; ///< as its makers and others state it
};

constexpr Published published[] = {
    {"Qwen2.5-0.5B", "qwen2", 896, 14, 2, 24, 6'144},
    {"Qwen2.5-3B", "qwen2", 2048, 16, 2, 36, 18'432},
    {"Qwen2.5-7B", "qwen2", 3584, 28, 4, 28, 28'672},
    {"Qwen2.5-72B", "qwen2", 8192, 64, 8, 80, 163'840},
    {"Qwen3-8B", "qwen3", 4096, 32, 8, 36, 73'728},
    {"Llama-2-7b", "llama", 4096, 32, 32, 32, 262'144},
    {"Llama-3.1-8B", "llama", 4096, 32, 8, 32, 65'536},
    {"Llama-3.1-70B", "llama", 8192, 64, 8, 80, 163'840},
    {"Llama-3.1-405B", "llama", 16384, 128, 8, 126, 258'048},
    {"Mistral-7B-v0.1", "mistral", 4096, 32, 8, 32, 65'536},
};

nlohmann::json config(const Published& model)
{
    return {{"model_type", model.modelType},
            {"hidden_size", model.hidden},
            {"num_attention_heads", model.heads},
            {"num_key_value_heads", model.kvHeads},
            {"num_hidden_layers", model.layers}};
}

std::int64_t cacheBytes(const nlohmann::json& config, const std::vector<Assignment>& assignments)
{
    return runOf(config, assignments).costs.root().total.kvCacheBytes.value();
}

/// Keys and values of one token in one layer of the small decoder: one key head of width 4.
constexpr std::int64_t smallWidth = 2 * 1 * 4;
constexpr std::int64_t smallLayers = 4;

} // namespace

class TestKvCache : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsThePublishedElementsPerToken_data()
    {
        QTest::addColumn<const Published*>("model");
        for (const Published& model : published)
            QTest::newRow(model.name) << &model;
    }

    void keepsThePublishedElementsPerToken()
    {
        QFETCH(const Published*, model);
        for (const auto& [dtype, bytes] : {std::pair{"bf16", 2}, std::pair{"fp8", 1}, std::pair{"fp32", 4}})
            QCOMPARE(cacheBytes(config(*model), {{"text_tokens", "1"}, {"kv_dtype", dtype}}),
                     bytes * model->elementsPerToken);
    }

    void takesTheBlockTypesOfLlamaCpp_data()
    {
        QTest::addColumn<qint64>("blockBytes"); // of 32 values: scale, second scale or high bits, payload
        QTest::newRow("q8_0") << qint64{2 + 32};
        QTest::newRow("q5_1") << qint64{2 + 2 + 4 + 16};
        QTest::newRow("q5_0") << qint64{2 + 4 + 16};
        QTest::newRow("q4_1") << qint64{2 + 2 + 16};
        QTest::newRow("q4_0") << qint64{2 + 16};
        QTest::newRow("iq4_nl") << qint64{2 + 16};
    }

    void takesTheBlockTypesOfLlamaCpp()
    {
        QFETCH(qint64, blockBytes);
        const std::vector<Assignment> settings{
            {"text_tokens", "100"}, {"cached_tokens", "28"}, {"kv_dtype", QTest::currentDataTag()}};
        // Llama-3.1-8B: 32 layers with 8 heads of 128 values for keys and as many for values.
        constexpr std::int64_t blocks = 128 * 32 * 2 * 8 * (128 / 32);
        const Run run = runOf(config(published[6]), settings);
        QCOMPARE(run.costs.root().total.kvCacheBytes.value(), blocks * blockBytes);
        QCOMPARE(run.memory.parts.cache.value(), blocks * blockBytes);
    }

    void holdsEveryTokenOfEverySequenceAtTheEnd()
    {
        // The last generated token is never fed back.
        QCOMPARE(
            cacheBytes(smallDecoder("llama"),
                       {{"batch", "3"}, {"cached_tokens", "11"}, {"text_tokens", "5"}, {"new_tokens", "7"}}),
            2 * 3 * (11 + 5 + 7 - 1) * smallWidth * smallLayers);
        QCOMPARE(cacheBytes(smallDecoder("llama"), {{"text_tokens", "5"}}), 2 * 5 * smallWidth * smallLayers);
    }

    void slidingLayersKeepTheirWindow_data()
    {
        QTest::addColumn<qint64>("tokens");
        QTest::addColumn<qint64>("kept");
        QTest::newRow("shorter") << qint64{7} << qint64{7};
        // transformers 5.17 keeps what the next token's window needs besides itself.
        QTest::newRow("as long") << qint64{8} << qint64{8 - 1};
        QTest::newRow("longer") << qint64{100} << qint64{8 - 1};
    }

    void slidingLayersKeepTheirWindow()
    {
        QFETCH(qint64, tokens);
        QFETCH(qint64, kept);
        const std::vector<Assignment> prompt{{"text_tokens", std::to_string(tokens)},
                                             {"transformers", "5.17"}};
        QCOMPARE(cacheBytes(smallDecoder("mistral", {{"sliding_window", 8}}), prompt),
                 2 * kept * smallWidth * smallLayers);
        const nlohmann::json lastSlides{
            {"use_sliding_window", true}, {"sliding_window", 8}, {"max_window_layers", 3}};
        QCOMPARE(cacheBytes(smallDecoder("qwen2", lastSlides), prompt), 2 * (3 * tokens + kept) * smallWidth);
    }

    void aWindowThatIsSwitchedOffKeepsEverything()
    {
        const std::vector<Assignment> prompt{{"text_tokens", "100"}, {"transformers", "5.17"}};
        constexpr std::int64_t all = 2 * 100 * smallWidth * smallLayers;
        QCOMPARE(cacheBytes(smallDecoder("mistral", {{"sliding_window", nullptr}}), prompt), all);
        QCOMPARE(
            cacheBytes(smallDecoder("qwen2", {{"use_sliding_window", false}, {"sliding_window", 8}}), prompt),
            all);
    }

    void belongsToTheAttentionModules()
    {
        const Run run = runOf(smallDecoder("llama"), {{"text_tokens", "5"}});
        for (std::size_t i = 0; i < run.trace.modules.size(); ++i) {
            const bool isAttention = run.trace.modules[i].name == "self_attn";
            QCOMPARE(run.costs.nodes[i].self.kvCacheBytes.value(), isAttention ? 2 * 5 * smallWidth : 0);
        }
    }
};

QTEST_APPLESS_MAIN(TestKvCache)
#include "tst_kv_cache.moc"
