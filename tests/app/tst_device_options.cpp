// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

using Json = nlohmann::ordered_json;

/// Devices, sizes and batches on the command line: every command takes the same words.
class TestDeviceOptions : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    Outcome sunflop(const QString& arguments) const
    {
        return runProgram(q(SUNFLOP_PROGRAM), arguments.split(QLatin1Char(' '), Qt::SkipEmptyParts),
                          {.folder = m_folder.path()});
    }
    /// The report of the small model.
    Json report(const QString& arguments) const
    {
        const Outcome outcome = sunflop(q("report tiny --format json ") + arguments);
        return Json::parse(outcome.out.toStdString(), nullptr, false);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(QDir(m_folder.path()).mkpath(q("tiny")));
        QFile config(m_folder.filePath(q("tiny/config.json")));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write(QByteArray::fromStdString(smallDecoder("llama").dump()));
    }

    void aDeviceHasOneNameEverywhere_data()
    {
        QTest::addColumn<QString>("command");
        QTest::newRow("report") << "report tiny --format json --set device=%1";
        QTest::newRow("fit") << "fit tiny --over text_tokens --device %1";
        QTest::newRow("sweep")
            << "sweep tiny --over text_tokens=1..3:3 --measure nanoseconds --format json --set device=%1";
        QTest::newRow("compare") << "compare tiny tiny --depth 0 --format json --set-b device=%1";
    }

    void aDeviceHasOneNameEverywhere()
    {
        QFETCH(QString, command);
        const Outcome own = sunflop(command.arg(q("a100-sxm-80")));
        QVERIFY2(own.status == 0, qPrintable(own.text()));
        for (const char* name : {"A100", "a100", "A100-SXM-80", "a100-sxm4"}) {
            const Outcome other = sunflop(command.arg(q(name)));
            QVERIFY2(other.status == 0, qPrintable(other.text()));
            QCOMPARE(other.out, own.out);
        }
        const Outcome unknown = sunflop(command.arg(q("a1000-sxm")));
        QCOMPARE(unknown.status, 1);
        QVERIFY2(unknown.error.contains(q("h100-sxm")), qPrintable(unknown.text())); // the nearest
    }

    void imageSizeIsBothSidesEverywhere()
    {
        for (const char* command :
             {"report ovis2-4b --format json --set images=1 --set %1",
              "sweep ovis2-4b --over text_tokens=16..17:2 --set images=1 --set %1",
              "compare ovis2-4b internvl2-1b --depth 0 --format json --set images=1 --set %1"}) {
            const Outcome sides = sunflop(q(command).arg(q("image_width=896 --set image_height=448")));
            const Outcome size = sunflop(q(command).arg(q("image_size=896x448")));
            QVERIFY2(size.status == 0, qPrintable(size.text()));
            QCOMPARE(size.out, sides.out);
            QCOMPARE(sunflop(q(command).arg(q("image_size=448"))).out,
                     sunflop(q(command).arg(q("image_width=448 --set image_height=448"))).out);
            QCOMPARE(sunflop(q(command).arg(q("image_size=448x"))).status, 1);
        }
        // An axis of both sides replaces what is set of either.
        QCOMPARE(sunflop(q("sweep ovis2-4b --over image_size=448..449:2 --set image_size=896")).out,
                 sunflop(q("sweep ovis2-4b --over image_size=448..449:2")).out);
        QCOMPARE(sunflop(q("report tiny --set image_size=448")).status, 1); // it sees nothing
    }

    void fewestDevicesAreFound()
    {
        // 72.7 billion parameters in bf16 are 135 GiB.
        const Outcome two = sunflop(q("fit qwen2.5-72b --over tensor_parallel"));
        QVERIFY2(two.status == 0, qPrintable(two.text()));
        QVERIFY2(two.out.startsWith(q("tensor_parallel 2, the smallest that fits\n")),
                 qPrintable(two.text()));
        const Outcome none = sunflop(q("fit qwen2.5-72b --over tensor_parallel --set text_tokens=1000M"));
        QCOMPARE(none.status, 1);
    }

    void fitSaysWhatTheDeviceOffersAndTheContextTakes()
    {
        const Outcome outcome = sunflop(q("fit tiny --over batch --device a40"));
        QVERIFY2(outcome.out.contains(q("(44.35 GiB) of 48 GB, a40")), qPrintable(outcome.text()));
        QVERIFY2(outcome.out.contains(q("of them the context's")), qPrintable(outcome.text()));
    }

    void theBatchIsThatOfOneDevice()
    {
        const Json one = report(q("--set batch=3"));
        const Json four = report(q("--set batch=3 --set data_parallel=4"));
        QCOMPARE(one["totals"]["global_batch"].get<int>(), 3);
        QCOMPARE(four["totals"]["global_batch"].get<int>(), 3 * 4);
        QVERIFY(one["totals"]["flops"] == four["totals"]["flops"]);
        QVERIFY(one["notes"].empty());
        QVERIFY(four["notes"].dump().find("12 in all") != std::string::npos);
        QVERIFY(sunflop(q("report tiny --set batch=3 --set data_parallel=4")).out.contains(q("12 in all")));
        QVERIFY(sunflop(q("list inputs tiny")).out.contains(q("Batch, sequences per device")));
    }

    void whatHasNoBackwardHasNone()
    {
        // A plain forward has one: twice its products. Generating computes no gradients.
        const QString plain = q("--convention flopcounter --set text_tokens=5");
        const Json forward = report(plain);
        QVERIFY(forward["totals"]["backward_flops"] > forward["totals"]["flops"]);
        const QString generating = plain + q(" --set new_tokens=2");
        QVERIFY(report(generating)["totals"]["backward_flops"].is_null());
        const QString page = sunflop(q("report tiny --format calflops ") + generating).out;
        QVERIFY2(
            page.contains(q("fwd+bwd MACs:                                                           none")),
            qPrintable(page));
        const Outcome compared = sunflop(q("compare tiny tiny --format json --set-b new_tokens=2"
                                           " --measure backward_flops --set text_tokens=5"));
        const Json figures = Json::parse(compared.out.toStdString())["modules"][0]["figures"];
        QVERIFY(figures["backward_flops"]["a"] > 0 && figures["backward_flops"]["b"].is_null());
        QVERIFY(figures["backward_flops"]["difference"].is_null());
        // calflops takes three times the forward, whatever runs.
        QVERIFY(report(q("--convention calflops --set new_tokens=2"))["totals"]["backward_flops"] > 0);
    }

    void aPageWithoutBackwardOpensAgain()
    {
        const Outcome written = sunflop(
            q("report tiny --format calflops --convention flopcounter --set new_tokens=2 -o page.txt"));
        QVERIFY2(written.status == 0, qPrintable(written.text()));
        const Outcome compared = sunflop(q("compare tiny page.txt --depth 0"));
        QVERIFY2(compared.status == 0, qPrintable(compared.text()));
    }
};

QTEST_APPLESS_MAIN(TestDeviceOptions)
#include "tst_device_options.moc"
