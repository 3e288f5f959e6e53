// SPDX-License-Identifier: GPL-3.0-or-later
// Comparisons of every two bundled models, checked tensor by tensor and operator by operator.

#include "core/cost/comparison.h"
#include "core/model/held.h"
#include "core/sunflop.h"
#include "tests/support/comparison_text.h"
#include "tests/support/differences.h"
#include "tests/support/text.h"
#include "tests/support/tied_trees.h"

#include <QtTest>

#include <set>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Measure& params()
{
    return measures().front();
}

Run bundled(std::string_view name, const std::vector<Assignment>& inputs = {},
            std::string_view convention = "exact")
{
    auto result = run(open(name).value(), inputs, *conventionNamed(convention).value());
    if (!result)
        qFatal("%s", result.error().text().c_str());
    return *std::move(result);
}

/// Partners by module of `a`, -1 where there is none.
std::vector<std::int32_t> partners(const ComparisonSide& a, const ComparisonSide& b)
{
    std::vector<std::int32_t> partner(a.trace.modules.size(), -1);
    for (const ComparedRow& row : compare(a, b).rows)
        if (row.a >= 0)
            partner[static_cast<std::size_t>(row.a)] = row.b;
    return partner;
}

/// Modules of one side in the subtree of each row.
std::vector<std::vector<std::int32_t>> modulesBelow(const Comparison& comparison,
                                                    const std::vector<std::int32_t>& rowOf)
{
    std::vector<std::vector<std::int32_t>> below(comparison.rows.size());
    for (std::size_t i = 0; i < rowOf.size(); ++i)
        for (std::int32_t row = rowOf[i]; row >= 0;
             row = comparison.rows[static_cast<std::size_t>(row)].parent)
            below[static_cast<std::size_t>(row)].push_back(static_cast<std::int32_t>(i));
    return below;
}

/// Every tensor that any of the modules holds, once.
Count distinctParams(const Trace& trace, const std::vector<std::int32_t>& modules)
{
    const std::set<std::int32_t> chosen(modules.begin(), modules.end());
    Count sum = 0;
    for (const HeldTensor& tensor : heldTensors(trace)) {
        const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        const bool isHeld =
            tensor.holders.empty()
                ? chosen.contains(parameter.module)
                : std::ranges::any_of(tensor.holders, [&](auto m) { return chosen.contains(m); });
        if (isHeld)
            sum += Count(parameter.shape.elements()) * tensor.instances;
    }
    return sum;
}

/// What the modules' own operators do, all instances.
Count ownFlops(const CostTree& costs, const std::vector<std::int32_t>& modules)
{
    Count sum = 0;
    for (const std::int32_t id : modules) {
        const CostNode& node = costs.nodes[static_cast<std::size_t>(id)];
        sum += node.self.forward.flops * node.instances;
    }
    return sum;
}

const Measure& flops()
{
    return measureNamed("flops");
}

/// Rows form one pre-order tree and hold every module once.
void checkRows(const Comparison& comparison, const ComparisonSide& a, const ComparisonSide& b,
               const std::string& name, Differences& differences)
{
    std::multiset<std::int32_t> ofA, ofB;
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
        const ComparedRow& row = comparison.rows[i];
        if (row.a >= 0)
            ofA.insert(row.a);
        if (row.b >= 0)
            ofB.insert(row.b);
        if (i > 0 && (row.parent < 0 || row.parent >= static_cast<std::int32_t>(i) ||
                      comparison.rows[static_cast<std::size_t>(row.parent)].end < row.end))
            differences.add(name + ": row " + std::to_string(i) + " lies outside its parent");
        if ((row.match == Match::None) != (row.a < 0 || row.b < 0))
            differences.add(name + ": row " + std::to_string(i) + " is a pair without a match");
    }
    differences.expectEqual(name + ": modules of A in rows", std::set(ofA.begin(), ofA.end()).size(),
                            ofA.size());
    differences.expectEqual(name + ": modules of A", ofA.size(), a.trace.modules.size());
    differences.expectEqual(name + ": modules of B in rows", std::set(ofB.begin(), ofB.end()).size(),
                            ofB.size());
    for (std::size_t i = 0; i < b.trace.modules.size(); ++i)
        if (const auto row = static_cast<std::size_t>(comparison.rowOfB[i]);
            comparison.rows[row].b != static_cast<std::int32_t>(i) &&
            ofB.contains(static_cast<std::int32_t>(i)))
            differences.add(name + ": " + b.trace.path(static_cast<std::int32_t>(i)) + " is in two rows");
}

