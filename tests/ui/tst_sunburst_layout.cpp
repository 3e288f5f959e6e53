// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_labels.h"
#include "ui/sunburst/sunburst_layout.h"

#include <QtTest>

#include <cmath>
#include <numbers>

using namespace sunflop;

namespace {

/// Rows of a tree in pre-order with their depth and parameters; every parameter is a module's own.
struct Row {
    int depth = 0;
    std::int64_t params = 0;
};

CostTree treeOf(const std::vector<Row>& rows)
{
    CostTree tree;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CostNode node{.end = static_cast<std::int32_t>(i) + 1};
        node.self.params = node.total.params = node.each.params = rows[i].params;
        for (std::size_t above = i; above-- > 0 && node.parent < 0;)
            if (rows[above].depth < rows[i].depth)
                node.parent = static_cast<std::int32_t>(above);
        for (auto id = node.parent; id >= 0; id = tree.nodes[static_cast<std::size_t>(id)].parent) {
            CostNode& ancestor = tree.nodes[static_cast<std::size_t>(id)];
            ancestor.end = static_cast<std::int32_t>(i) + 1;
            ancestor.each.params += rows[i].params;
            ancestor.total.params += rows[i].params;
        }
        tree.nodes.push_back(node);
    }
    return tree;
}

/// Two rings: 1 has a quarter and two halves outside it, 4 the rest.
CostTree twoRings()
{
    return treeOf({{0}, {1}, {2, 10}, {2, 10}, {1, 60}});
}

} // namespace

