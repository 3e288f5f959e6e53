// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/version.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestVersion : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsMajorAndMinor_data()
    {
        QTest::addColumn<int>("major");
        QTest::addColumn<int>("minor");
        QTest::newRow("4.40") << 4 << 40;
        QTest::newRow("4.4") << 4 << 4;
        QTest::newRow("5") << 5 << 0;
        QTest::newRow("0.0") << 0 << 0;
        QTest::newRow("4.45.0.dev0") << 4 << 45;
        QTest::newRow("4.37.2") << 4 << 37;
        QTest::newRow("5.0.0rc1") << 5 << 0;
        QTest::newRow("999.999") << 999 << 999;
    }

    void readsMajorAndMinor()
    {
        QFETCH(int, major);
        QFETCH(int, minor);
        const auto version = Version::parse(QTest::currentDataTag());
        QVERIFY(version);
        QCOMPARE(version->major, major);
        QCOMPARE(version->minor, minor);
    }

    void refusesWhatIsNoVersion_data()
    {
        QTest::addColumn<int>("unused");
        for (const char* text : {"", ".", "4.", ".40", "v4.40", "4,40", "4.x", "4.40x", "-4.40", "4.-40",
                                 "four", " 4.40", "99999999999.0", "4.99999999999", "4.1000", "1000.0"})
            QTest::newRow(text) << 0;
    }

    void refusesWhatIsNoVersion()
    {
        const auto version = Version::parse(QTest::currentDataTag());
        QVERIFY2(!version, "it was read");
        QCOMPARE(version.error().kind, ErrorKind::Malformed);
    }

    void ordersByNumberAndNotByText()
    {
        QVERIFY((Version{4, 9}) < (Version{4, 40}));
        QVERIFY((Version{4, 57}) < (Version{5, 0}));
        QVERIFY((Version{5, 2}) < (Version{5, 17}));
        QVERIFY((Version{4, 45}) == *Version::parse("4.45.1"));
    }

    void printsWhatItReads()
    {
        QCOMPARE(q(Version::parse("4.48.0")->text()), q("4.48"));
        QCOMPARE(q(Version::parse("5")->text()), q("5.0"));
    }
};

QTEST_APPLESS_MAIN(TestVersion)
#include "tst_version.moc"
