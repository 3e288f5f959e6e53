// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/activation_split.h"
#include "core/memory/footprint.h"
#include "core/sunflop.h"
#include "tests/support/small_models.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr std::int64_t gib = std::int64_t{1} << 30;

Run longCache(const std::vector<Assignment>& more)
{
    std::vector<Assignment> settings{
        {"text_tokens", "1"}, {"cached_tokens", "131072"}, {"attention", "flash"}};
    settings.insert(settings.end(), more.begin(), more.end());
    return run(*open("llama-3.1-70b"), settings, conventions().front()).value();
}

/// What a device needs besides weights and what every run has.
std::int64_t stateOf(const Run& run)
{
    const MemoryParts& parts = run.memory.parts;
    return (run.memory.peak() - parts.weights - parts.workspace - parts.rounding).value();
}

/// Keys and values of one token: 80 layers, 8 key heads of 128 features, bf16.
constexpr std::int64_t tokenBytes = 80 * 8 * 128 * 2 * 2;

/// The share of what the module made by its first call of this kind.
double shareOf(const Trace& trace, const std::vector<double>& shares, std::string_view module, OpKind kind)
{
    const auto op = std::ranges::find_if(trace.ops, [&](const Op& candidate) {
        return candidate.kind == kind &&
               trace.modules[static_cast<std::size_t>(candidate.module)].name == module;
    });
    if (op == trace.ops.end())
        qFatal("no such call");
    return shares[static_cast<std::size_t>(op->output.storage)];
}

} // namespace

