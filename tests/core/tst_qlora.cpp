// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>
#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr std::int64_t layers = 4;
constexpr std::int64_t hidden = 256;
constexpr std::int64_t keys = 2 * 64;
constexpr std::int64_t ffn = 512;
constexpr std::int64_t words = 1000;
/// In bf16: the table of words, the head, and the norms.
constexpr std::int64_t rest = 2 * (2 * words * hidden + (2 * layers + 1) * hidden);

struct Matrix {
    std::int64_t out;
    std::int64_t in;
};
constexpr std::array<Matrix, 4> attention{Matrix{hidden, hidden}, Matrix{keys, hidden}, Matrix{keys, hidden},
                                          Matrix{hidden, hidden}};
constexpr std::array<Matrix, 3> mlp{Matrix{ffn, hidden}, Matrix{ffn, hidden}, Matrix{hidden, ffn}};

nlohmann::json decoder()
{
    return {{"model_type", "llama"},       {"hidden_size", hidden},    {"intermediate_size", ffn},
            {"num_hidden_layers", layers}, {"num_attention_heads", 4}, {"num_key_value_heads", 2},
            {"vocab_size", words},         {"torch_dtype", "bfloat16"}};
}

template<typename Matrices, typename Bytes>
std::int64_t sum(const Matrices& matrices, Bytes bytes)
{
    std::int64_t total = 0;
    for (const Matrix& matrix : matrices)
        total += bytes(matrix.out, matrix.in);
    return total;
}

/// bitsandbytes: half a byte a weight, an fp32 for 64 of them, a table of 16 values.
std::int64_t nf4(std::int64_t out, std::int64_t in)
{
    return out * in / 2 + 4 * (out * in / 64) + 4 * 16;
}

/// Elements of a rank 8 adapter.
std::int64_t adapter(std::int64_t out, std::int64_t in)
{
    return 8 * (in + out);
}

Run trained(const char* weights, const std::vector<Assignment>& more = {})
{
    std::vector<Assignment> settings{{"text_tokens", "16"}, {"mode", "training"}, {"weight_dtype", weights}};
    settings.insert(settings.end(), more.begin(), more.end());
    if (std::ranges::find(more, "lora_rank", &Assignment::id) == more.end())
        settings.push_back({"lora_rank", "8"});
    return runOf(decoder(), settings);
}

/// Bytes on top of weights along the run, by stage and call.
std::int64_t onTop(const Run& run, const LivePoint& point)
{
    return (point.bytes - run.memory.parts.weights - run.memory.parts.rounding).value();
}

/// The weight of a call that is packed: of a linear layer that is no adapter and not the head.
std::int64_t copyOf(const Run& run, std::int32_t call)
{
    const Op& op = run.trace.ops[static_cast<std::size_t>(call)];
    const std::string& name = run.trace.modules[static_cast<std::size_t>(op.module)].name;
    if (op.kind != OpKind::Linear || name == "lm_head" || name.starts_with("lora_"))
        return 0;
    return 2 * op.inputs[1].shape.elements().value();
}

} // namespace

class TestQlora : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theBaseIsPackedAndAdaptersAreNot()
    {
        const Run run = trained("bnb-nf4");
        const std::int64_t adapters = layers * (sum(attention, adapter) + sum(mlp, adapter));
        const std::int64_t base = layers * (sum(attention, nf4) + sum(mlp, nf4)) + rest;
        QCOMPARE(run.memory.parts.weights.value(), base + 2 * adapters);
        QCOMPARE(run.costs.root().total.weightBytes.value(), base + 2 * adapters);
        QCOMPARE(run.memory.modules.front().gradients.value(), 2 * adapters);
        // AdamW: two states as the weights are, and a 32-bit count of steps for each of two tensors.
        QCOMPARE(run.memory.modules.front().optimizer.value(), 2 * 2 * adapters + layers * 7 * 2 * 4);
    }

    void adaptersStandWhereTheyAreAskedFor_data()
    {
        QTest::addColumn<qint64>("adapters");
        QTest::newRow("all-linear") << qint64{layers * (sum(attention, adapter) + sum(mlp, adapter))};
        QTest::newRow("attention") << qint64{layers * sum(attention, adapter)};
        QTest::newRow("mlp") << qint64{layers * sum(mlp, adapter)};
    }

    void adaptersStandWhereTheyAreAskedFor()
    {
        QFETCH(qint64, adapters);
        for (const char* weights : {"bf16", "bnb-int8", "gptq-4-g128", "nf4"}) {
            const Run run = trained(weights, {{"lora_targets", QTest::currentDataTag()}});
            QCOMPARE(run.memory.modules.front().gradients.value(), 2 * adapters);
            const Run plain =
                trained(weights, {{"lora_targets", QTest::currentDataTag()}, {"lora_rank", "0"}});
            QCOMPARE((run.costs.root().total.params - plain.costs.root().total.params).value(), adapters);
        }
    }

    void everyProductUnpacksItsWeight()
    {
        const Run packed = trained("bnb-nf4");
        const Run plain = trained("bf16");
        QCOMPARE(packed.memory.timeline.size(), plain.memory.timeline.size());
        int copies = 0;
        for (std::size_t i = 0; i < packed.memory.timeline.size(); ++i) {
            const LivePoint& point = packed.memory.timeline[i];
            if (point.call < 0)
                continue;
            const std::int64_t copy = copyOf(packed, point.call);
            QCOMPARE(onTop(packed, point), onTop(plain, plain.memory.timeline[i]) + copy);
            copies += copy > 0 ? 1 : 0;
        }
        QCOMPARE(copies, 2 * 7); // of one layer, forward and backward
    }

    void onlySomeMethodsUnpackToInfer()
    {
        const auto copies = [](const char* weights) {
            const std::vector<Assignment> prompt{{"text_tokens", "16"}, {"new_tokens", "2"}};
            std::vector<Assignment> settings = prompt;
            settings.push_back({"weight_dtype", weights});
            const Run packed = runOf(decoder(), settings);
            const Run plain = runOf(decoder(), prompt);
            std::array<std::int64_t, 2> found{}; // prefill and decode
            for (std::size_t i = 0; i < packed.memory.timeline.size(); ++i)
                found[packed.memory.timeline[i].stage == Stage::Decode ? 1 : 0] +=
                    onTop(packed, packed.memory.timeline[i]) - onTop(plain, plain.memory.timeline[i]);
            return found;
        };
        const auto bf16 = [](std::int64_t out, std::int64_t in) { return 2 * out * in; };
        const std::int64_t once = sum(attention, bf16) + sum(mlp, bf16);
        QVERIFY((copies("bnb-nf4") == std::array<std::int64_t, 2>{once, 0}));
        QVERIFY((copies("gptq-4-g128") == std::array<std::int64_t, 2>{0, 0}));
    }

    void whatIsTrainedIsNotPacked()
    {
        const Run run = trained("bnb-nf4", {{"lora_rank", "0"}});
        const auto bf16 = [](std::int64_t out, std::int64_t in) { return 2 * out * in; };
        QCOMPARE(run.memory.parts.weights.value(), layers * (sum(attention, bf16) + sum(mlp, bf16)) + rest);
        QVERIFY(std::ranges::any_of(run.trace.notes, [](const std::string& note) {
            return note.find("bnb-nf4") != std::string::npos && note.find("lora_rank") != std::string::npos;
        }));
    }
};

QTEST_APPLESS_MAIN(TestQlora)
#include "tst_qlora.moc"
