// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/formula.h"
#include "core/sunflop.h"
#include "tests/support/convention_rows.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// One call in a model of one module: a prefill, or a decode phase of `steps`.
Formula explained(Op op, std::string_view convention = "exact", std::int64_t steps = 1)
{
    Trace trace;
    trace.modules.push_back({.className = "Net", .end = 1});
    trace.phases = {{Phase::Kind::Decode, steps}};
    trace.ops = {std::move(op)};
    return formulaOf(trace, trace.ops.front(), **conventionNamed(convention));
}

/// "2 · MACs + rows 5 · out 7"
QString written(const Equation& equation)
{
    QStringList terms;
    for (const Term& term : equation) {
        QStringList factors;
        for (const Factor& factor : term)
            factors << (factor.symbol.empty() ? QString::number(factor.value.value())
                        : factor.symbol == "MACs"
                            ? q(factor.symbol)
                            : q(factor.symbol) + ' ' + QString::number(factor.value.value()));
        terms << factors.join(" · ");
    }
    return terms.join(" + ");
}

Op linearCall(bool hasBias)
{
    Op op{.kind = OpKind::Linear, .inputs = {tensor({1, 147, 2048}), tensor({11008, 2048})}};
    if (hasBias)
        op.inputs.push_back(tensor({11008}));
    op.output = tensor({1, 147, 11008});
    return op;
}

/// Sixteen query heads of 128 over two key heads.
Op attentionCall(std::int64_t queries, Extent keys, bool causal, std::int64_t window = 0)
{
    return {.kind = OpKind::ScaledDotProductAttention,
            .inputs = {tensor({1, 16, queries, 128}), tensor({1, 2, keys, 128}), tensor({1, 2, keys, 128})},
            .output = tensor({1, 16, queries, 128}),
            .attributes = AttentionAttributes{.causal = causal, .window = window}};
}

Op elementCall(OpKind kind)
{
    return {.kind = kind, .inputs = {tensor({1, 147, 2048})}, .output = tensor({1, 147, 2048})};
}

Op layerNormCall()
{
    Op op = elementCall(OpKind::LayerNorm);
    op.inputs.insert(op.inputs.end(), 2, tensor({2048})); // weight and bias
    return op;
}

} // namespace

