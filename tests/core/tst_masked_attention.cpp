// SPDX-License-Identifier: GPL-3.0-or-later
// Which kernel of attention a release of transformers takes, and what that costs: one that is told to be
// causal, one that is handed a mask, or flash-attn.

#include "core/cost/formula.h"
#include "tests/support/reference.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <fmt/format.h>

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// Of the small decoder: two query heads of width 4 over one key head, four layers.
constexpr std::int64_t heads = 2;
constexpr std::int64_t width = 4;
constexpr std::int64_t layers = 4;

Json windowed(std::int64_t window)
{
    return smallDecoder("mistral", {{"sliding_window", window}});
}

std::vector<Assignment> prompt(std::int64_t cached, std::int64_t tokens, const char* version = "5.17",
                               const char* kernel = "sdpa")
{
    return {{"cached_tokens", std::to_string(cached)},
            {"text_tokens", std::to_string(tokens)},
            {"transformers", version},
            {"attention", kernel}};
}

std::vector<Op> fusedCalls(const Trace& trace)
{
    std::vector<Op> calls;
    std::ranges::copy_if(trace.ops, std::back_inserter(calls),
                         [](const Op& op) { return op.kind == OpKind::ScaledDotProductAttention; });
    return calls;
}

/// The first fused call of a run.
Op fusedCall(const Json& config, const std::vector<Assignment>& inputs)
{
    return fusedCalls(traceOf(config, inputs)).at(0);
}

std::int64_t pairsOf(const Json& config, const std::vector<Assignment>& inputs)
{
    const Op op = fusedCall(config, inputs);
    const std::int64_t macs = (*conventionNamed("exact"))->count(op)->macs.value();
    return macs / (heads * 2 * width);
}

MaskReason reasonOf(const Op& op)
{
    return std::get<AttentionAttributes>(op.attributes).mask;
}

std::vector<std::int64_t> sizes(const Shape& shape)
{
    std::vector<std::int64_t> list;
    for (std::size_t i = 0; i < shape.rank(); ++i)
        list.push_back(shape[i]);
    return list;
}

QString name(MaskReason reason)
{
    constexpr std::array names{"none", "prefix", "window", "fixed cache", "release", "caller"};
    return q(names[static_cast<std::size_t>(reason)]);
}

} // namespace

