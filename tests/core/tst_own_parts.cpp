// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/compared_parts.h"
#include "core/cost/own_parts.h"
#include "core/cost/unfolding.h"
#include "core/model/ops.h"
#include "core/worker/torch_worker.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>
#include <numeric>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// One module with two children, run five times: what it calls itself are two sums and a product.
Trace smallNet()
{
    Tracer t({DType::BF16, DType::BF16});
    {
        const auto root = t.module("", "Net");
        const auto block = t.module("0", "Block", {.repeat = 5});
        t.parameter("scale", {3});
        const auto layer = [&](const char* name, std::int64_t out, std::int64_t in) {
            const auto scope = t.module(name, "Linear");
            return linear(t.input({4, in}), t.parameter("weight", {out, in}));
        };
        layer("up", 7, 3);
        add(t.input({4, 3}), t.input({4, 3}));
        mul(t.input({4, 3}), t.input({4, 3}));
        layer("down", 3, 7);
        add(t.input({4, 3}), t.input({4, 3}));
    }
    return *t.finish();
}

Run runOfFile(const std::string& path, const std::vector<Assignment>& settings, const Convention& convention)
{
    auto source = open(path);
    auto found =
        source ? run(*std::move(source), settings, convention) : Result<Run>(failure(source.error()));
    if (!found)
        qFatal("%s", found.error().text().c_str());
    return *std::move(found);
}

std::int32_t nodeAt(const Trace& trace, std::string_view path)
{
    const auto row = rowAt(trace, {}, path);
    if (!row)
        qFatal("no module at this path");
    return row->node;
}

QStringList namesOf(const std::vector<const OwnPart*>& parts)
{
    QStringList names;
    for (const OwnPart* part : parts)
        names << q(part->name);
    return names;
}

/// Modules in whose children and own parts a figure is not all of it, or more.
QStringList modulesThatDoNotAddUp(const Run& run)
{
    QStringList wrong;
    const auto& nodes = run.costs.nodes;
    for (std::int32_t node = 0; node < static_cast<std::int32_t>(nodes.size()); ++node) {
        const std::int32_t end = nodes[static_cast<std::size_t>(node)].end;
        if (end == node + 1) {
            if (!run.costs.ownOf(node).empty())
                wrong << q(run.trace.path(node)) + q(": has no children, but parts");
            continue;
        }
        for (const Measure& measure : measures()) {
            const Count total = measure.of(nodes[static_cast<std::size_t>(node)].total);
            Count children;
            for (std::int32_t child = node + 1; child < end;
                 child = nodes[static_cast<std::size_t>(child)].end)
                children += measure.of(nodes[static_cast<std::size_t>(child)].total);
            Count own;
            for (const OwnPart* part : ownRows(run.costs, node, std::array{&measure}))
                own += measure.of(part->total);
            const bool shares = children > total; // children that hold one tensor
            if (shares ? own != Count(0) : children + own != total)
                wrong << QStringLiteral("%1, %2: %3 + %4, not %5")
                             .arg(q(run.trace.path(node)), q(measure.id))
                             .arg(children.value())
                             .arg(own.value())
                             .arg(total.value());
        }
    }
    return wrong;
}

} // namespace

class TestOwnParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void callsAreGroupedByOperatorInTheirOrder()
    {
        const Trace trace = smallNet();
        const CostTree tree = cost(trace, **conventionNamed("exact"));
        const std::int32_t block = nodeAt(trace, "0-4");
        QCOMPARE(namesOf(ownRows(tree, block)), QStringList({q("add"), q("mul"), q("scale")}));
        const OwnPart& sum = *ownNamed(tree, block, "add");
        QCOMPARE(sum.kind, OwnKind::Operator);
        QCOMPARE(sum.calls.value(), 5 * 2);
        QCOMPARE(sum.total.forward.flops.value(), 5 * 2 * (4 * 3)); // two sums of 4 x 3 in each of five
        QCOMPARE(sum.total.forward.macs.value(), 0);
        const OwnPart& product = *ownNamed(tree, block, "mul");
        QCOMPARE(product.calls.value(), 5);
        QCOMPARE(product.total.forward.flops.value(), 5 * (4 * 3));
        const OwnPart& scale = *ownNamed(tree, block, "scale");
        QCOMPARE(scale.kind, OwnKind::Tensor);
        QCOMPARE(scale.total.params.value(), 5 * 3);
        QCOMPARE(scale.total.weightBytes.value(), 5 * 3 * 2);
        QCOMPARE(q(ownPath(trace, sum)), q("0-4::add"));
        QCOMPARE(largestOwn(tree, block, measureNamed("flops")), &sum);
        QCOMPARE(largestOwn(tree, block, measureNamed("params")), &scale);
        QCOMPARE(largestOwn(tree, block, measureNamed("kv_cache_bytes")), nullptr);
    }

    void whatIsNothingHasNoRow()
    {
        const Trace trace = smallNet();
        const CostTree tree = cost(trace, **conventionNamed("flopcounter"));
        const std::int32_t block = nodeAt(trace, "0-4");
        // FlopCounterMode counts products of matrices only; operators that it passes over are tallied.
        QCOMPARE(namesOf(ownRows(tree, block, std::array{&measureNamed("flops")})), QStringList());
        QCOMPARE(namesOf(ownRows(tree, block, std::array{&measureNamed("params")})), QStringList(q("scale")));
        QVERIFY(!ownNamed(tree, block, "add")->isCounted);
        for (std::int32_t node : {nodeAt(trace, "0-4.up"), nodeAt(trace, "0-4.down")})
            QVERIFY(tree.ownOf(node).empty()); // the one operator is the module
    }

    void eagerAttentionIsItsProductsAndItsSoftmax()
    {
        // Two query heads of 4 in four layers, 5 tokens: every pair of them, twice 4 multiply-accumulates.
        const Run run = runOf(smallDecoder("llama"), {{"text_tokens", "5"}, {"attention", "eager"}});
        const std::int32_t attention = nodeAt(run.trace, "model.layers.0-3.self_attn");
        const OwnPart& products = *ownNamed(run.costs, attention, "matmul");
        QCOMPARE(products.calls.value(), 4 * 2);
        QCOMPARE(products.total.forward.macs.value(), 4 * 2 * (2 * 5 * 5 * 4));
        QCOMPARE(products.total.forward.flops.value(), 2 * 4 * 2 * (2 * 5 * 5 * 4));
        QCOMPARE(ownNamed(run.costs, attention, "softmax")->total.forward.flops.value(),
                 4 * 5 * (2 * 5 * 5)); // 5 for each element
        QCOMPARE(ownNamed(run.costs, attention, "scaled_dot_product_attention"), nullptr);
        QCOMPARE(
            ownNamed(run.costs, nodeAt(run.trace, "model.layers.0-3"), "add")->total.forward.flops.value(),
            4 * 2 * (5 * 8)); // two residuals
    }

    void everyStepOfADecodingIsInIt()
    {
        // A prefill of 5 tokens and 3 steps that look back on 6, 7 and 8.
        const Run run =
            runOf(smallDecoder("llama"), {{"text_tokens", "5"}, {"attention", "eager"}, {"new_tokens", "4"}});
        const std::int32_t attention = nodeAt(run.trace, "model.layers.0-3.self_attn");
        const OwnPart& products = *ownNamed(run.costs, attention, "matmul");
        QCOMPARE(products.calls.value(), 4 * 2 * (1 + 3));
        QCOMPARE(products.total.forward.macs.value(), 4 * 2 * (2 * 4 * (5 * 5 + 6 + 7 + 8)));
    }

    void childrenAndOwnPartsAreAllOfTheirModule_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("inputs");
        const auto row = [](const char* name, const char* model, const char* inputs = "") {
            QTest::newRow(name) << q(model) << q(inputs);
        };
        row("vision and language", "ovis2-4b");
        row("generation", "ovis2-4b", "new_tokens=64");
        row("training", "qwen2.5-0.5b", "mode=training text_tokens=100");
        row("checkpointed, sharded", "qwen2.5-7b",
            "mode=training checkpointing=layers zero_stage=3 data_parallel=4 text_tokens=64");
        row("tied tables", "qwen2.5-0.5b", "attention=eager");
        row("packed weights", "llama-3.1-70b", "weight_dtype=gptq-4-g128 text_tokens=64");
        row("long prompt", "llama-3.1-70b", "text_tokens=128Ki");
        row("tensor parallel", "llama-3.1-70b", "tensor_parallel=8 new_tokens=3");
        row("several towers", "internvl2-1b", "images=1");
        row("host-bound", "qwen2.5-0.5b", "text_tokens=1 preset=eager");
        row("adapters", "qwen2.5-0.5b", "mode=training lora_rank=8 text_tokens=16");
        row("exported program", TEST_DATA "/programs/files/decoder.pt2");
        row("exported attention", TEST_DATA "/programs/files/attention.pt2");
        row("checkpoint", TEST_DATA "/programs/files/parameters.pt");
        if (torchProgram())
            row("TorchScript", TEST_DATA "/programs/files/decoder_script.pt");
    }

    void childrenAndOwnPartsAreAllOfTheirModule()
    {
        QFETCH(QString, model);
        QFETCH(QString, inputs);
        std::vector<Assignment> settings;
        for (const QString& input : inputs.split(QLatin1Char(' '), Qt::SkipEmptyParts))
            settings.push_back({input.section(QLatin1Char('='), 0, 0).toStdString(),
                                input.section(QLatin1Char('='), 1).toStdString()});
        for (const Convention& convention : conventions()) {
            const Run run = runOfFile(model.toStdString(), settings, convention);
            QCOMPARE(modulesThatDoNotAddUp(run), QStringList());
        }
    }

    void timesOfCallsAreAllOfTheRun()
    {
        for (const char* mode : {"inference", "training"}) {
            const Run run = runOf(smallDecoder("llama"), {{"text_tokens", "5"}, {"mode", mode}});
            const Timing& timing = run.timing;
            const double sum = std::accumulate(timing.callSeconds.begin(), timing.callSeconds.end(), 0.0);
            QVERIFY(std::abs(sum + timing.optimizerSeconds - timing.seconds) < 1e-9 * timing.seconds);
            // The optimizer belongs to no operator.
            const Count rest = run.costs.ownOf(0).back().total.nanoseconds;
            QVERIFY(std::abs(static_cast<double>(rest.value()) - 1e9 * timing.optimizerSeconds) <= 1);
        }
    }

    void aCacheIsTheAttentionsOwn()
    {
        const Run run = runOf(smallDecoder("llama"), {{"text_tokens", "5"}});
        const std::int32_t attention = nodeAt(run.trace, "model.layers.0-3.self_attn");
        const auto parts = ownRows(run.costs, attention, std::array{&measureNamed("kv_cache_bytes")});
        QCOMPARE(parts.size(), std::size_t(1));
        QCOMPARE(parts.front()->kind, OwnKind::Other);
        // Keys and values of one head of 4, 5 tokens, four layers, two bytes each.
        QCOMPARE(parts.front()->total.kvCacheBytes.value(), 2 * 4 * 5 * 4 * 2);
    }

    void pathsAreTakenApart()
    {
        QCOMPARE(q(splitPath("a.b::add").module), q("a.b"));
        QCOMPARE(q(splitPath("a.b::add").own), q("add"));
        QCOMPARE(q(splitPath("::add").module), q(""));
        QCOMPARE(q(splitPath("a.b").module), q("a.b"));
        QCOMPARE(q(splitPath("a.b").own), q(""));
    }

    void comparedRowsAndPartsAreAllOfTheirRow_data()
    {
        QTest::addColumn<QString>("a");
        QTest::addColumn<QString>("b");
        QTest::newRow("two models") << q("ovis2-4b") << q("internvl2-1b");
        QTest::newRow("a wrapper around the other") << q("ovis2-4b") << q("qwen2.5-0.5b");
        QTest::newRow("one model") << q("qwen2.5-7b") << q("qwen2.5-7b");
    }

    void comparedRowsAndPartsAreAllOfTheirRow()
    {
        QFETCH(QString, a);
        QFETCH(QString, b);
        const Run runA = runOfFile(a.toStdString(), {{"text_tokens", "64"}}, conventions().front());
        const Run runB = runOfFile(b.toStdString(), {{"text_tokens", "48"}}, conventions().front());
        const ComparisonSide sideA{runA.trace, runA.costs};
        const ComparisonSide sideB{runB.trace, runB.costs};
        const Comparison comparison = compare(sideA, sideB);
        const auto parts = comparedParts(comparison, sideA, sideB);
        for (const Measure& measure : measures()) {
            const auto rows = compared(comparison, sideA, sideB, measure);
            const auto own = compared(parts, comparison, sideA, sideB, measure, rows);
            for (const auto side : {&ComparedFigure::a, &ComparedFigure::b}) {
                std::vector<Count> below(rows.size());
                for (std::size_t i = 1; i < rows.size(); ++i)
                    below[static_cast<std::size_t>(comparison.rows[i].parent)] += rows[i].*side;
                std::vector<Count> all = below;
                for (std::size_t i = 0; i < parts.size(); ++i)
                    all[static_cast<std::size_t>(parts[i].row)] += own[i].*side;
                for (std::size_t i = 0; i < rows.size(); ++i)
                    if (comparison.rows[i].end > static_cast<std::int32_t>(i) + 1 &&
                        below[i] <= rows[i].*side)
                        QVERIFY2(all[i] == rows[i].*side, qPrintable(QStringLiteral("%1, row %2: %3, not %4")
                                                                         .arg(q(measure.id))
                                                                         .arg(i)
                                                                         .arg(all[i].value())
                                                                         .arg((rows[i].*side).value())));
            }
        }
    }

    void operatorsArePairedByName()
    {
        const auto config = smallDecoder("llama");
        const Run eager = runOf(config, {{"text_tokens", "5"}, {"attention", "eager"}});
        const Run fused = runOf(config, {{"text_tokens", "5"}, {"attention", "sdpa"}});
        const ComparisonSide a{eager.trace, eager.costs};
        const ComparisonSide b{fused.trace, fused.costs};
        const Comparison comparison = compare(a, b);
        const std::int32_t row =
            comparison.rowOfA[static_cast<std::size_t>(nodeAt(eager.trace, "model.layers.0-3.self_attn"))];
        const auto parts = comparedParts(comparison, a, b);
        const auto rows = compared(comparison, a, b, measureNamed("macs"));
        const auto figures = compared(parts, comparison, a, b, measureNamed("macs"), rows);
        QStringList found;
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (parts[i].row == row && (figures[i].a != Count(0) || figures[i].b != Count(0)))
                found << QStringLiteral("%1 %2 %3 %4 %5")
                             .arg(q(parts[i].key.name))
                             .arg(parts[i].isInA)
                             .arg(figures[i].a.value())
                             .arg(parts[i].isInB)
                             .arg(figures[i].b.value());
        // All 5 x 5 pairs of tokens, or the 15 of them that causal attention looks at.
        static_assert(5 * (5 + 1) / 2 == 15);
        QCOMPARE(
            found,
            QStringList({QStringLiteral("matmul 1 %1 0 0").arg(4 * 2 * (2 * 5 * 5 * 4)),
                         QStringLiteral("scaled_dot_product_attention 0 0 1 %1").arg(4 * 2 * (2 * 15 * 4))}));
    }

    void aPrintedReportTellsNoCalls()
    {
        const Run counted = runOf(smallDecoder("llama"), {{"text_tokens", "5"}}, "calflops");
        CostTree printed = counted.costs;
        printed.own.clear();
        for (CostNode& node : printed.nodes)
            node.firstOwn = -1;
        const ComparisonSide a{counted.trace, counted.costs};
        const ComparisonSide b{counted.trace, printed};
        const Comparison comparison = compare(a, b);
        const auto parts = comparedParts(comparison, a, b);
        QVERIFY(!parts.empty());
        const auto rows = compared(comparison, a, b, measureNamed("flops"));
        const auto figures = compared(parts, comparison, a, b, measureNamed("flops"), rows);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            QCOMPARE(parts[i].key.kind, OwnKind::Other);
            QCOMPARE(figures[i].a, figures[i].b);
        }
    }
};

QTEST_APPLESS_MAIN(TestOwnParts)
#include "tst_own_parts.moc"
