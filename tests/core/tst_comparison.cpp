// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/aliases.h"
#include "core/cost/comparison.h"
#include "core/exporters/comparison.h"
#include "core/model/held.h"
#include "core/sunflop.h"
#include "tests/support/differences.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"
#include "tests/support/tied_trees.h"
#include "tests/support/written_model.h"

#include <QtTest>

#include <map>
#include <set>
#include <sstream>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Measure& params()
{
    return measures().front();
}

ComparisonSide sideOf(const Run& run)
{
    return {run.trace, run.costs};
}

Run bundled(std::string_view name, const std::vector<Assignment>& inputs = {},
            std::string_view convention = "exact")
{
    auto result = run(open(name).value(), inputs, *conventionNamed(convention).value());
    if (!result)
        qFatal("%s", result.error().text().c_str());
    return *std::move(result);
}

/// Rows that are pairs, but for the two models: "a.path = b.path match".
QStringList pairsOf(const Comparison& comparison, const ComparisonSide& a, const ComparisonSide& b)
{
    QStringList lines;
    for (const ComparedRow& row : comparison.rows)
        if (row.parent >= 0 && row.a >= 0 && row.b >= 0)
            lines += q(a.trace.path(row.a) + " = " + b.trace.path(row.b) + " ") + q(matchName(row.match));
    return lines;
}

/// All rows, indented: "a's label | b's label  figure of A, figure of B".
QStringList rowsOf(const Comparison& comparison, const ComparisonSide& a, const ComparisonSide& b)
{
    const auto figures = compared(comparison, a, b, params());
    std::vector<int> depth(comparison.rows.size());
    QStringList lines;
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
        const ComparedRow& row = comparison.rows[i];
        if (row.parent >= 0)
            depth[i] = depth[static_cast<std::size_t>(row.parent)] + 1;
        const auto label = [](const Trace& trace, std::int32_t id) {
            return id < 0 ? std::string("-") : trace.modules[static_cast<std::size_t>(id)].label();
        };
        lines += QString(2 * depth[i], u' ') + q(label(a.trace, row.a) + " | " + label(b.trace, row.b)) +
                 QStringLiteral("  %1, %2").arg(figures[i].a.value()).arg(figures[i].b.value());
    }
    return lines;
}

