// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "core/cost/measure.h"
#include "core/model/ops.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Convention& exact()
{
    return **conventionNamed("exact");
}

const CostNode& nodeAt(const Trace& trace, const CostTree& tree, std::string_view path)
{
    for (std::size_t i = 0; i < trace.modules.size(); ++i)
        if (trace.path(static_cast<std::int32_t>(i)) == path)
            return tree.nodes[i];
    qFatal("no module at this path");
}

/// A linear layer [out, in] on `rows` rows.
Tensor layer(Tracer& t, std::string_view name, std::int64_t rows, std::int64_t in, std::int64_t out)
{
    const auto scope = t.module(name, "Linear");
    return linear(t.input({rows, in}), t.parameter("weight", {out, in}));
}

/// One operator whose second operand grows from `first` by one a step, in a decode phase of `steps`.
Trace growing(std::int64_t first, std::int64_t steps)
{
    Trace trace;
    trace.modules.push_back({.className = "Net", .end = 1});
    trace.phases = {{Phase::Kind::Prefill, 1}, {Phase::Kind::Decode, steps}};
    Op op{.kind = OpKind::Add, .phase = 1};
    op.inputs = {{.shape = {3}, .requiresGradient = true}, {.shape = {{first, 1}}}};
    op.output.shape = {{first, 1}};
    trace.ops = {op};
    return trace;
}

// Rules with a bend: convex multiply-accumulates, concave operations, and gradients that bend elsewhere.

int sampledSteps = 0;

Work bentAt(std::int64_t keys)
{
    return {std::max(3 * keys, 100 + keys), std::min(7 * keys, 500 + 2 * keys)};
}

Work bentBackwardAt(std::int64_t keys)
{
    return {std::max<std::int64_t>(keys, 37), std::min<std::int64_t>(keys, 83)};
}

std::optional<Work> bent(const Op& op)
{
    ++sampledSteps;
    return bentAt(op.inputs[1].shape[0]);
}

Work bentBackward(const Op& op, Work)
{
    return bentBackwardAt(op.inputs[1].shape[0]);
}

constexpr Convention bentConvention{.id = "bent", .title = "Bent", .count = bent, .backward = bentBackward};

} // namespace