/// Keys and values on one of several devices.
class TestShardedMemory : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theCacheFromBeforeARunIsShared_data()
    {
        QTest::addColumn<QString>("input");
        QTest::addColumn<int>("devices");
        QTest::addColumn<qint64>("tokens"); ///< of keys and values that one device holds
        QTest::addColumn<qint64>("perToken");
        const auto row = [](const char* input, int devices, qint64 tokens, qint64 perToken) {
            QTest::addRow("%s %d", input, devices) << input << devices << tokens << perToken;
        };
        row("tensor_parallel", 1, 131'073, tokenBytes);
        row("tensor_parallel", 2, 131'073, tokenBytes / 2);
        row("tensor_parallel", 4, 131'073, tokenBytes / 4);
        row("tensor_parallel", 8, 131'073, tokenBytes / 8);
        row("tensor_parallel", 16, 131'073, tokenBytes / 8); // a key head is the least
        row("tensor_parallel", 3, 131'073, tokenBytes / 8 * 3);
        row("pipeline_parallel", 4, 131'073, tokenBytes / 80 * 20);
        row("pipeline_parallel", 3, 131'073, tokenBytes / 80 * 27);
        row("context_parallel", 4, 131'073 / 4 + 1, tokenBytes);
    }

    void theCacheFromBeforeARunIsShared()
    {
        QFETCH(QString, input);
        QFETCH(int, devices);
        QFETCH(qint64, tokens);
        QFETCH(qint64, perToken);
        const Run run = longCache({{input.toStdString(), std::to_string(devices)}});
        const std::int64_t cache = run.memory.modules.front().cache.value();
        const bool hasWholeLayers = input == QStringLiteral("pipeline_parallel");
        const std::int64_t layerBytes = (hasWholeLayers ? tokenBytes : perToken) / 80 * tokens;
        // Not every device has as many tokens as the first.
        QVERIFY2(cache >= tokens * perToken - layerBytes && cache <= tokens * perToken,
                 qPrintable(QString::number(cache)));
        QVERIFY(input == QStringLiteral("context_parallel") || cache == tokens * perToken);
        // Of the last layer keys are there twice while the new one is joined to them; what else one token
        // needs is less than that.
        QVERIFY2(stateOf(run) >= cache && stateOf(run) <= cache + 2 * layerBytes,
                 qPrintable(QString::number(stateOf(run))));
        QVERIFY(run.memory.parts.cache.value() >= cache);
    }

    /// The figures that people quote: 40 GiB, 20, 10, 5.
    void itIsFortyGibibytesOfLlama70b()
    {
        QCOMPARE(131'072 * tokenBytes, 40 * gib);
        for (const std::int64_t devices : {1, 2, 4, 8}) {
            const std::int64_t bytes = stateOf(longCache({{"tensor_parallel", std::to_string(devices)}}));
            QVERIFY(bytes >= 40 * gib / devices && bytes < 41 * gib / devices);
        }
    }

    void decodingSharesItsCache()
    {
        const std::vector<Assignment> steps{{"new_tokens", "1025"}};
        for (const char* input : {"tensor_parallel", "pipeline_parallel", "context_parallel"}) {
            std::vector<Assignment> settings = steps;
            settings.push_back({input, "4"});
            const Run one = longCache(steps);
            const Run four = longCache(settings);
            QVERIFY2(stateOf(four) * 4 >= stateOf(one) * 99 / 100 &&
                         stateOf(four) * 4 <= stateOf(one) * 104 / 100,
                     input);
            // What is left when the run ends.
            QVERIFY2(four.memory.held.value() * 4 <= one.memory.held.value() * 104 / 100, input);
            QCOMPARE(one.memory.modules.front().cache.value(), (131'072 + 1 + 1024) * tokenBytes);
        }
    }

    void everyWayToKeepItIsShared_data()
    {
        QTest::addColumn<QString>("policy");
        for (const char* policy : {"dynamic", "static", "paged"})
            QTest::newRow(policy) << policy;
    }

    void everyWayToKeepItIsShared()
    {
        QFETCH(QString, policy);
        const Assignment kept{"kv_cache", policy.toStdString()};
        for (const char* dtype : {"bf16", "fp8"}) {
            const Run one = longCache({kept, {"kv_dtype", dtype}});
            const Run four = longCache({kept, {"kv_dtype", dtype}, {"tensor_parallel", "4"}});
            QVERIFY2(stateOf(four) * 4 >= stateOf(one) * 99 / 100 &&
                         stateOf(four) * 4 <= stateOf(one) * 102 / 100,
                     dtype);
        }
    }

    void layersThatSlideAreSharedToo()
    {
        // The last two of four layers slide; two key heads of 4 features, keys and values in 2 bytes.
        const auto config = smallDecoder("qwen2", {{"num_key_value_heads", 2},
                                                   {"use_sliding_window", true},
                                                   {"sliding_window", 8},
                                                   {"max_window_layers", 2}});
        const auto cache = [&](const char* input, const char* devices) {
            const Run run = runOf(config, {{"text_tokens", "100"}, {input, devices}});
            return run.memory.modules.front().cache.value();
        };
        const std::int64_t whole = cache("batch", "1");
        QVERIFY(whole < 4 * 100 * (2 * 4 * 2) * 2);
        QCOMPARE(cache("tensor_parallel", "2"), whole / 2);
        // The first two layers are those that see all.
        QCOMPARE(cache("pipeline_parallel", "2"), 2 * 100 * (2 * 4 * 2) * 2);
    }

    void repeatedHeadsAreThoseOfTheDevicesQueries()
    {
        // Four query heads over two key heads on four devices: one key head each, which two of them have.
        const Trace trace =
            traceOf(smallDecoder("llama", {{"num_attention_heads", 4}, {"num_key_value_heads", 2}}),
                    {{"attention", "eager"}, {"cached_tokens", "6"}});
        const std::vector<double> shares = activationSplit(trace, {.tensor = 4});
        QCOMPARE(shareOf(trace, shares, "q_proj", OpKind::Linear), 1.0 / 4);
        QCOMPARE(shareOf(trace, shares, "k_proj", OpKind::Linear), 1.0 / 2);
        QCOMPARE(shareOf(trace, shares, "v_proj", OpKind::Linear), 1.0 / 2);
        QCOMPARE(shareOf(trace, shares, "self_attn", OpKind::MatMul), 1.0 / 4); // scores
        QCOMPARE(shareOf(trace, shares, "o_proj", OpKind::Linear), 1.0);
        for (const Op& op : trace.ops)
            for (const Operand& input : op.inputs)
                if (input.storage >= 0 &&
                    trace.storages[static_cast<std::size_t>(input.storage)].kind == Storage::Kind::Cached) {
                    QCOMPARE(shares[static_cast<std::size_t>(input.storage)], 1.0 / 2);
                    QCOMPARE(shares[static_cast<std::size_t>(op.output.storage)], 1.0 / 2); // with new ones
                }
    }

    /// Eager attention has no fused call that tells the width of a head.
    void projectionsOfKeysAreCutByHeadsUnderEveryKernel()
    {
        const auto config = smallDecoder("llama", {{"num_attention_heads", 4}, {"num_key_value_heads", 2}});
        for (const char* kernel : {"eager", "sdpa", "flash"}) {
            QCOMPARE(headDim(traceOf(config, {{"attention", kernel}})), 4);
            const Run run = runOf(config, {{"attention", kernel}, {"tensor_parallel", "4"}});
            // Of four layers: a query head, a key and a value head of 4 features, columns of a head, three
            // matrices of a quarter of 12, two norms; a quarter of the tables, and the last norm.
            constexpr std::int64_t layer = 4 * 8 + 2 * (4 * 8) + 8 * 4 + 3 * (3 * 8) + 2 * 8;
            QCOMPARE(run.memory.parts.weights.value(), 2 * (4 * layer + 2 * (4 * 8) + 8));
        }
    }
};

QTEST_APPLESS_MAIN(TestShardedMemory)
#include "tst_sharded_memory.moc"