QStringList pairsOf(const WrittenModel& a, const WrittenModel& b)
{
    return pairsOf(compare(a.side(), b.side()), a.side(), b.side());
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
    return *std::ranges::find(measures(), "flops", &Measure::id);
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

class TestComparison : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aNameBelongsToOnePart()
    {
        std::set<std::string> ids, names;
        for (const NamedPart& part : namedParts())
            QVERIFY2(ids.emplace(part.id).second, part.id.data());
        for (const NamedPart& part : namedParts()) {
            std::istringstream words{std::string(part.names)};
            for (std::string word; words >> word;) {
                QVERIFY2(names.insert(word).second, word.c_str());
                if (const std::size_t slash = word.find('/'); slash != std::string::npos && slash > 0)
                    QVERIFY2(ids.contains(word.substr(0, slash)), word.c_str());
            }
        }
    }

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

    void wrappersOfOneSideAreSteppedThrough()
    {
        const WrittenModel a = modelWritten("vision_tower Tower\n"
                                            "  vision_model Vit\n"
                                            "    patch_embed Conv2d conv 5\n"
                                            "    encoder Encoder\n"
                                            "      layers ModuleList\n"
                                            "        0 Block mlp x4 3\n");
        const WrittenModel b = modelWritten("visual Vit\n"
                                            "  patch_embed Conv2d conv 7\n"
                                            "  blocks ModuleList\n"
                                            "    0 OtherBlock mlp x6 2\n");
        const auto rows = rowsOf(compare(a.side(), b.side()), a.side(), b.side());
        QCOMPARE(rows,
                 QStringList({q(" |   17, 19"), q("  vision_tower | visual  17, 19"),
                              q("    vision_model | -  17, 19"), q("      patch_embed | patch_embed  5, 7"),
                              q("      encoder | -  12, 12"), q("        layers | blocks  12, 12"),
                              q("          0-3 | 0-5  12, 12")}));
    }

    void whatOnlyBHasFollowsItsSibling()
    {
        const WrittenModel a = modelWritten("q_proj Linear 1\nact Silu\no_proj Linear 2\n");
        const WrittenModel b = modelWritten("first Other 4\nq_proj Linear 1\nq_norm Norm norm 8\n"
                                            "wrapper Wrapper\n  o_proj Linear 2\n  extra Odd 16\n");
        const auto rows = rowsOf(compare(a.side(), b.side()), a.side(), b.side());
        QCOMPARE(rows,
                 QStringList({q(" |   3, 31"), q("  - | first  0, 4"), q("  q_proj | q_proj  1, 1"),
                              q("  - | q_norm  0, 8"), q("  - | wrapper  0, 16"), q("    - | extra  0, 16"),
                              q("  act | -  0, 0"), q("  o_proj | o_proj  2, 2")}));
    }

    void aWrapperOfBWhoseChildrenStandElsewhereHasNoRow()
    {
        const WrittenModel a = modelWritten("q_proj Linear 1\no_proj Linear 2\n");
        const WrittenModel b = modelWritten("inner Wrapper\n  q_proj Linear 1\n  o_proj Linear 2\n");
        const Comparison both = compare(a.side(), b.side());
        QCOMPARE(both.rows.size(), std::size_t(3));
        QCOMPARE(both.rowOfB[1], 0);
    }

    void differentPartsNeverPairByRole()
    {
        const WrittenModel a = modelWritten("self_attn Attention attention\n"
                                            "  q_proj Linear 1\n  k_proj Linear 1\n  o_proj Linear 1\n");
        const WrittenModel b = modelWritten("attn Attention attention\n  qkv Linear 3\n  proj Linear 1\n");
        QCOMPARE(pairsOf(a, b),
                 QStringList({q("self_attn = attn alias"), q("self_attn.o_proj = attn.proj alias")}));
    }

    void containersPairByWhatTheyHold()
    {
        const WrittenModel a = modelWritten("stem Stem\n  one Conv2d conv 1\nstage Stage\n  two Mlp mlp 1\n");
        const WrittenModel b =
            modelWritten("front Front\n  three Mlp mlp 1\nback Back\n  four Conv2d conv 1\n");
        QCOMPARE(pairsOf(a, b), QStringList({q("stem = back role"), q("stem.one = back.four role"),
                                             q("stage = front role"), q("stage.two = front.three role")}));
        const WrittenModel empty = modelWritten("hull Hull\n  drop Dropout\n");
        QCOMPARE(pairsOf(empty, modelWritten("shell Shell\n  nothing Identity\n")), QStringList());
    }

    void runsPairByClassAndOrder()
    {
        const WrittenModel a = modelWritten("layers ModuleList\n"
                                            "  0 Layer x3 7\n    mlp Dense mlp 1\n"
                                            "  3 Layer x9 7\n    mlp Mixture mlp 2\n"
                                            "      router Linear router 1\n");
        const WrittenModel b = modelWritten("layers ModuleList\n"
                                            "  0 Layer x30 7\n    mlp Mixture mlp 2\n"
                                            "      router Linear router 1\n");
        QVERIFY(pairsOf(a, b).contains(q("layers.3-11 = layers.0-29 role")));
        const WrittenModel c = modelWritten("layers ModuleList\n  0 Odd x5 7\n    mlp Other mlp 1\n");
        QVERIFY(pairsOf(a, c).contains(q("layers.0-2 = layers.0-4 path")));
    }

    void aRunMeetsASingleModuleWhereNothingBetterIsLeft()
    {
        const WrittenModel a = modelWritten("layers ModuleList\n  0 Layer mlp 1\n  1 Layer mlp x11 2\n");
        const WrittenModel b = modelWritten("layers ModuleList\n  0 Layer mlp x12 2\n");
        QVERIFY(pairsOf(a, b).contains(q("layers.1-11 = layers.0-11 role")));
        const WrittenModel c = modelWritten("layers ModuleList\n  0 Layer mlp 1\n");
        QVERIFY(pairsOf(c, b).contains(q("layers.0 = layers.0-11 path")));
    }

    void pairsByHandAreKept()
    {
        const WrittenModel a = modelWritten("one Linear 1\ntwo Linear 2\n");
        const WrittenModel b = modelWritten("one Linear 1\nthree Linear 3\n");
        const std::vector<PathPair> pairs{{"one", "three"}};
        const Comparison both = compare(a.side(), b.side(), pairs);
        QCOMPARE(pairsOf(both, a.side(), b.side()),
                 QStringList({q("one = three hand"), q("two = one role")}));
        QVERIFY(both.refused.empty());
    }

    void pairsByHandThatCannotBeKeptAreReported()
    {
        const WrittenModel a = modelWritten("one Linear 1\ntwo Linear 2\n");
        const WrittenModel b = modelWritten("one Linear 1\nthree Linear 3\n");
        const std::vector<PathPair> refused{{"four", "one"}, {"one", "four"}, {"", "one"}, {"two", "three"}};
        const std::vector<PathPair> pairs{{"one", "three"}, refused[0], refused[1], refused[2], refused[3]};
        const Comparison both = compare(a.side(), b.side(), pairs);
        QVERIFY(both.refused == refused);
        QVERIFY(pairsOf(both, a.side(), b.side()).contains(q("one = three hand")));
    }

    void saturatedFiguresHaveNoWrongSign()
    {
        constexpr std::int64_t largest = ConfigReader::largest;
        const nlohmann::json wide = smallDecoder("llama", {{"hidden_size", largest},
                                                           {"intermediate_size", largest},
                                                           {"num_attention_heads", largest},
                                                           {"num_key_value_heads", largest},
                                                           {"head_dim", largest - 1},
                                                           {"vocab_size", largest},
                                                           {"num_hidden_layers", 4'000}});
        const Run huge = runOf(wide, {{"batch", "1048576"}, {"text_tokens", "1Gi"}});
        const Run small = runOf(smallDecoder("qwen2"));
        const Comparison both = compare(sideOf(huge), sideOf(small));
        const auto figures = compared(both, sideOf(huge), sideOf(small), flops());
        QVERIFY(figures.front().a.isSaturated());
        for (const ComparedFigure& figure : figures) {
            QVERIFY(figure.a >= 0 && figure.b >= 0);
            if (figure.a.isSaturated())
                QVERIFY(difference(figure).value() < 0 && !ratio(figure));
        }
        const auto same = compared(compare(sideOf(huge), sideOf(huge)), sideOf(huge), sideOf(huge), flops());
        QVERIFY(!difference(same.front()));
        QCOMPARE(changeOf({.isInA = true, .isInB = true}, same.front(), same.front()), Change::Unknown);
    }

    void ratiosAreNumbersOrNothing()
    {
        QCOMPARE(ratio({4, 6}), std::optional(1.5));
        QCOMPARE(ratio({4, 0}), std::optional(0.0));
        QVERIFY(!ratio({0, 6}) && !ratio({0, 0}) && !ratio({-1, 6}) && !ratio({1, -6}));
        QVERIFY(!ratio({Count::saturated(), 6}) && !ratio({6, Count::saturated()}));
    }

    void figuresAreWrittenForPeople()
    {
        QCOMPARE(q(ratioText({200, 50})), q("0.25"));
        QCOMPARE(q(ratioText({1000, 1})), q("0.001")); // never 0.00
        QCOMPARE(q(ratioText({0, 5})), q("new"));
        QCOMPARE(q(ratioText({5, 0})), q("gone"));
        QCOMPARE(q(ratioText({0, 0})), q("\u2013"));
        QCOMPARE(q(ratioText({Count::saturated(), 5})), q("n/a"));
        QCOMPARE(q(figureText("params", "", 4'300'000'000)), q("4.3 B"));
        QCOMPARE(q(figureText("weight_bytes", "B", 3 * 1024 * 1024 / 2)), q("1.50 MiB"));
        QCOMPARE(q(figureText("nanoseconds", "ns", 12'500'000)), q("12.50 ms"));
        QCOMPARE(q(differenceText("flops", "FLOP", 1500)), q("+1.5 K"));
        QCOMPARE(q(differenceText("flops", "FLOP", -1500)), q("\u22121.5 K"));
        QCOMPARE(q(differenceText("flops", "FLOP", 0)), q("\u2013"));
        const QString least = q(differenceText("flops", "FLOP", Count(0) - Count::saturated()));
        QVERIFY2(least.startsWith(q("<= \u2212")), qPrintable(least));
    }

    void changesAreNamedByTheirSideAndSize()
    {
        const ComparedRow both{.isInA = true, .isInB = true};
        const ComparedFigure whole{10'000, 20'000}; // 0.05 % of the larger total are 10
        QCOMPARE(changeOf(both, {100, 100}, whole), Change::Same);
        QCOMPARE(changeOf(both, {100, 109}, whole), Change::Slight);
        QCOMPARE(changeOf(both, {109, 100}, whole), Change::Slight);
        QCOMPARE(changeOf(both, {100, 110}, whole), Change::Dearer);
        QCOMPARE(changeOf(both, {110, 100}, whole), Change::Cheaper);
        QCOMPARE(changeOf({.isInA = true}, {110, 0}, whole), Change::OnlyInA);
        QCOMPARE(changeOf({.isInB = true}, {0, 110}, whole), Change::OnlyInB);
    }
};

QTEST_GUILESS_MAIN(TestComparison)
#include "tst_comparison.moc"
