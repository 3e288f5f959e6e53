// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/axis.h"
#include "core/sunflop.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

/// Inputs that a file offers, without the file.
class TestOffered : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsOfferedOutlivesItsSource()
    {
        // Names that only the file knows; what is made afterwards may lie where the source was.
        const auto offered = open(TEST_DATA "/programs/files/pair.pt2").and_then(inputsOf);
        QVERIFY(offered);
        const auto axes =
            open(TEST_DATA "/programs/files/small.pt2").and_then(inputsOf).map([](const auto& inputs) {
                return axesOf(inputs);
            });
        QVERIFY(axes && !axes->empty());
        std::vector<std::string> rubbish(10'000, std::string(15, '#'));
        for (const Input& input : *offered) {
            QVERIFY2(!q(input.id).contains(QLatin1Char('#')) && !input.title.empty(), input.id.c_str());
            for (const Dimension& dimension : input.dimensions)
                QVERIFY2(q(dimension.id).startsWith(q(input.id) + QLatin1Char('[')), dimension.id.c_str());
        }
        const QStringList arguments{q(offered->at(0).id), q(offered->at(1).id)};
        QCOMPARE(arguments, (QStringList{q("queries"), q("keys")}));
        for (const Axis& axis : *axes)
            QVERIFY(!q(axis.id).contains(QLatin1Char('#')));
    }
};

QTEST_APPLESS_MAIN(TestOffered)
#include "tst_offered.moc"
