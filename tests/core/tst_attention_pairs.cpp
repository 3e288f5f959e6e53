// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"
#include "core/operators/quantities.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

Op attention(std::int64_t queries, std::int64_t keys, const AttentionAttributes& attributes)
{
    Op op{.kind = OpKind::ScaledDotProductAttention};
    op.inputs = {{.shape = {1, 1, queries, 1}}, {.shape = {1, 1, keys, 1}}, {.shape = {1, 1, keys, 1}}};
    op.output.shape = {1, 1, queries, 1};
    op.attributes = attributes;
    return op;
}

/// Pairs that a mask would let through: the last query stands at the last key, none looks ahead, and with a
/// window none looks further back than that many keys, itself included.
std::int64_t pairsOneByOne(std::int64_t queries, std::int64_t keys, std::int64_t window)
{
    std::int64_t pairs = 0;
    for (std::int64_t query = 0; query < queries; ++query) {
        const std::int64_t position = keys - queries + query;
        for (std::int64_t key = 0; key < keys; ++key)
            pairs += key <= position && (window == 0 || key > position - window) ? 1 : 0;
    }
    return pairs;
}

/// An operator whose operands need gradients as `needs` says, "yny".
Op differentiable(OpKind kind, const std::vector<Shape>& shapes, std::string_view needs)
{
    Op op{.kind = kind};
    for (std::size_t i = 0; i < shapes.size(); ++i)
        op.inputs.push_back({.shape = shapes[i], .requiresGradient = needs[i] == 'y'});
    op.output.requiresGradient = needs.find('y') != std::string_view::npos;
    return op;
}

} // namespace

