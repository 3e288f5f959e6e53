// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/shape.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestShape : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aScalarHasOneElement()
    {
        QCOMPARE(Shape().rank(), 0U);
        QCOMPARE(Shape().elements().value(), 1);
        QCOMPARE(q(Shape().text()), q("[]"));
    }

    void anEmptyDimensionEmptiesTheTensor() { QCOMPARE((Shape{3, 0, 5}).elements().value(), 0); }

    void multipliesItsSizes()
    {
        const Shape shape{2, 147, 2048};
        QCOMPARE(shape.elements().value(), 2 * 147 * 2048);
        QCOMPARE(shape[1], 147);
        QCOMPARE(shape.fromEnd(0).size, 2048);
        QCOMPARE(shape.fromEnd(2).size, 2);
    }

    void saturatesWhereTheProductDoesNotFit()
    {
        const std::int64_t side = std::int64_t{1} << 32;
        QVERIFY((Shape{side, side}).elements().isSaturated());
        QVERIFY(!(Shape{side, side / 4}).elements().isSaturated());
    }

    void growsByAFixedAmountPerStep()
    {
        const Shape keys{1, 2, {148, 1}, 64};
        QVERIFY(keys.grows());
        QVERIFY(!keys.at(0).grows());
        QVERIFY(keys.at(0) == (Shape{1, 2, 148, 64}));
        QVERIFY(keys.at(57) == (Shape{1, 2, 148 + 57, 64}));
        QCOMPARE(keys.elements().value(), 2 * 148 * 64);
        QCOMPARE(q(keys.text()), q("[1, 2, 148+, 64]"));
    }

    void growthFollowsItsDimension()
    {
        Shape keys{1, 2, {148, 1}, 64};
        keys.swap(2, 3);
        QVERIFY(keys == (Shape{1, 2, 64, {148, 1}}));
        keys.swap(0, 1);
        QVERIFY(keys == (Shape{2, 1, 64, {148, 1}}));
        keys.set(3, 148);
        QVERIFY(!keys.grows());
        keys.set(0, {2, 3});
        QVERIFY(keys.at(5) == (Shape{2 + 5 * 3, 1, 64, 148}));
    }

    void addsAndScalesExtents()
    {
        QVERIFY(Extent(147) + Extent(1) == Extent(148));
        QVERIFY(Extent(147, 1) + Extent(1) == Extent(148, 1));
        QVERIFY(Extent(5, 1) + Extent(6, 2) == Extent(11, 3));
        QVERIFY(Extent(5, 2) * 3 == Extent(15, 6));
    }

    void equalMeansEqualRankSizesAndGrowth()
    {
        QVERIFY((Shape{1, 2}) == (Shape{1, 2}));
        QVERIFY(!((Shape{1, 2}) == (Shape{1, 2, 1})));
        QVERIFY(!((Shape{1, 2}) == (Shape{1, 3})));
        QVERIFY(!((Shape{1, 2}) == (Shape{1, {2, 1}})));
    }

    void keepsEightDimensions()
    {
        Shape shape;
        for (std::size_t i = 0; i < Shape::maxRank; ++i)
            shape.append(2);
        shape.set(7, 3);
        QCOMPARE(shape.rank(), 8U);
        QCOMPARE(shape.elements().value(), 2 * 2 * 2 * 2 * 2 * 2 * 2 * 3);
    }
};

QTEST_APPLESS_MAIN(TestShape)
#include "tst_shape.moc"