class TestFormula : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aLinearLayerIsRowsTimesInTimesOut()
    {
        const Formula formula = explained(linearCall(true));
        QVERIFY(formula.isCounted);
        QCOMPARE(formula.total.macs.value(), std::int64_t{1} * 147 * 2048 * 11008);
        QCOMPARE(written(formula.first.macs), "batch 1 · rows 147 · in 2048 · out 11008");
        QCOMPARE(written(formula.first.flops), "2 · MACs + batch 1 · rows 147 · out 11008");
        QCOMPARE(valueOf(formula.first.flops).value(), std::int64_t{2} * 147 * 2048 * 11008 + 147 * 11008);
    }

    void biasesThatAConventionLeavesOutAreNotInItsFormula()
    {
        QCOMPARE(written(explained(linearCall(false)).first.flops), "2 · MACs");
        QCOMPARE(written(explained(linearCall(true), "calflops").first.flops), "2 · MACs");
        QCOMPARE(written(explained(linearCall(true), "fvcore").first.flops), "MACs");
    }

    void aConvolutionIsEveryOutputTimesOneFilter()
    {
        Op op{.kind = OpKind::Conv2d,
              .inputs = {tensor({3, 4, 9, 9}), tensor({6, 2, 3, 5}), tensor({6})},
              .output = tensor({3, 6, 7, 5}),
              .attributes = ConvolutionAttributes{.groups = 2}};
        const Formula formula = explained(op);
        QCOMPARE(formula.total.macs.value(), (3 * 6 * 7 * 5) * (2 * 3 * 5));
        QCOMPARE(written(formula.first.macs), "batch 3 · out channels 6 · height 7 · width 5 · channels 2 · "
                                              "kernel height 3 · kernel width 5");
        QCOMPARE(written(formula.first.flops), "2 · MACs + batch 3 · out channels 6 · height 7 · width 5");
    }

    void aMatrixProductIsRowsTimesInnerTimesColumns()
    {
        Op op{.kind = OpKind::MatMul,
              .inputs = {tensor({2, 3, 5, 7}), tensor({2, 3, 7, 11})},
              .output = tensor({2, 3, 5, 11})};
        const Formula formula = explained(op);
        QCOMPARE(formula.total.macs.value(), 2 * 3 * 5 * 7 * 11);
        QCOMPARE(written(formula.first.macs), "batch 2 · heads 3 · rows 5 · inner 7 · columns 11");
    }

    void causalAttentionComputesATriangle()
    {
        const Formula formula = explained(attentionCall(147, 147, true));
        constexpr std::int64_t pairs = 147 * 148 / 2;
        QVERIFY(formula.first.pairs);
        QCOMPARE(formula.first.pairs->rule, Pairs::Rule::Triangle);
        QCOMPARE(formula.first.pairs->count.value(), pairs);
        QCOMPARE(formula.total.macs.value(), 16 * pairs * 2 * 128);
        QCOMPARE(written(formula.first.macs), "2 · batch 1 · heads 16 · pairs 10878 · head size 128");
        QCOMPARE(written(formula.first.flops), "2 · MACs + 6 · batch 1 · heads 16 · pairs 10878");
    }

    void denseAttentionComputesTheSquare()
    {
        for (const auto& [convention, causal] : {std::pair("exact", false), std::pair("flopcounter", true)}) {
            const Formula formula = explained(attentionCall(147, 147, causal), convention);
            QVERIFY(formula.first.pairs);
            QCOMPARE(formula.first.pairs->rule, Pairs::Rule::All);
            QCOMPARE(formula.first.pairs->count.value(), 147 * 147);
            QCOMPARE(formula.total.macs.value(), std::int64_t{16} * 147 * 147 * 2 * 128);
        }
    }

    void cachedKeysMakeATrapezoidAndWindowsABand()
    {
        const Formula cached = explained(attentionCall(4, 10, true));
        QCOMPARE(cached.first.pairs->rule, Pairs::Rule::Trapezoid);
        QCOMPARE(cached.first.pairs->count.value(), 7 + 8 + 9 + 10);
        const Formula band = explained(attentionCall(6, 6, true, 3));
        QCOMPARE(band.first.pairs->rule, Pairs::Rule::Visible);
        QCOMPARE(band.first.pairs->window, 3);
        QCOMPARE(band.first.pairs->count.value(), 1 + 2 + 3 + 3 + 3 + 3);
    }

    void normsAndActivationsCountPerElement()
    {
        const Formula norm = explained(layerNormCall());
        QCOMPARE(written(norm.first.flops), "7 · elements 301056 + 2 · rows 147"); // 147 * 2048
        QCOMPARE(norm.total.flops.value(), 7 * 147 * 2048 + 2 * 147);
        QVERIFY(norm.first.macs.empty());
        QCOMPARE(written(explained(layerNormCall(), "calflops").first.flops), "5 · elements 301056");
        QCOMPARE(written(explained(elementCall(OpKind::SiLU)).first.flops), "4 · elements 301056");
        QCOMPARE(written(explained(elementCall(OpKind::Pow)).first.flops), "elements 301056");
    }

    void calflopsPairsAxesFromTheLeft()
    {
        Op op{.kind = OpKind::Mul,
              .spelling = Spelling::Operator,
              .inputs = {tensor({2048}), tensor({1, 147, 2048})},
              .output = tensor({1, 147, 2048})};
        QCOMPARE(written(explained(op, "calflops").first.flops), "axis 1 2048 · axis 2 147 · axis 3 2048");
        QCOMPARE(written(explained(op).first.flops), "elements 301056");
    }

    void aTransposedConvolutionIsEveryInputTimesOneFilter()
    {
        Op op{.kind = OpKind::ConvTranspose1d,
              .inputs = {tensor({2, 64, 50}), tensor({64, 32, 4}), tensor({32})},
              .output = tensor({2, 32, 102})};
        const Formula formula = explained(op);
        QCOMPARE(formula.total.macs.value(), (2 * 64 * 50) * (32 * 4));
        QCOMPARE(written(formula.first.macs),
                 "batch 2 · in channels 64 · length 50 · out channels 32 · kernel length 4");
        QCOMPARE(written(formula.first.flops), "2 · MACs + batch 2 · out channels 32 · length 102");
    }

    void whatIsAddedToAProductIsItsBias()
    {
        Op op{.kind = OpKind::AddMm,
              .inputs = {tensor({11}), tensor({3, 7}), tensor({7, 11})},
              .output = tensor({3, 11})};
        QCOMPARE(written(explained(op).first.macs), "rows 3 · inner 7 · columns 11");
        QCOMPARE(written(explained(op).first.flops), "2 · MACs + rows 3 · columns 11");
        QCOMPARE(written(explained(op, "calflops").first.flops), "2 · MACs + added elements 11");
    }

    void aProductWithAVectorHasNoColumns()
    {
        Op op{.kind = OpKind::MatMul, .inputs = {tensor({3, 7}), tensor({7})}, .output = tensor({3})};
        QCOMPARE(written(explained(op).first.macs), "rows 3 · inner 7");
    }

    void recurrentLayersMultiplyByEveryMatrixAtEachPosition()
    {
        Op op{
            .kind = OpKind::Gru,
            .inputs = {tensor({7, 3, 5}), tensor({12, 5}), tensor({12, 4}), tensor({12, 4}), tensor({12, 4})},
            .output = tensor({7, 3, 4}),
            .attributes = RecurrentAttributes{.layers = 2, .hasBias = false}};
        const Formula formula = explained(op);
        QCOMPARE(formula.total.macs.value(), 7 * 3 * (12 * 5 + 3 * (12 * 4)));
        QCOMPARE(written(formula.first.macs),
                 "directions 1 · positions 21 · gate units 12 · in 5 + "
                 "directions 1 · positions 21 · gate units 12 · state 4 + "
                 "further layers 1 · directions 1 · positions 21 · gate units 12 · in of these 4 + "
                 "further layers 1 · directions 1 · positions 21 · gate units 12 · state 4");
        QCOMPARE(written(formula.first.flops), "2 · MACs + 17 · positions 21 · units 8");
    }

    void batchNormCountsItsChannelsAndPoolingItsWindows()
    {
        Op norm{.kind = OpKind::BatchNorm,
                .inputs = {tensor({2, 6, 8, 8}), tensor({6}), tensor({6})},
                .output = tensor({2, 6, 8, 8}),
                .attributes = NormAttributes{.usesStatistics = true}};
        QCOMPARE(written(explained(norm).first.flops), "4 · elements 768 + 2 · channels 6");
        Op pool{.kind = OpKind::MaxPool,
                .inputs = {tensor({2, 3, 8, 8})},
                .output = tensor({2, 3, 4, 4}),
                .attributes = PoolAttributes{.window = 9}};
        QCOMPARE(written(explained(pool).first.flops), "elements 96 · window 9");
    }

    void everyOperatorOfAProgramIsExplainedAsExactCountsIt()
    {
        for (const Row& row : programRows())
            for (const Convention& convention : conventions()) {
                const Formula formula = explained(row.op, convention.id);
                if (!formula.first.macs.empty())
                    QCOMPARE(valueOf(formula.first.macs), formula.first.work.macs);
                if (!formula.first.flops.empty())
                    QCOMPARE(valueOf(formula.first.flops), formula.first.work.flops);
                const bool isFree = formula.first.work.flops == Count(0);
                if (convention.id == "exact" && formula.first.flops.empty() != isFree)
                    QFAIL(row.name);
            }
    }

    void anOperatorWithoutARuleHasNoFormula()
    {
        const Formula formula = explained(elementCall(OpKind::SiLU), "fvcore");
        QVERIFY(!formula.isCounted);
        QVERIFY(formula.first.flops.empty());
    }

    void aGrowingOperatorIsExplainedAtBothEnds()
    {
        // One query a step over 404, 405, ... 914 keys.
        const Formula formula = explained(attentionCall(1, {404, 1}, true), "exact", 511);
        QCOMPARE(formula.steps, 511);
        QVERIFY(formula.last);
        QCOMPARE(formula.first.pairs->count.value(), 404);
        QCOMPARE(formula.last->pairs->count.value(), 914);
        QCOMPARE(formula.first.pairs->rule, Pairs::Rule::All);
        constexpr std::int64_t pairs = 511 * (404 + 914) / 2;
        QCOMPARE(formula.total.macs.value(), 16 * pairs * 2 * 128);
    }

    void equationsOfABundledModelHold_data()
    {
        QTest::addColumn<QString>("convention");
        for (const Convention& convention : conventions())
            QTest::addRow("%s", std::string(convention.id).c_str()) << q(convention.id);
    }

    void equationsOfABundledModelHold()
    {
        QFETCH(const QString, convention);
        const std::vector<Assignment> settings{{"new_tokens", "16"}, {"attention", "eager"}};
        const auto counted = run(*open("ovis2-4b"), settings, **conventionNamed(convention.toStdString()));
        QVERIFY(counted);
        for (const Op& op : counted->trace.ops) {
            const Formula formula = formulaOf(counted->trace, op, *counted->convention);
            QCOMPARE(formula.isCounted, workOf(counted->trace, op, *counted->convention).has_value());
            if (!formula.first.macs.empty())
                QCOMPARE(valueOf(formula.first.macs), formula.first.work.macs);
            if (!formula.first.flops.empty())
                QCOMPARE(valueOf(formula.first.flops), formula.first.work.flops);
            // Every operator of a known model is explained.
            QCOMPARE(formula.first.flops.empty(), formula.first.work.flops == Count(0));
        }
    }
};

QTEST_APPLESS_MAIN(TestFormula)
#include "tst_formula.moc"
