// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sunflop.h"
#include "tests/support/program.h"
#include "tests/support/text.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

class TestSweepCommand : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    Outcome sunflop(const char* arguments) const
    {
        return runProgram(q(SUNFLOP_PROGRAM), q(arguments).split(QLatin1Char(' '), Qt::SkipEmptyParts),
                          {.folder = m_folder.path()});
    }

    static std::int64_t flops(const char* model, std::vector<Assignment> settings)
    {
        return run(*open(model), settings, *conventions().data())->costs.root().total.forward.flops.value();
    }

private Q_SLOTS:
    void writesOneRowForEveryValue()
    {
        const Outcome outcome = sunflop("sweep qwen2.5-0.5b --over text_tokens=16..64:4 --measure params "
                                        "--measure flops");
        QVERIFY2(outcome.status == 0 && outcome.error.isEmpty(), qPrintable(outcome.text()));
        QString expected = q("text_tokens,params,flops\n");
        for (const char* tokens : {"16", "32", "48", "64"})
            expected +=
                q("%1,494032768,%2\n").arg(q(tokens)).arg(flops("qwen2.5-0.5b", {{"text_tokens", tokens}}));
        QCOMPARE(outcome.out, expected);
    }

    void putsASecondModelBesideTheFirst()
    {
        const Outcome outcome = sunflop("sweep qwen2.5-7b --compare qwen2.5-0.5b --set-b attention=eager "
                                        "--over text_tokens=100..200:2 --format json");
        QVERIFY2(outcome.status == 0, qPrintable(outcome.text()));
        const Json json = Json::parse(outcome.out.toStdString());
        QCOMPARE(json["points"].size(), std::size_t{2});
        QCOMPARE(json["points"][1]["a"]["flops"].get<std::int64_t>(),
                 flops("qwen2.5-7b", {{"text_tokens", "200"}}));
        QCOMPARE(json["points"][1]["b"]["flops"].get<std::int64_t>(),
                 flops("qwen2.5-0.5b", {{"text_tokens", "200"}, {"attention", "eager"}}));
        QCOMPARE(json["b"]["inputs"]["attention"].get<std::string>(), std::string("eager"));
        QVERIFY(json["crossings"].empty());
    }

    void aPictureOfNothingIsRefused()
    {
        const Outcome outcome = sunflop("sweep qwen2.5-0.5b --over text_tokens=16..64:2 --set new_tokens=2 "
                                        "--measure backward_flops --format svg");
        QVERIFY(outcome.status != 0 && outcome.out.isEmpty());
        QVERIFY2(outcome.error.contains(q("none of these runs has a backward")), qPrintable(outcome.text()));
    }

    void takesBothSidesOfAnImage()
    {
        const Outcome outcome = sunflop("sweep ovis2-4b --over image_size=448..896:2 --set images=1");
        QCOMPARE(outcome.out.section(q("\n"), 2, 2),
                 q("896,%1").arg(
                     flops("ovis2-4b", {{"images", "1"}, {"image_width", "896"}, {"image_height", "896"}})));
    }

    void saysWhatItLeavesOut()
    {
        const Outcome outcome = sunflop("sweep qwen2.5-0.5b --over new_tokens=0..3:4 --set mode=training");
        QCOMPARE(outcome.status, 0);
        QCOMPARE(outcome.out.count(q("\n")), 1 + 1);
        QVERIFY2(outcome.error.contains(q("left out 3 values")), qPrintable(outcome.text()));
    }

    void refusesWhatCannotBeSwept_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* arguments, int status, const char* says) {
            QTest::newRow(arguments) << q(arguments) << status << q(says);
        };
        row("--over attention", 1, "expected one that \"sunflop list inputs\" prints");
        row("--over image_size", 1, "expected one that \"sunflop list inputs\" prints");
        row("--over text_tokens=9..4", 1, "the last value");
        row("--over text_tokens=x..4", 1, "the first value");
        row("--over text_tokens=5", 1, "the last value");
        row("--over text_tokens=1..4:1", 1, "the number of points");
        row("--over text_tokens=1..9:4:4", 1, "the number of points");
        row("--over new_tokens=1..3 --set mode=training", 1, "training");
        row("--over text_tokens --measure speed", 2, "speed");
        row("", 2, "--over");
    }

    void refusesWhatCannotBeSwept()
    {
        QFETCH(QString, arguments);
        const Outcome outcome = sunflop(qPrintable(q("sweep qwen2.5-0.5b ") + arguments));
        QTEST(outcome.status, "status");
        QVERIFY2(outcome.isOneLineError(), qPrintable(outcome.text()));
        QFETCH(QString, says);
        QVERIFY2(outcome.error.contains(says), qPrintable(outcome.text()));
    }
};

QTEST_APPLESS_MAIN(TestSweepCommand)
#include "tst_sweep_command.moc"
