// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/intensity.h"
#include "core/model/ops.h"

#include <QtTest>

using namespace sunflop;

namespace {

CostTree counted(const Trace& trace)
{
    return cost(trace, **conventionNamed("exact"));
}

} // namespace

class TestIntensity : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aLayerReadsItsInputAndWeightAndWritesItsResult()
    {
        Tracer t({DType::F32, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto block = t.module("0", "Block", {.repeat = 4});
            const auto layer = t.module("up", "Linear");
            linear(t.input({5, 3}), t.parameter("weight", {7, 3}));
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        const CostTree costs = counted(*trace);
        const auto bytes = traffic(*trace, costs);
        constexpr std::int64_t each = 2 * 5 * 3 + 4 * 7 * 3 + 2 * 5 * 7;
        QCOMPARE(bytes[2].own.value(), 4 * each);
        QCOMPARE(bytes[2].total.value(), 4 * each);
        QCOMPARE(bytes[1].own.value(), 0);
        QCOMPARE(bytes[0].total.value(), 4 * each);
        QCOMPARE(intensity(costs.root().total.forward.flops, bytes[0].total), 2.0 * 5 * 3 * 7 / each);
    }

    void growingOperandsAreSummedOverTheSteps()
    {
        Trace trace;
        trace.modules.push_back({.className = "Net", .end = 1});
        trace.phases = {{Phase::Kind::Prefill, 1}, {Phase::Kind::Decode, 100}};
        Op op{.kind = OpKind::Add, .phase = 1};
        op.inputs = {{.shape = {3}, .dtype = DType::F32},
                     {.shape = {2, {11, 1}}, .dtype = DType::BF16},
                     {.shape = {}, .dtype = DType::F64, .isNumber = true}};
        op.output = {.shape = {2, {11, 1}}, .dtype = DType::BF16};
        trace.ops = {op};
        std::int64_t expected = 0;
        for (std::int64_t step = 0; step < 100; ++step)
            expected += 4 * 3 + 2 * 2 * (11 + step) + 2 * 2 * (11 + step);
        QCOMPARE(traffic(trace, counted(trace))[0].total.value(), expected);
    }

    void anEmbeddingReadsOnlyTheRowsItLooksUp()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Embedding");
            embedding(t.input({1, 9}, DType::I64), t.parameter("weight", {1000, 16}));
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(traffic(*trace, counted(*trace))[0].own.value(), 8 * 9 + 2 * 9 * 16 + 2 * 9 * 16);
    }

    void nothingMovedIsNoIntensity()
    {
        QCOMPARE(intensity(0, 0), 0.0);
        QCOMPARE(intensity(12, 0), 0.0);
        QCOMPARE(intensity(12, 4), 3.0);
    }
};

QTEST_APPLESS_MAIN(TestIntensity)
#include "tst_intensity.moc"
