// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/einsum.h"

#include <QtTest>

using namespace sunflop;

namespace {

/// Multiply-accumulates of all products; -1: the equation was refused.
std::int64_t macs(std::string_view equation, const std::vector<Shape>& shapes)
{
    const auto einsum = readEinsum(equation, shapes);
    if (!einsum)
        return -1;
    Count sum = 0;
    for (const Contraction& step : einsum->contractions)
        if (step.isProduct)
            sum += step.batch * step.rows * step.inner * step.columns;
    return sum.value();
}

} // namespace

class TestEinsum : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aProductCostsEverySizeOnce()
    {
        QCOMPARE(macs("ij,jk->ik", {{2, 3}, {3, 5}}), 2 * 3 * 5);
        QCOMPARE(macs("bhqd,bhkd->bhqk", {{2, 4, 7, 8}, {2, 4, 9, 8}}), 2 * 4 * 7 * 9 * 8);
        QCOMPARE(macs("bthd,hdo->bto", {{2, 7, 4, 8}, {4, 8, 6}}), 2 * 7 * (4 * 8) * 6);
    }

    void outerProductsAreNotMatrixProducts()
    {
        const std::vector<Shape> shapes{{3}, {5}};
        const auto einsum = readEinsum("i,j->ij", shapes);
        QVERIFY(einsum);
        QCOMPARE(einsum->contractions.size(), 1U);
        QVERIFY(!einsum->contractions[0].isProduct);
        QCOMPARE(einsum->contractions[0].rows.value(), 3);
        QCOMPARE(einsum->contractions[0].columns.value(), 5);
    }

    void threeOperandsAreJoinedFromTheLeft()
    {
        // [a, b] x [b, c], then [a, c] x [c, d]
        QCOMPARE(macs("ab,bc,cd->ad", {{2, 3}, {3, 5}, {5, 7}}), 2 * 3 * 5 + 2 * 5 * 7);
    }

    void anEllipsisIsBatch()
    {
        QCOMPARE(macs("...ij,...jk->...ik", {{6, 2, 3}, {6, 3, 5}}), 6 * 2 * 3 * 5);
        QCOMPARE(macs("...i,ij->...j", {{4, 6, 3}, {3, 5}}), 4 * 6 * 3 * 5);
    }

    void dimensionsOfOneAdapt() { QCOMPARE(macs("bij,bjk->bik", {{1, 2, 3}, {6, 3, 5}}), 6 * 2 * 3 * 5); }

    void withoutArrowWhatStandsOnceComesOut()
    {
        QCOMPARE(macs("ij,jk", {{2, 3}, {3, 5}}), 2 * 3 * 5);
        QCOMPARE(macs("ij , ij", {{2, 3}, {2, 3}}), 2 * 3); // a dot product of all elements
    }

    void whatOneSideSumsAloneIsSummedBefore()
    {
        const std::vector<Shape> shapes{{2, 3, 4}, {3, 5}};
        const auto einsum = readEinsum("abx,bc->ac", shapes);
        QVERIFY(einsum);
        QVERIFY(einsum->contractions[0].sumsLeft);
        QVERIFY(!einsum->contractions[0].sumsRight);
        QCOMPARE(macs("abx,bc->ac", shapes), 2 * 3 * 5);
    }

    void oneOperandIsAViewOrASum()
    {
        const std::vector<Shape> shapes{{2, 3}};
        QVERIFY(!readEinsum("ij->ji", shapes)->sumsOnly);
        QVERIFY(readEinsum("ij->i", shapes)->sumsOnly);
        QVERIFY(readEinsum("ij->ji", shapes)->contractions.empty());
    }

    void whatDoesNotFitIsRefused()
    {
        QCOMPARE(macs("ij,jk->ik", {{2, 3}}), -1);
        QCOMPARE(macs("ijk,jk->ik", {{2, 3}, {3, 5}}), -1);
        QCOMPARE(macs("ij,jk->iz", {{2, 3}, {3, 5}}), -1);
        QCOMPARE(macs("i1,jk->ik", {{2, 3}, {3, 5}}), -1);
        QCOMPARE(macs("......i,ij->j", {{2, 3}, {3, 5}}), -1);
        QCOMPARE(macs("", {}), -1);
        QCOMPARE(macs("->", {{2}}), -1);
        QCOMPARE(macs("....,->", {{2}, {}}), -1);
    }
};

QTEST_APPLESS_MAIN(TestEinsum)
#include "tst_einsum.moc"
