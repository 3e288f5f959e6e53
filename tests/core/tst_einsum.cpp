// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/einsum.h"

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

    void numpysEstimateIsThatOfTheCheapestOrder()
    {
        const auto flops = [](std::string_view equation, const std::vector<Shape>& shapes) {
            const auto einsum = readEinsum(equation, shapes);
            return einsum && einsum->pathFlops ? einsum->pathFlops->value() : -1;
        };
        // One step: all sizes that meet, twice where something is summed over, and one.
        QCOMPARE(flops("bij,bkj->bik", {{2, 4, 8}, {2, 4, 8}}), 2 * (2 * 4 * 4 * 8) + 1);
        QCOMPARE(flops("i,j->ij", {{3}, {5}}), 3 * 5 + 1);
        QCOMPARE(flops("bij->j", {{2, 4, 8}}), 2 * (2 * 4 * 8) + 1);
        QCOMPARE(flops("...ij,jk->...ik", {{6, 2, 3}, {3, 5}}), 2 * (6 * 2 * 3 * 5) + 1);
        // From the right: [2, 30] [30, 3] [3, 2] is cheaper than from the left.
        QCOMPARE(flops("ab,bc,cd->ad", {{20, 30}, {30, 3}, {3, 2}}), 2 * (30 * 3 * 2 + 20 * 30 * 2) + 1);
        // The first two leave [i], which the third is then summed with.
        QCOMPARE(flops("ai,bi,ci->", {{4, 3}, {5, 3}, {6, 3}}), 2 * (4 * 5 * 3) + 2 * (6 * 3) + 1);
        // Everything comes out: one step over all three.
        QCOMPARE(flops("a,b,c->abc", {{2}, {3}, {5}}), 2 * (2 * 3 * 5) + 1);
        QCOMPARE(flops("a,b,c,d,e,f,g,h->", std::vector<Shape>(8, Shape{2})), -1);
    }

    void equationsAreComparedByOtherLettersToo()
    {
        const std::vector<Shape> shapes{{1, 5, 2}, {1, 5, 12}};
        QVERIFY(readEinsum("nct, ncp -> ntp", shapes)->isBatchedProduct);
        const std::vector<Shape> transposed{{1, 2, 6}, {1, 5, 6}};
        QVERIFY(readEinsum("ntg,ncg->nct", transposed)->isBatchedProduct);
        QVERIFY(!readEinsum("ntg,ncg->ntc", transposed)->isBatchedProduct);
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
