// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/aliases.h"
#include "core/cost/comparison.h"
#include "core/exporters/tables/comparison.h"
#include "core/sunflop.h"
#include "tests/support/comparison_text.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"
#include "tests/support/written_model.h"

#include <QtTest>

#include <algorithm>
#include <set>
#include <sstream>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Measure& params()
{
    return measures().front();
}

const Measure& flops()
{
    return measureNamed("flops");
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

QStringList pairsIn(const WrittenModel& a, const WrittenModel& b)
{
    return pairsOf(compare(a.side(), b.side()), a.side(), b.side());
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
        QCOMPARE(pairsIn(a, b),
                 QStringList({q("self_attn = attn alias"), q("self_attn.o_proj = attn.proj alias")}));
    }

    void containersPairByWhatTheyHold()
    {
        const WrittenModel a = modelWritten("stem Stem\n  one Conv2d conv 1\nstage Stage\n  two Mlp mlp 1\n");
        const WrittenModel b =
            modelWritten("front Front\n  three Mlp mlp 1\nback Back\n  four Conv2d conv 1\n");
        QCOMPARE(pairsIn(a, b), QStringList({q("stem = back role"), q("stem.one = back.four role"),
                                             q("stage = front role"), q("stage.two = front.three role")}));
        const WrittenModel empty = modelWritten("hull Hull\n  drop Dropout\n");
        QCOMPARE(pairsIn(empty, modelWritten("shell Shell\n  nothing Identity\n")), QStringList());
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
        QVERIFY(pairsIn(a, b).contains(q("layers.3-11 = layers.0-29 role")));
        const WrittenModel c = modelWritten("layers ModuleList\n  0 Odd x5 7\n    mlp Other mlp 1\n");
        QVERIFY(pairsIn(a, c).contains(q("layers.0-2 = layers.0-4 path")));
    }

    void aRunMeetsASingleModuleWhereNothingBetterIsLeft()
    {
        const WrittenModel a = modelWritten("layers ModuleList\n  0 Layer mlp 1\n  1 Layer mlp x11 2\n");
        const WrittenModel b = modelWritten("layers ModuleList\n  0 Layer mlp x12 2\n");
        QVERIFY(pairsIn(a, b).contains(q("layers.1-11 = layers.0-11 role")));
        const WrittenModel c = modelWritten("layers ModuleList\n  0 Layer mlp 1\n");
        QVERIFY(pairsIn(c, b).contains(q("layers.0 = layers.0-11 path")));
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