class TestMaskedAttention : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aChunkBehindAPrefixComputesEveryPair()
    {
        const Op op = fusedCall(smallDecoder("llama"), prompt(64, 16));
        QCOMPARE(reasonOf(op), MaskReason::Prefix);
        QCOMPARE(sizes(op.inputs.at(3).shape), (std::vector<std::int64_t>{1, 1, 16, 80}));
        QCOMPARE(sizes(op.inputs[1].shape), (std::vector<std::int64_t>{1, heads, 80, width}));
        QCOMPARE(pairsOf(smallDecoder("llama"), prompt(64, 16)), 16 * 80);
        // flash-attn aligns the last query with the last key, and reads one key head for both queries.
        QCOMPARE(pairsOf(smallDecoder("llama"), prompt(64, 16, "5.17", "flash")), 16 * 64 + 136);
        const Op flash = fusedCall(smallDecoder("llama"), prompt(64, 16, "5.17", "flash"));
        QCOMPARE(sizes(flash.inputs[1].shape), (std::vector<std::int64_t>{1, 1, 80, width}));
        QCOMPARE(flash.inputs.size(), 3U);
    }

    void aWholePromptIsCausalAndOneTokenSeesAll()
    {
        QCOMPARE(pairsOf(smallDecoder("llama"), prompt(0, 64)), 64 * 65 / 2);
        const Op step = fusedCall(smallDecoder("llama"), prompt(64, 1));
        QCOMPARE(reasonOf(step), MaskReason::None);
        QCOMPARE(std::get<AttentionAttributes>(step.attributes).causal, false);
        QCOMPARE(sizes(step.inputs[1].shape), (std::vector<std::int64_t>{1, 1, 65, width}));
        QCOMPARE(pairsOf(smallDecoder("llama"), prompt(64, 1)), 65);
    }

    void aWindowIsASquareUnderSdpaAndABandUnderFlash()
    {
        QCOMPARE(pairsOf(windowed(32), prompt(0, 64)), 64 * 64);
        QCOMPARE(pairsOf(windowed(32), prompt(0, 64, "5.17", "flash")), 32 * 33 / 2 + 32 * 32);
        // The window matters from as many keys on as it has.
        QCOMPARE(pairsOf(windowed(65), prompt(0, 64)), 64 * 65 / 2);
        QCOMPARE(pairsOf(windowed(64), prompt(0, 64)), 64 * 64);
        // 31 keys are left of 64, and 16 come.
        QCOMPARE(pairsOf(windowed(32), prompt(64, 16)), 16 * (31 + 16));
        QCOMPARE(sizes(fusedCall(windowed(32), prompt(64, 1)).inputs.at(3).shape),
                 (std::vector<std::int64_t>{1, 1, 1, 32}));
    }

    void eachReleaseDecidesForItself_data()
    {
        QTest::addColumn<Json>("config");
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<qint64>("cached");
        QTest::addColumn<qint64>("tokens");
        QTest::addColumn<MaskReason>("reason");
        const auto row = [](const Json& config, const char* version, qint64 cached, qint64 tokens,
                            MaskReason reason) {
            QTest::addRow("%s %s, %lld behind %lld", config["model_type"].get<std::string>().c_str(), version,
                          static_cast<long long>(tokens), static_cast<long long>(cached))
                << config << QByteArray(version) << cached << tokens << reason;
        };
        const Json llama = smallDecoder("llama");
        for (const char* version : {"4.37", "4.40", "4.47", "4.52", "4.53", "5.17"}) {
            row(llama, version, 0, 9, MaskReason::None);
            row(llama, version, 5, 9, MaskReason::Prefix);
            row(llama, version, 5, 1, MaskReason::None);
        }
        for (const char* version : {"4.38", "4.39"}) // is_causal came with 4.40
            row(llama, version, 0, 9, MaskReason::Release);
        for (const char* version : {"4.37", "4.39"}) // the mask of sdpa knew of no window
            row(windowed(8), version, 0, 9, MaskReason::None);
        for (const char* version : {"4.40", "4.42", "4.47", "4.53", "5.17"})
            row(windowed(8), version, 0, 9, MaskReason::Window);
        row(windowed(8), "5.17", 0, 7, MaskReason::None);
        const Json upper = smallDecoder(
            "qwen2", {{"use_sliding_window", true}, {"sliding_window", 8}, {"max_window_layers", 0}});
        row(upper, "4.45", 0, 9, MaskReason::None); // a mask without a window from 4.42 to 4.45
        row(upper, "4.46", 0, 9, MaskReason::Window);
        row(upper, "5.17", 0, 9, MaskReason::Window);
    }

    void eachReleaseDecidesForItself()
    {
        QFETCH(Json, config);
        QFETCH(QByteArray, version);
        QFETCH(qint64, cached);
        QFETCH(qint64, tokens);
        QFETCH(MaskReason, reason);
        const Op op = fusedCall(config, prompt(cached, tokens, version.constData()));
        QCOMPARE(name(reasonOf(op)), name(reason));
        QCOMPARE(op.inputs.size(), reason == MaskReason::None ? 3U : 4U);
        const bool isGrouped =
            reason == MaskReason::None && Version::parse(version.toStdString()).value() >= Version{4, 52};
        QCOMPARE(op.inputs[1].shape[1], isGrouped ? 1 : heads);
    }

    void onlyListedLayersSlide()
    {
        const Json mixed = smallDecoder(
            "qwen3", {{"use_sliding_window", true},
                      {"sliding_window", 8},
                      {"layer_types",
                       {"sliding_attention", "full_attention", "sliding_attention", "full_attention"}}});
        std::vector<MaskReason> reasons;
        for (const Op& op : fusedCalls(traceOf(mixed, prompt(0, 9))))
            reasons.push_back(reasonOf(op));
        QCOMPARE(reasons,
                 (std::vector{MaskReason::Window, MaskReason::None, MaskReason::Window, MaskReason::None}));
    }

    void aCacheOfFixedSizeIsReadWhole()
    {
        std::vector<Assignment> inputs = prompt(0, 9);
        inputs.insert(inputs.end(), {{"kv_cache", "static"}, {"new_tokens", "8"}});
        for (const Op& op : fusedCalls(traceOf(smallDecoder("llama"), inputs))) {
            QCOMPARE(reasonOf(op), MaskReason::FixedCache);
            QCOMPARE(op.inputs[1].shape[2], 9 + 7); // the last token is never fed back
        }
        QCOMPARE(pairsOf(smallDecoder("llama"), inputs), 9 * (9 + 7));
        // A sliding layer has no more places than its window, but sees the whole prompt once.
        const std::vector<Op> sliding = fusedCalls(traceOf(windowed(4), inputs));
        QCOMPARE(sliding.front().inputs[1].shape[2], 9);
        QCOMPARE(sliding.back().inputs[1].shape[2], 4);
    }

    void whatASlidingLayerKeepsDependsOnRelease_data()
    {
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<QByteArray>("cache");
        QTest::addColumn<qint64>("kept");
        QTest::newRow("5.17") << QByteArray("5.17") << QByteArray("dynamic") << qint64{31};
        QTest::newRow("4.56") << QByteArray("4.56") << QByteArray("dynamic") << qint64{31};
        QTest::newRow("4.55") << QByteArray("4.55") << QByteArray("dynamic") << qint64{64};
        QTest::newRow("4.40") << QByteArray("4.40") << QByteArray("dynamic") << qint64{64};
        QTest::newRow("5.17, fixed") << QByteArray("5.17") << QByteArray("static") << qint64{32};
        QTest::newRow("4.55, fixed") << QByteArray("4.55") << QByteArray("static") << qint64{64};
    }

    void whatASlidingLayerKeepsDependsOnRelease()
    {
        QFETCH(QByteArray, version);
        QFETCH(QByteArray, cache);
        QFETCH(qint64, kept);
        std::vector<Assignment> inputs = prompt(0, 64, version.constData());
        inputs.push_back({"kv_cache", cache.toStdString()});
        const Run run = runOf(windowed(32), inputs);
        QCOMPARE(run.costs.root().total.kvCacheBytes.value(), layers * kept * (2 * 1 * width) * 2);
        QCOMPARE(run.trace.caches.at(0).tokenLimit, kept == 64 ? 0 : kept);
    }

    /// Beside the run that needs no mask: a mask for each layer, made of truth values at every call, and a
    /// key and a value head for each query head instead of one for both.
    void everyLayerKeepsItsMaskForTheBackward()
    {
        constexpr std::int64_t n = 64;
        const auto saved = [](const Json& config) {
            std::vector<Assignment> inputs = prompt(0, n);
            inputs.push_back({"mode", "training"});
            const Run run = runOf(config, inputs);
            return memoryOf(run.trace, run.workload).saved.value();
        };
        QCOMPARE(saved(windowed(32)) - saved(windowed(n + 1)),
                 layers * (n * n * 2 + 2 * (heads - 1) * n * width * 2));
    }

    void theFormulaNamesTheReason()
    {
        const Run run = runOf(smallDecoder("llama"), prompt(64, 16));
        const auto op = std::ranges::find(run.trace.ops, OpKind::ScaledDotProductAttention, &Op::kind);
        const Formula formula = formulaOf(run.trace, *op, *run.convention);
        QCOMPARE(formula.first.pairs->rule, Pairs::Rule::All);
        QCOMPARE(formula.first.pairs->count.value(), 16 * 80);
        QCOMPARE(name(formula.first.pairs->mask), name(MaskReason::Prefix));
        QCOMPARE(
            QStringList(q(run.trace.notes.at(0))),
            QStringList(q("transformers 5.17 hands sdpa a mask behind 64 cached tokens: its kernel computes "
                          "all 16 x 80 pairs of a head, and key heads are repeated.")));
        QVERIFY(runOf(smallDecoder("llama"), prompt(0, 16)).trace.notes.empty());
    }

    /// What transformers 5.17 passed to the kernel, layer by layer, and what its cache held then.
    void passesWhatTransformersPasses_data()
    {
        QTest::addColumn<QByteArray>("run");
        QTest::addColumn<qint64>("batch");
        QTest::addColumn<qint64>("cached");
        QTest::addColumn<qint64>("tokens");
        QTest::newRow("prompt") << QByteArray("prefill64") << qint64{1} << qint64{0} << qint64{64};
        QTest::newRow("chunk") << QByteArray("chunk16_after64") << qint64{1} << qint64{64} << qint64{16};
        QTest::newRow("step") << QByteArray("decode1_after64") << qint64{1} << qint64{64} << qint64{1};
        QTest::newRow("batch") << QByteArray("with_mask") << qint64{2} << qint64{0} << qint64{64};
    }

    void passesWhatTransformersPasses()
    {
        QFETCH(QByteArray, run);
        QFETCH(qint64, batch);
        QFETCH(qint64, cached);
        QFETCH(qint64, tokens);
        for (const Json& model : readJson(referenceFolder() / "kernels_517.json")) {
            const std::string type = model["model"];
            if (type != "llama" && type != "qwen2" && type != "mistral" && type != "gemma2")
                continue;
            std::vector<Assignment> inputs = prompt(cached, tokens);
            inputs.push_back({"batch", std::to_string(batch)});
            const Trace trace = traceOf({{"model_type", type},
                                         {"hidden_size", 128},
                                         {"intermediate_size", 256},
                                         {"num_hidden_layers", 2},
                                         {"num_attention_heads", 4},
                                         {"num_key_value_heads", 2},
                                         {"head_dim", 32},
                                         {"vocab_size", 128},
                                         {"sliding_window", 32}},
                                        inputs);
            const std::vector<Op> calls = fusedCalls(trace);
            const Json& measured = model[run.toStdString()];
            for (std::size_t i = 0; i < measured.size(); ++i) {
                const Json& layer = measured[i];
                const Op& call =
                    calls.at(std::min(i, trace.caches.size() - 1)); // equal layers are traced once
                for (const std::size_t j : {0U, 1U, 2U})
                    QCOMPARE(sizes(call.inputs[j].shape), layer[j].get<std::vector<std::int64_t>>());
                QCOMPARE(call.inputs.size() > 3, !layer[3].is_null());
                if (!layer[3].is_null())
                    QCOMPARE(sizes(call.inputs[3].shape), layer[3][0].get<std::vector<std::int64_t>>());
                QCOMPARE(std::get<AttentionAttributes>(call.attributes).causal, layer[4].get<bool>());
            }
            if (!model.contains(run.toStdString() + "_cache"))
                continue;
            for (std::size_t i = 0; i < trace.caches.size(); ++i) {
                const Json& kept = model[run.toStdString() + "_cache"][i][0];
                QCOMPARE(trace.caches[i].elements.value(), 2 * kept[1].get<std::int64_t>() *
                                                               kept[2].get<std::int64_t>() *
                                                               kept[3].get<std::int64_t>());
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestMaskedAttention)
#include "tst_masked_attention.moc"