class TestCost : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void addsChildrenToTheirParent()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            layer(t, "up", 5, 3, 7);
            layer(t, "down", 5, 7, 3);
            add(t.input({5, 3}), t.input({5, 3}));
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        const CostTree tree = cost(*trace, exact());
        const Costs& whole = tree.root().each;
        QCOMPARE(whole.params.value(), 7 * 3 + 3 * 7);
        QCOMPARE(whole.weightBytes.value(), 2 * (7 * 3 + 3 * 7));
        QCOMPARE(whole.forward.macs.value(), 5 * 3 * 7 + 5 * 7 * 3);
        QCOMPARE(whole.forward.flops.value(), 2 * (5 * 3 * 7 + 5 * 7 * 3) + 5 * 3);
        QCOMPARE(tree.root().self.forward.flops.value(), 5 * 3);
        QCOMPARE(nodeAt(*trace, tree, "down").row, 1);
        QCOMPARE(nodeAt(*trace, tree, "down").parent, 0);
    }

    void repeatsMultiplyOnTheWayUp()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto block = t.module("0", "Block", {.repeat = 3});
            layer(t, "gate", 5, 2, 7);
            const auto inner = t.module("experts", "Experts", {.repeat = 4});
            layer(t, "proj", 5, 2, 3);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        const CostTree tree = cost(*trace, exact());
        constexpr std::int64_t gate = 5 * 2 * 7;
        constexpr std::int64_t proj = 5 * 2 * 3;
        const CostNode& block = nodeAt(*trace, tree, "0-2");
        QCOMPARE(block.instances, 3);
        QCOMPARE(block.each.forward.macs.value(), gate + 4 * proj);
        QCOMPARE(block.total.forward.macs.value(), 3 * (gate + 4 * proj));
        const CostNode& leaf = nodeAt(*trace, tree, trace->path(4));
        QCOMPARE(leaf.instances, 3 * 4);
        QCOMPARE(leaf.each.forward.macs.value(), proj);
        QCOMPARE(leaf.total.forward.macs.value(), 3 * 4 * proj);
        QCOMPARE(tree.root().total.forward.macs.value(), 3 * (gate + 4 * proj));
        QCOMPARE(tree.root().total.params.value(), 3 * (7 * 2 + 4 * (3 * 2)));
    }

    void expertsThatATokenSkipsAreNotActive()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            layer(t, "router", 1, 2, 8);
            const auto experts = t.module("experts", "ModuleList", {.isContainer = true});
            const auto expert = t.module("0", "Expert", {.repeat = 8, .visited = 2});
            layer(t, "up", 1, 2, 3);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        const CostTree tree = cost(*trace, exact());
        constexpr std::int64_t router = 8 * 2;
        constexpr std::int64_t expert = 3 * 2;
        QCOMPARE(tree.root().total.params.value(), router + 8 * expert);
        QCOMPARE(tree.root().total.activeParams.value(), router + 2 * expert);
        // No row may claim more active parameters than the rows above it.
        QCOMPARE(nodeAt(*trace, tree, "experts").total.activeParams.value(), 2 * expert);
        QCOMPARE(nodeAt(*trace, tree, "experts.0-7").total.params.value(), 8 * expert);
        QCOMPARE(nodeAt(*trace, tree, "experts.0-7").total.activeParams.value(), 2 * expert);
        QCOMPARE(nodeAt(*trace, tree, "experts.0-7.up").total.activeParams.value(), 2 * expert);
    }

    void aDecodePhaseIsSummedExactly_data()
    {
        QTest::addColumn<qint64>("first");
        QTest::addColumn<qint64>("steps");
        for (const qint64 first : {1, 36, 37, 49, 50, 51, 82, 99, 100, 101, 1000})
            for (const qint64 steps : {1, 2, 3, 4, 5, 17, 64, 151, 1000})
                QTest::addRow("%lld steps from %lld", steps, first) << first << steps;
    }

    void aDecodePhaseIsSummedExactly()
    {
        QFETCH(qint64, first);
        QFETCH(qint64, steps);
        Work forward;
        Work backward;
        for (std::int64_t step = 0; step < steps; ++step) {
            forward += bentAt(first + step);
            backward += bentBackwardAt(first + step);
        }
        const CostTree tree = cost(growing(first, steps), bentConvention);
        QCOMPARE(tree.root().total.forward.macs.value(), forward.macs.value());
        QCOMPARE(tree.root().total.forward.flops.value(), forward.flops.value());
        QCOMPARE(tree.root().total.backward.macs.value(), backward.macs.value());
        QCOMPARE(tree.root().total.backward.flops.value(), backward.flops.value());
    }

    void aBillionStepsAreNotVisitedOneByOne()
    {
        sampledSteps = 0;
        constexpr std::int64_t steps = 1 << 30;
        const CostTree tree = cost(growing(1, steps), bentConvention);
        QVERIFY2(sampledSteps < 10'000, qPrintable(QString::number(sampledSteps)));
        // 100 + keys up to 50 keys, 3 * keys behind them.
        constexpr std::int64_t head = 50 * 100 + 50 * 51 / 2;
        constexpr std::int64_t tail = 3 * (steps * (steps + 1) / 2 - 50 * 51 / 2);
        QCOMPARE(tree.root().total.forward.macs.value(), head + tail);
    }

    void aFixedOperatorCostsTheSameAtEveryStep()
    {
        Trace trace = growing(7, 58);
        trace.ops[0].inputs[1].shape = {7};
        trace.ops[0].output.shape = {7};
        QCOMPARE(cost(trace, bentConvention).root().total.forward.flops.value(), 58 * (7 * 7));
    }

    void uncountedCallsAreTalliedOverStepsAndInstances()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto call = [&] {
                const auto block = t.module("0", "Block", {.repeat = 3});
                neg(t.input({2, 2}));
                neg(t.input({2, 2}));
                cos(t.input({2, 2}));
            };
            call();
            t.beginPhase({Phase::Kind::Decode, 57});
            call();
            neg(t.input({2}));
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        const CostTree tree = cost(*trace, **conventionNamed("flopcounter"));
        QStringList whole;
        for (const Uncounted& entry : tree.uncountedBelow(0))
            whole << QString::fromUtf8("%1 %2").arg(entry.calls.value()).arg(q(entry.name));
        whole.sort();
        QCOMPARE(whole, (QStringList{QString::number(3 * 58) + q(" cos"),
                                     QString::number(2 * 3 * 58 + 57) + q(" neg")}));
        QCOMPARE(tree.uncountedBelow(1).size(), 2U);
        QVERIFY(cost(*trace, exact()).uncountedBelow(0).empty());
    }

    void cachesAreSizedByTheirType()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto block = t.module("0", "Block", {.repeat = 3});
            t.keep(2 * 147 * 256, DType::F8E4M3);
            t.keep(100, DType::F32);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(cost(*trace, exact()).root().total.kvCacheBytes.value(), 3 * (2 * 147 * 256 + 100 * 4));
    }

    void measuresReadTheFieldsTheyAreNamedAfter()
    {
        const Costs costs{.params = 1,
                          .activeParams = 2,
                          .forward = {3, 4},
                          .backward = {5, 6},
                          .weightBytes = 7,
                          .kvCacheBytes = 8,
                          .peakBytes = 9,
                          .savedBytes = 10,
                          .nanoseconds = 11};
        QStringList values;
        for (const Measure& measure : measures())
            values << q(measure.id) + q("=") + QString::number(measure.of(costs).value());
        QCOMPARE(values.join(QLatin1Char(' ')),
                 q("params=1 active_params=2 macs=3 flops=4 backward_flops=6 weight_bytes=7 kv_cache_bytes=8 "
                   "peak_bytes=9 saved_bytes=10 nanoseconds=11"));
    }

    void whatIsApportionedIsTheAverageOfInstances()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto block = t.module("0", "Block", {.repeat = 3});
            const auto leaf = t.module("fc", "Linear");
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        CostTree tree = cost(*trace, exact());
        // 3 blocks of 30, 24 of each in its fc; 10 belong to no block.
        apportion(tree, &Costs::peakBytes, {100, 3 * 30, 3 * 24});
        QCOMPARE(tree.root().self.peakBytes.value(), 100 - 3 * 30);
        QCOMPARE(tree.nodes[1].total.peakBytes.value(), 3 * 30);
        QCOMPARE(tree.nodes[1].each.peakBytes.value(), 30);
        QCOMPARE(tree.nodes[1].self.peakBytes.value(), 30 - 24);
        QCOMPARE(tree.nodes[2].self.peakBytes.value(), 24);
        // Children that share a tensor: nothing is left for the parent itself.
        apportion(tree, &Costs::peakBytes, {100, 3 * 50, 3 * 24});
        QCOMPARE(tree.root().self.peakBytes.value(), 0);
    }
};

QTEST_APPLESS_MAIN(TestCost)
#include "tst_cost.moc"