class TestAttentionPairs : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsThePairsThatTheMaskShows()
    {
        for (std::int64_t queries = 1; queries <= 17; ++queries)
            for (std::int64_t keys = queries; keys <= 40; ++keys)
                for (const std::int64_t window : {0, 1, 2, 3, 5, 8, 16, 17, 39, 40, 41}) {
                    const std::int64_t found =
                        visiblePairs(attention(queries, keys, {.causal = true, .window = window})).value();
                    const std::int64_t expected = pairsOneByOne(queries, keys, window);
                    QVERIFY2(found == expected,
                             qPrintable(QString::fromUtf8("%1 queries, %2 keys, window %3: %4 instead of %5")
                                            .arg(queries)
                                            .arg(keys)
                                            .arg(window)
                                            .arg(found)
                                            .arg(expected)));
                }
    }

    void queriesBeforeTheFirstKeySeeNothing()
    {
        for (std::int64_t queries = 2; queries <= 9; ++queries)
            for (std::int64_t keys = 1; keys < queries; ++keys)
                for (const std::int64_t window : {0, 1, 2, 3, 5, 20})
                    QCOMPARE(
                        visiblePairs(attention(queries, keys, {.causal = true, .window = window})).value(),
                        pairsOneByOne(queries, keys, window));
    }

    void theFirstQueryMayStandAtTheFirstKey()
    {
        constexpr AttentionAttributes first{.causal = true,
                                            .alignment = AttentionAttributes::Alignment::First};
        for (std::int64_t queries = 1; queries <= 9; ++queries)
            for (std::int64_t keys = 1; keys <= 9; ++keys) {
                std::int64_t pairs = 0;
                for (std::int64_t query = 0; query < queries; ++query)
                    for (std::int64_t key = 0; key < keys; ++key)
                        pairs += key <= query ? 1 : 0;
                QCOMPARE(visiblePairs(attention(queries, keys, first)).value(), pairs);
            }
    }

    void aMaskHidesNothingFromTheKernel()
    {
        QCOMPARE(visiblePairs(attention(16, 80, {.mask = MaskReason::Prefix})).value(), 16 * 80);
    }

    void withoutAMaskEveryPairCounts()
    {
        QCOMPARE(visiblePairs(attention(5, 8, {})).value(), 5 * 8);
        QCOMPARE(visiblePairs(attention(8, 5, {})).value(), 8 * 5);
        QCOMPARE(densePairs(attention(5, 8, {.causal = true, .window = 2})).value(), 5 * 8);
    }

    void aMillionTokensAreHalfTheirSquare()
    {
        constexpr std::int64_t n = 1 << 20;
        QCOMPARE(visiblePairs(attention(n, n, {.causal = true})).value(), n * (n + 1) / 2);
        QCOMPARE(visiblePairs(attention(n, n, {.causal = true, .window = 4096})).value(),
                 std::int64_t{4096} * 4097 / 2 + (n - 4096) * 4096);
    }

    void gradientsCostTheForwardForEachOperand_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("needs");
        QTest::addColumn<qint64>("macs");
        QTest::addColumn<qint64>("flops");
        const auto row = [](const char* name, OpKind kind, const char* needs, qint64 macs, qint64 flops) {
            QTest::newRow(name) << static_cast<int>(kind) << QString::fromUtf8(needs) << macs << flops;
        };
        // The forward costs 30 multiply-accumulates and 60 operations, with a bias 60 + 15.
        row("linear", OpKind::Linear, "yy", 2 * 30, 2 * 60);
        row("linear, input only", OpKind::Linear, "yn", 30, 60);
        row("linear, weight only", OpKind::Linear, "ny", 30, 60);
        row("linear, nothing", OpKind::Linear, "nn", 0, 0);
        row("conv2d", OpKind::Conv2d, "yy", 2 * 30, 2 * 60);
        row("conv2d, first layer", OpKind::Conv2d, "ny", 30, 60);
        row("matmul", OpKind::MatMul, "yy", 2 * 30, 2 * 60);
        row("matmul, one side", OpKind::MatMul, "ny", 30, 60);
        row("attention", OpKind::ScaledDotProductAttention, "yyy", 5 * 30 / 2, 5 * 60 / 2);
        row("attention, frozen", OpKind::ScaledDotProductAttention, "nnn", 0, 0);
        row("mul", OpKind::Mul, "yy", 2 * 30, 2 * 60);
        row("silu", OpKind::SiLU, "y", 30, 60);
        row("layer_norm", OpKind::LayerNorm, "yyy", 3 * 30, 3 * 60);
    }

    void gradientsCostTheForwardForEachOperand()
    {
        QFETCH(int, kind);
        QFETCH(QString, needs);
        QFETCH(qint64, macs);
        QFETCH(qint64, flops);
        const std::vector<Shape> shapes(static_cast<std::size_t>(needs.size()), Shape{5, 6});
        const Op op = differentiable(static_cast<OpKind>(kind), shapes, needs.toStdString());
        for (const char* id : {"exact", "flopcounter", "fvcore"})
            QVERIFY((*conventionNamed(id))->backward(op, {30, 60}) == (Work{macs, flops}));
    }

    void aBiasGradientIsOneSumOverTheOutput()
    {
        const std::vector<Shape> shapes{{5, 6}, {3, 6}, {3}};
        constexpr Work forward{5 * 6 * 3, 2 * (5 * 6 * 3) + 5 * 3};
        const auto backward = [&](std::string_view needs) {
            return (*conventionNamed("exact"))
                ->backward(differentiable(OpKind::Linear, shapes, needs), forward);
        };
        QVERIFY(backward("yyy") == (Work{2 * (5 * 6 * 3), 2 * 2 * (5 * 6 * 3) + 5 * 3}));
        QVERIFY(backward("nyy") == (Work{5 * 6 * 3, 2 * (5 * 6 * 3) + 5 * 3}));
        QVERIFY(backward("nny") == (Work{0, 5 * 3}));
        QVERIFY(backward("yyn") == (Work{2 * (5 * 6 * 3), 2 * 2 * (5 * 6 * 3)}));
    }

    void calflopsAlwaysDoublesTheForward()
    {
        const Op frozen = differentiable(OpKind::Linear, {{5, 6}, {3, 6}}, "nn");
        QVERIFY((*conventionNamed("calflops"))->backward(frozen, {30, 75}) == (Work{2 * 30, 2 * 75}));
    }

    void aSaturatedForwardHasASaturatedBackward()
    {
        const Work absurd{Count::saturated(), Count::saturated()};
        const Op attend = differentiable(OpKind::ScaledDotProductAttention, {{1}, {1}, {1}}, "yyy");
        const Op linear = differentiable(OpKind::Linear, {{5, 6}, {3, 6}, {3}}, "yyy");
        for (const Op& op : {attend, linear}) {
            const Work backward = (*conventionNamed("exact"))->backward(op, absurd);
            QVERIFY(backward.macs.isSaturated() && backward.flops.isSaturated());
        }
    }
};

QTEST_APPLESS_MAIN(TestAttentionPairs)
#include "tst_attention_pairs.moc"