class TestSunburstLayout : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void slicesOfUnfoldedRunsKnowTheirRows()
    {
        // Three layers (1) of two parts; the second one (3) has four experts (4).
        CostTree tree = treeOf({{0}, {1}, {2, 400}, {2}, {3, 100}});
        for (const std::int64_t repeat : {3, 4}) {
            const std::size_t run = repeat == 3 ? 1 : 4;
            tree.nodes[run].repeat = repeat;
            for (std::size_t node = run; node < tree.nodes.size(); ++node)
                tree.nodes[node].instances *= repeat;
        }
        for (const auto& [node, params] : {std::pair(0, 3 * 800), {1, 3 * 800}, {2, 3 * 400}, {3, 3 * 400}})
            tree.nodes[static_cast<std::size_t>(node)].total.params = params;
        tree.nodes[4].total.params = 3 * 4 * 100;
        const SunburstLayout layout(tree, measures().front(), {.foldsRepeats = false}, {0, 0, 900, 900});
        const Unfolding unfolding(tree, false);
        int numbers = 0;
        for (int i = 0; i < layout.count(); ++i) {
            const Instance row = layout.rowOf(i, tree, unfolding);
            QCOMPARE(row.node, nodeOf(layout.slice(i)));
            QVERIFY(layout.isOnWay(i, row, tree, unfolding));
            if (row.node == 4) // one slice a row
                QCOMPARE(row.number, numbers++);
            if (row.node == 4)
                QVERIFY(!layout.isOnWay(i, {4, (row.number + 1) % 12}, tree, unfolding));
        }
        QCOMPARE(numbers, 3 * 4);
        QCOMPARE(layout.rowOf(layout.count() - 1, tree, Unfolding(tree, true)).number, 0);
    }

    void ringsFillTheRadiusEachNarrowerThanTheOneInside()
    {
        const SunburstLayout two(twoRings(), measures().front(), {}, {0, 0, 400, 300});
        QCOMPARE(two.centre(), QPointF(200, 150));
        QCOMPARE(two.radius(), 150.0);
        QCOMPARE(two.hole(), 0.235 * 150);
        QCOMPARE(two.rings(), 2);
        // Widths 1 and 1 - 0.035 share what the hole leaves.
        const double first = 150 * (1 - 0.235) / (1 + 0.965);
        QCOMPARE(two.arc(0).inner, 0.235 * 150);
        QCOMPARE(two.arc(0).outer, 0.235 * 150 + first);
        QCOMPARE(two.arc(1).inner, 0.235 * 150 + first);
        QCOMPARE(two.arc(1).outer, 150.0);
    }

    void gapsAreBuiltIntoTheSlices()
    {
        const SunburstLayout two(twoRings(), measures().front(), {}, {0, 0, 300, 300});
        const Arc arc = two.arc(1);
        const QPainterPath& path = two.path(1);
        const double half = 1.6 / 2;
        const auto at = [&](double turns, double radius) {
            return path.contains(onCircle(two.centre(), turns, radius));
        };
        QVERIFY(at(arc.middleTurns(), arc.inner + half + 0.1));
        QVERIFY(!at(arc.middleTurns(), arc.inner + half - 0.1));
        QVERIFY(at(arc.middleTurns(), arc.outer - half - 0.1));
        QVERIFY(!at(arc.middleTurns(), arc.outer - half + 0.1));
        const double gapTurns = half / (2 * std::numbers::pi * arc.middleRadius());
        QVERIFY(!at(arc.start + 0.8 * gapTurns, arc.middleRadius()));
        QVERIFY(at(arc.start + 1.2 * gapTurns, arc.middleRadius()));
    }

    void aWholeRingHasNoSeam()
    {
        const SunburstLayout one(treeOf({{0}, {1, 5}}), measures().front(), {}, {0, 0, 300, 300});
        const Arc arc = one.arc(0);
        for (const double turns : {0.0, 0.0001, 0.25, 0.5, 0.9999})
            QVERIFY(one.path(0).contains(onCircle(one.centre(), turns, arc.middleRadius())));
        QVERIFY(!one.path(0).contains(one.centre()));
    }

    void theSmallestSliceIsAnArcOfSomePixels()
    {
        // The thin one would be 0.004 of a ring whose middle is 150 * (1 + 0.235) / 2 from the centre.
        const double length = 0.004 * 2 * std::numbers::pi * 150 * (1 + 0.235) / 2;
        QVERIFY(length > 2.2);
        const CostTree tree = treeOf({{0}, {1, 996}, {1, 4}});
        QCOMPARE(SunburstLayout(tree, measures().front(), {}, {0, 0, 300, 300}).count(), 2);
        QCOMPARE(SunburstLayout(tree, measures().front(), {}, {0, 0, 200, 200}).slice(1).kind,
                 Slice::Kind::Rest);
        QCOMPARE(SunburstLayout(tree, measures().front(), {.unit = 2}, {0, 0, 400, 400}).slice(1).kind,
                 Slice::Kind::Rest);
    }

    void everyPointOfTheRingsBelongsToOneSlice()
    {
        const SunburstLayout two(twoRings(), measures().front(), {}, {0, 0, 300, 300});
        const auto at = [&](double turns, double radius) {
            return two.sliceAt(onCircle(two.centre(), turns, radius));
        };
        const double border = two.arc(0).outer;
        QCOMPARE(at(0.1, two.hole() - 0.01), -1);
        QVERIFY(two.isInHole(onCircle(two.centre(), 0.1, two.hole() - 0.01)));
        QCOMPARE(at(0.1, two.hole() + 0.01), 0);
        QCOMPARE(at(0.1, border - 0.01), 0);
        QCOMPARE(at(0.1, border + 0.01), 1);
        QCOMPARE(at(0.2, border + 0.01), 2);
        QCOMPARE(at(0.2, 149.99), 2);
        QCOMPARE(at(0.2, 150.01), -1);
        // Round 12 o'clock, where the angles wrap.
        QCOMPARE(at(0.0, two.hole() + 1), 0);
        QCOMPARE(at(-0.0001, two.hole() + 1), 3);
        QCOMPARE(at(0.2499, two.hole() + 1), 0);
        QCOMPARE(at(0.2501, two.hole() + 1), 3);
        QCOMPARE(at(0.5, border + 1), -1);
    }

    void aZoomMovesEverySliceFromOnePictureToTheOther()
    {
        const CostTree tree = twoRings();
        const QRectF area(0, 0, 300, 300);
        const SunburstLayout wide(tree, measures().front(), {}, area);
        const SunburstLayout narrow(tree, measures().front(), {.root = 1}, area);
        const ZoomPath way(wide, narrow, 0);
        for (int i = 0; i < wide.count(); ++i) {
            QCOMPARE(way.arc(i, 0).start, wide.arc(i).start);
            QCOMPARE(way.arc(i, 0).outer, wide.arc(i).outer);
        }
        // At the end, 2 and 3 fill the half turns that they have in the narrow picture.
        QCOMPARE(way.arc(1, 1).start, 0.0);
        QCOMPARE(way.arc(1, 1).span, 0.5);
        QCOMPARE(way.arc(2, 1).start, 0.5);
        QCOMPARE(way.arc(2, 1).outer, narrow.arc(1).outer);
        // Its parent has gone into the hole, and the sibling to 12 o'clock.
        QCOMPARE(way.arc(0, 1).outer, narrow.hole());
        QCOMPARE(way.arc(3, 1).span, 0.0);
        QCOMPARE(way.arc(1, 0.5).span, (0.125 + 0.5) / 2);
    }

    void labelsAreUprightInTheLowerHalf()
    {
        QFont font;
        font.setPixelSize(12);
        LabelPlacer placer(font, nullptr, 1);
        const auto firstCharacter = [&](double turns) {
            return placer.place({QStringLiteral("layers")}, {100, 150, turns - 0.2, 0.4}, {}).pieces.front();
        };
        QVERIFY(firstCharacter(0.0).at.x() < 0); // reads from left to right above ...
        QVERIFY(firstCharacter(0.5).at.x() < 0); // ... and below
        QVERIFY(std::abs(std::remainder(firstCharacter(0.5).degrees, 360)) < 45);
        QVERIFY(std::abs(std::remainder(firstCharacter(0.0).degrees, 360)) < 45);
    }

    void labelsLieAwayFromTheSeam_data()
    {
        QTest::addColumn<bool>("isStraight");
        QTest::addRow("along the arc") << false;
        QTest::addRow("straight") << true;
    }

    /// A slice that goes nearly all round has both of its ends at 12 o'clock.
    void labelsLieAwayFromTheSeam()
    {
        QFETCH(bool, isStraight);
        QFont font;
        font.setPixelSize(12);
        LabelPlacer placer(font, nullptr, 1, isStraight);
        for (const double span : {0.9, 0.98, 0.991, 0.999, 0.9999}) {
            const Label label = placer.place({QStringLiteral("llm")}, {100, 150, 0, span}, {});
            QVERIFY(!label.isEmpty());
            for (const Label::Piece& piece : label.pieces) {
                // The seam is where y is negative and x is near zero.
                const bool isAtTheSeam = piece.at.y() < 0 && std::abs(piece.at.x()) < 40;
                QVERIFY2(!isAtTheSeam, qPrintable(QString::number(span)));
            }
        }
    }

    void labelsFitOrGiveWay()
    {
        QFont font;
        font.setPixelSize(12);
        LabelPlacer placer(font, nullptr, 1);
        const QStringList texts{QStringLiteral("llm.model.layers"), QStringLiteral("llm")};
        QCOMPARE(placer.place(texts, {100, 150, 0, 0.5}, {}).text(), texts[0]);
        QCOMPARE(placer.place(texts, {100, 150, 0, 0.06}, {}).text(), texts[1]);
        // Too short for the arc, long enough along the radius: one piece.
        QCOMPARE(placer.place({QStringLiteral("q_proj")}, {100, 160, 0, 0.03}, {}).pieces.size(),
                 std::size_t(1));
        const QString cut = placer.place({QStringLiteral("gate_projection")}, {100, 150, 0, 0.03}, {}).text();
        QVERIFY(cut.size() >= 3 && cut.endsWith(QChar(0x2026)));
        QVERIFY(placer.place({QStringLiteral("gate_proj")}, {100, 105, 0, 0.01}, {}).isEmpty());
    }
};

QTEST_MAIN(TestSunburstLayout)
#include "tst_sunburst_layout.moc"