/// Every row has what its modules come to, counted tensor by tensor and operator by operator.
void checkFigures(const Comparison& comparison, const ComparisonSide& a, const ComparisonSide& b,
                  const std::string& name, Differences& differences)
{
    const auto inA = modulesBelow(comparison, comparison.rowOfA);
    const auto inB = modulesBelow(comparison, comparison.rowOfB);
    const auto ofParams = compared(comparison, a, b, params());
    const auto ofFlops = compared(comparison, a, b, flops());
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
        const std::string row = name + ": row " + std::to_string(i);
        differences.expectEqual(row + ", parameters of A", ofParams[i].a.value(),
                                distinctParams(a.trace, inA[i]).value());
        differences.expectEqual(row + ", parameters of B", ofParams[i].b.value(),
                                distinctParams(b.trace, inB[i]).value());
        differences.expectEqual(row + ", FLOPs of A", ofFlops[i].a.value(),
                                ownFlops(a.costs, inA[i]).value());
        differences.expectEqual(row + ", FLOPs of B", ofFlops[i].b.value(),
                                ownFlops(b.costs, inB[i]).value());
    }
}

/// Row 0 has the totals, and the rows' own differences sum to the difference of the totals.
void checkSums(const Comparison& comparison, const ComparisonSide& a, const ComparisonSide& b,
               const std::string& name, Differences& differences)
{
    for (const Measure& measure : measures()) {
        const std::string what = name + ": " + std::string(measure.id);
        const auto figures = compared(comparison, a, b, measure);
        const std::int64_t totalA = measure.of(a.costs.root().total).value();
        const std::int64_t totalB = measure.of(b.costs.root().total).value();
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < figures.size(); ++i) {
            std::int64_t own = difference(figures[i]).value().value();
            for (std::size_t child = i + 1; child < static_cast<std::size_t>(comparison.rows[i].end);
                 child = static_cast<std::size_t>(comparison.rows[child].end))
                own -= difference(figures[child]).value().value();
            sum += own;
        }
        differences.expectEqual(what + " of A", figures[0].a.value(), totalA);
        differences.expectEqual(what + " of B", figures[0].b.value(), totalB);
        differences.expectEqual(what + ", sum of own differences", sum, totalB - totalA);
    }
}

std::vector<Run> allBundled()
{
    std::vector<Run> runs;
    for (const BundledModel& model : bundledModels())
        runs.push_back(bundled(model.name));
    return runs;
}

} // namespace

class TestComparedModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void twoVisionLanguageModelsMeet()
    {
        const Run a = bundled("ovis2-4b");
        const Run b = bundled("internvl2-1b");
        const QStringList pairs = pairsOf(compare(sideOf(a), sideOf(b)), sideOf(a), sideOf(b));
        for (const char* expected :
             {"llm = language_model alias", "llm.lm_head = language_model.lm_head path",
              "visual_tokenizer = vision_model alias", "visual_tokenizer.head = mlp1 alias",
              "visual_tokenizer.backbone.preprocessor = vision_model.embeddings alias",
              "visual_tokenizer.backbone.trunk.blocks.0-23 = vision_model.encoder.layers.0-23 path",
              "visual_tokenizer.backbone.trunk.blocks.0-23.norm_1 = vision_model.encoder.layers.0-23.norm1 "
              "alias",
              "visual_tokenizer.head.0 = mlp1.1 role", "visual_tokenizer.head.1 = mlp1.0 role",
              "llm.model.embed_tokens = language_model.model.embed_tokens path",
              "llm.model.layers.0-35 = language_model.model.layers.0-23 path",
              "llm.model.layers.0-35.mlp.down_proj = language_model.model.layers.0-23.mlp.down_proj path"})
            QVERIFY2(pairs.contains(q(expected)), qPrintable(q(expected) + u'\n' + pairs.join(u'\n')));
    }

    void aLanguageModelMeetsTheOneInsideAnother()
    {
        const Run a = bundled("ovis2-4b");
        const Run b = bundled("qwen2.5-3b");
        const Comparison both = compare(sideOf(a), sideOf(b));
        const QStringList pairs = pairsOf(both, sideOf(a), sideOf(b));
        QVERIFY(pairs.contains(q("llm.model = model path")));
        QVERIFY(pairs.contains(q("llm.lm_head = lm_head path")));
        // The wrapper has no partner. Its row shows what lies below it, the tied table once.
        const auto figures = compared(both, sideOf(a), sideOf(b), params());
        QCOMPARE(both.rows[1].b, -1);
        QVERIFY(both.rows[1].isInB);
        QCOMPARE(figures[1].b, b.costs.root().total.params);
    }

    void everyPairOfBundledModelsAddsUp()
    {
        const std::vector<Run> runs = allBundled();
        Differences differences;
        for (const Run& a : runs)
            for (const Run& b : runs) {
                const std::string name = a.source.name + " with " + b.source.name;
                const Comparison both = compare(sideOf(a), sideOf(b));
                checkRows(both, sideOf(a), sideOf(b), name, differences);
                checkFigures(both, sideOf(a), sideOf(b), name, differences);
                checkSums(both, sideOf(a), sideOf(b), name, differences);
            }
        QVERIFY2(differences.none(), differences.text());
    }

    void swappedSidesMakeTheSamePairs()
    {
        const std::vector<Run> runs = allBundled();
        Differences differences;
        for (const Run& a : runs)
            for (const Run& b : runs) {
                const auto there = partners(sideOf(a), sideOf(b));
                const auto back = partners(sideOf(b), sideOf(a));
                for (std::size_t i = 0; i < there.size(); ++i)
                    if (there[i] >= 0)
                        differences.expectEqual(a.source.name + " with " + b.source.name + ": " +
                                                    a.trace.path(static_cast<std::int32_t>(i)),
                                                back[static_cast<std::size_t>(there[i])],
                                                static_cast<std::int32_t>(i));
            }
        QVERIFY2(differences.none(), differences.text());
    }

    void aModelWithOtherInputsIsItself_data()
    {
        QTest::addColumn<QString>("name");
        for (const BundledModel& model : bundledModels())
            QTest::newRow(model.name.data()) << q(model.name);
    }

    void aModelWithOtherInputsIsItself()
    {
        QFETCH(QString, name);
        const Run a = bundled(name.toStdString());
        const Run b = bundled(name.toStdString(), {{"batch", "3"}}, "calflops");
        const Comparison both = compare(sideOf(a), sideOf(b));
        QCOMPARE(both.rows.size(), a.trace.modules.size());
        for (std::size_t i = 0; i < both.rows.size(); ++i) {
            QCOMPARE(both.rows[i].a, static_cast<std::int32_t>(i));
            QCOMPARE(both.rows[i].b, both.rows[i].a);
            QCOMPARE(both.rows[i].match, Match::Path);
        }
    }

    void tiedTensorsCountOnceInEveryRow()
    {
        Differences differences;
        for (const TiedTree& a : tiedTrees)
            for (const TiedTree& b : tiedTrees) {
                const Trace traceA = traced(a);
                const Trace traceB = traced(b);
                const CostTree costsA = cost(traceA, conventions().front());
                const CostTree costsB = cost(traceB, conventions().front());
                const std::string name = std::string(a.name) + " with " + b.name;
                const ComparisonSide sideA{traceA, costsA};
                const ComparisonSide sideB{traceB, costsB};
                const Comparison both = compare(sideA, sideB);
                checkRows(both, sideA, sideB, name, differences);
                checkSums(both, sideA, sideB, name, differences);
            }
        QVERIFY2(differences.none(), differences.text());
    }
};

QTEST_GUILESS_MAIN(TestComparedModels)
#include "tst_compared_models.moc"
