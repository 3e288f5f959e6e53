// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/count.h"

#include <QtTest>

#include <limits>

using namespace sunflop;

class TestCount : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saturatesInsteadOfWrapping()
    {
        const Count largest = std::numeric_limits<std::int64_t>::max() - 1;
        QVERIFY(!largest.isSaturated());
        QVERIFY((largest + 1).isSaturated());
        QVERIFY((largest * 2).isSaturated());
        QVERIFY((Count(1LL << 40) * (1LL << 40)).isSaturated());
    }

    void staysSaturated()
    {
        QVERIFY((Count::saturated() + 1).isSaturated());
        QVERIFY((Count::saturated() - 1).isSaturated());
        QVERIFY((Count::saturated() * 3).isSaturated());
        QCOMPARE((Count::saturated() * 0).value(), 0);
    }

    void subtractsBelowZero()
    {
        QCOMPARE((Count(3) - 5).value(), -2);
        QCOMPARE((Count(3) * -5).value(), -15);
    }

    void sumsASeriesAsALoopWould()
    {
        for (const std::int64_t terms : {1, 2, 3, 58, 1000}) {
            std::int64_t sum = 0;
            for (std::int64_t i = 0; i < terms; ++i)
                sum += 2480 + 7 * i;
            QCOMPARE(arithmeticSeries(2480, 2480 + 7 * (terms - 1), terms).value(), sum);
        }
    }

    void sumsASeriesWhoseTermsFitButWhoseProductDoesNot()
    {
        // (2^61 + 2^61) * 3 / 2 passes 2^63 on the way, and the sum 3 * 2^61 fits.
        const std::int64_t term = std::int64_t{1} << 61;
        QCOMPARE(arithmeticSeries(term, term, 3).value(), 3 * term);
        QVERIFY(arithmeticSeries(term, term, 4).isSaturated());
    }
};

QTEST_APPLESS_MAIN(TestCount)
#include "tst_count.moc"
