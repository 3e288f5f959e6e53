// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/units.h"
#include "core/exporters/tables/calflops_text.h"
#include "tests/support/text.h"

#include <QtTest>

#include <cstdint>
#include <limits>

using namespace sunflop;
using namespace sunflop::test;

class TestUnits : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void printsFloatsAsPythonDoes_data()
    {
        QTest::addColumn<double>("value");
        const auto row = [](const char* python, double value) { QTest::newRow(python) << value; };
        // The names are what repr() printed.
        row("0.0", 0.0);
        row("-0.0", -0.0);
        row("1e-06", 1e-6);
        row("1e-05", 0.00001);
        row("0.0001", 0.0001);
        row("0.5", 0.5);
        row("-2.0", -2);
        row("100.0", 100);
        row("0.30000000000000004", 0.1 + 0.2);
        row("123456.0", 123456);
        row("1000000000000000.0", 1e15);
        row("9007199254740992.0", 9007199254740992);
        row("1e+16", 1e16);
        row("1.2345678901234568e+17", 123456789012345680.0);
        row("1e+100", 1e100);
        row("5e-324", 5e-324);
    }

    void printsFloatsAsPythonDoes()
    {
        QFETCH(double, value);
        QCOMPARE(q(pythonFloat(value)), QLatin1String(QTest::currentDataTag()));
    }

    void readsWholeNumbers_data()
    {
        QTest::addColumn<qint64>("expected");
        const auto row = [](const char* text, qint64 expected) { QTest::newRow(text) << expected; };
        row("0", 0);
        row("147", 147);
        row("-3", -3);
        row("007", 7);
        row("4k", 4 * 1000);
        row("4K", 4 * 1000);
        row("32Ki", 32 * 1024);
        row("2M", 2 * 1000 * 1000);
        row("2Mi", 2 * 1024 * 1024);
        row("3G", 3'000'000'000);
        row("3Gi", qint64{3} * 1024 * 1024 * 1024);
        row("-2k", -2 * 1000);
        row("9223372036854775806", std::numeric_limits<qint64>::max() - 1);
    }

    void readsWholeNumbers()
    {
        QFETCH(qint64, expected);
        const auto number = parseWhole(QTest::currentDataTag());
        QVERIFY(number);
        QCOMPARE(*number, expected);
    }

    void refusesWhatIsNoWholeNumber_data()
    {
        QTest::addColumn<int>("unused");
        for (const char* text : {"",
                                 " ",
                                 "k",
                                 "-",
                                 "+5",
                                 " 5",
                                 "5 ",
                                 "5 k",
                                 "4.5",
                                 "1e3",
                                 "0x10",
                                 "12abc",
                                 "4kk",
                                 "4ki",
                                 "4m",
                                 "4Ti",
                                 "--4",
                                 "9223372036854775808",
                                 "10000000000G",
                                 "9007199254740992Ki",
                                 "\xD9\xA3"})
            QTest::newRow(text) << 0;
    }

    void refusesWhatIsNoWholeNumber()
    {
        const auto number = parseWhole(QTest::currentDataTag());
        QVERIFY2(!number, "it was read");
        QCOMPARE(number.error().kind, ErrorKind::Malformed);
        QVERIFY(number.error().detail.find(QTest::currentDataTag()) != std::string::npos);
    }

    void exactTextHidesNoDigit()
    {
        QCOMPARE(q(exactText(861'540'649'579)), q("861540649579"));
        QCOMPARE(q(exactText(-5)), q("-5"));
        QCOMPARE(q(exactText(Count::saturated())), q(">= 9223372036854775807"));
    }

    void scalesAsCalflopsDoes_data()
    {
        QTest::addColumn<qint64>("count");
        QTest::addColumn<int>("precision");
        const auto row = [](const char* text, qint64 count, int precision) {
            QTest::newRow(text) << count << precision;
        };
        row("0", 0, 2);
        row("896", 896, 2);
        row("999", 999, 2);
        row("1 K", 1000, 2);
        row("2.05 K", 2048, 2);
        row("1000 K", 999'999, 2); // the unit follows the value, not its rounding
        row("311.16 M", 311'164'928, 2);
        row("408.17 G", 408'167'392'448, 2);
        row("4.79 T", 4'789'682'021'504, 2);
        row("861.541 G", 861'540'649'579, 4); // %g keeps six digits
        row("1 T", 1'000'000'000'000, 2);
    }

    void scalesAsCalflopsDoes()
    {
        QFETCH(qint64, count);
        QFETCH(int, precision);
        QCOMPARE(q(scaledText(count, precision, automaticUnit(count))),
                 QLatin1String(QTest::currentDataTag()));
    }

    void aSaturatedAmountSaysAtLeast()
    {
        // 2^63 / 1e12 = 9223372.04, of which %g keeps six digits.
        QCOMPARE(q(scaledText(Count::saturated(), 2, automaticUnit(Count::saturated()))),
                 q(">= 9.22337e+06 T"));
    }
};

QTEST_APPLESS_MAIN(TestUnits)
#include "tst_units.moc"
