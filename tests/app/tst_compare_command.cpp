// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

using Json = nlohmann::ordered_json;

/// `sunflop compare` as scripts and CI use it. Model "small" is the decoder of small_models.h; "wide" has an
/// MLP of 24 instead of 12, 3 * 8 * 12 parameters more in each of 4 layers.
class TestCompareCommand : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    static constexpr std::int64_t moreParams = 4 * 3 * 8 * 12;

    Outcome compare(const QString& arguments) const
    {
        const QStringList words = q("compare ").append(arguments).split(u' ', Qt::SkipEmptyParts);
        return runProgram(q(SUNFLOP_PROGRAM), words, {.folder = m_folder.path()});
    }
    Json document(const QString& arguments) const
    {
        const Outcome outcome = compare(arguments + q(" --format json"));
        if (outcome.status != 0)
            qFatal("%s", qPrintable(outcome.text()));
        return Json::parse(outcome.out.toStdString());
    }
    void write(const char* folder, const nlohmann::json& config) const
    {
        QVERIFY(QDir(m_folder.path()).mkpath(q(folder)));
        QFile file(m_folder.filePath(q(folder) + q("/config.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(config.dump()));
    }
    static QString keys(const Json& object)
    {
        QStringList names;
        for (const auto& [key, value] : object.items())
            names << q(key);
        return names.join(u' ');
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        write("small", smallDecoder("llama"));
        write("wide", smallDecoder("llama", {{"intermediate_size", 24}}));
        write("qwen", smallDecoder("qwen2"));
    }

    void everyFormatTellsBothModels_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("line");
        QTest::newRow("csv") << q("csv") << q("\nmodel,model,path,");
        QTest::newRow("json") << q("json") << q("\"path_a\": \"model\"");
        QTest::newRow("markdown") << q("markdown") << q("* B: wide, Exact convention, batch=2\n");
        QTest::newRow("latex") << q("latex") << q("\\caption{Totals. A: small, Exact convention, batch=2.");
    }

    void everyFormatTellsBothModels()
    {
        QFETCH(QString, format);
        QFETCH(QString, line);
        const Outcome outcome = compare(q("small wide --set batch=2 --format ") + format);
        QVERIFY2(outcome.status == 0 && outcome.error.isEmpty(), qPrintable(outcome.text()));
        QVERIFY2(outcome.out.contains(line), qPrintable(outcome.text()));
        QVERIFY(!outcome.out.contains(QRegularExpression(q("\\b(nan|inf)\\b"))));
    }

    void calflopsHasNoPlaceForTwo() { QCOMPARE(compare(q("small wide --format calflops")).status, 2); }

    void jsonKeysStandInTheirPromisedOrder()
    {
        const Json both = document(q("small wide"));
        QCOMPARE(keys(both), q("a b notes totals modules reasons"));
        QCOMPARE(keys(both["a"]), q("model source convention inputs estimate"));
        QCOMPARE(keys(both["totals"]),
                 q("params macs flops weight_bytes kv_cache_bytes peak_bytes flops_per_token"));
        for (const Json& entry : both["modules"]) {
            QCOMPARE(keys(entry), q("path_a path_b match in_a in_b figures own"));
            for (const Json& part : entry["own"])
                QCOMPARE(keys(part), q("kind name in_a in_b figures"));
        }
        for (const auto& [id, figure] : both["modules"][0]["figures"].items())
            QCOMPARE(keys(figure), q("a b difference ratio"));
    }

    void differencesAreBMinusA()
    {
        QCOMPARE(document(q("small wide"))["totals"]["params"]["difference"], moreParams);
        QCOMPARE(document(q("wide small"))["totals"]["params"]["difference"], -moreParams);
    }

    void whatASideHasNotIsNull()
    {
        const Json both = document(q("qwen2.5-0.5b vit-base-patch16-224 --measure params"));
        const Json* embeddings = nullptr;
        for (const Json& entry : both["modules"])
            if (entry["path_b"] == "vit.embeddings")
                embeddings = &entry;
        QVERIFY(embeddings != nullptr);
        QVERIFY((*embeddings)["path_a"].is_null() && (*embeddings)["match"].is_null());
        QCOMPARE((*embeddings)["in_a"], false);
        QVERIFY((*embeddings)["figures"]["params"]["a"].is_null());
        QVERIFY((*embeddings)["figures"]["params"]["ratio"].is_null());
        QCOMPARE((*embeddings)["figures"]["params"]["difference"], (*embeddings)["figures"]["params"]["b"]);
        QVERIFY(both["totals"]["flops_per_token"]["b"].is_null());
        QVERIFY(both["totals"]["flops_per_token"]["difference"].is_null());
    }

    void everySideHasItsOwnSettings()
    {
        const Json both = document(q("small small --set new_tokens=3 --set-a batch=2 --set-b batch=5"));
        QCOMPARE(both["a"]["inputs"]["batch"], 2);
        QCOMPARE(both["b"]["inputs"]["batch"], 5);
        QCOMPARE(both["b"]["inputs"]["new_tokens"], 3);
        const Json& flops = both["totals"]["flops"];
        QCOMPARE(flops["ratio"], 2.5);
    }

    void anInputOfOneSideIsSetThereAndSaid()
    {
        const Json both = document(q("ovis2-1b qwen2.5-0.5b --set image_width=896 --depth 0"));
        QCOMPARE(both["a"]["inputs"]["image_width"], 896);
        QCOMPARE(both["notes"].size(), std::size_t(1));
        QCOMPARE(q(both["notes"][0].get<std::string>()),
                 q("image_width=896 is set for A only: B (qwen2.5-0.5b) has no such input"));
    }

    void twoConventionsOfOneRunComeWithReasons()
    {
        const Json both = document(q("small small --convention-b calflops"));
        QCOMPARE(both["a"]["convention"], "exact");
        std::int64_t sum = 0;
        QStringList subjects;
        for (const Json& reason : both["reasons"]) {
            sum += reason["difference"]["flops"].get<std::int64_t>();
            subjects << q(reason["subject"].get<std::string>());
        }
        QCOMPARE(sum, both["totals"]["flops"]["difference"].get<std::int64_t>());
        QVERIFY2(subjects.contains(q("norms")) && subjects.contains(q("attention")),
                 qPrintable(subjects.join(u' ')));
    }

    void biasesAreAReason()
    {
        const Outcome outcome = compare(q("qwen qwen --convention-b calflops --depth 0"));
        QVERIFY2(outcome.out.contains(q("\n| biases ")), qPrintable(outcome.text()));
    }

    void differentInputsAreAReasonToo()
    {
        const Json both = document(q("small small --convention-b calflops --set-a batch=2"));
        std::int64_t sum = 0;
        bool hasInputs = false;
        for (const Json& reason : both["reasons"]) {
            sum += reason["difference"]["flops"].get<std::int64_t>();
            hasInputs = hasInputs || reason["subject"] == "inputs";
        }
        QVERIFY(hasInputs);
        QCOMPARE(sum, both["totals"]["flops"]["difference"].get<std::int64_t>());
        QCOMPARE(document(q("small wide --convention-b calflops"))["reasons"].size(), std::size_t(0));
    }

    void pairsByHandAreKept()
    {
        const Json both =
            document(q("small wide --pair model.layers.0-3.mlp.up_proj=model.layers.0-3.mlp.gate_proj"));
        for (const Json& entry : both["modules"])
            if (entry["match"] == "hand") {
                QCOMPARE(entry["path_b"], "model.layers.0-3.mlp.gate_proj");
                return;
            }
        QFAIL("no pair by hand");
    }

    void growthBeyondALimitExitsWith3_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<int>("status");
        const auto row = [](const char* arguments, int status) {
            QTest::newRow(arguments) << q(arguments) << status;
        };
        row("small wide --fail-above params=1%", 3);
        row("small wide --fail-above params=1000%", 0);
        row("small wide --fail-above params=1151", 3); // 4 * 3 * 8 * 12 = 1152
        row("small wide --fail-above params=1152", 0);
        row("small wide --fail-above params=2k --fail-above flops=0%", 3);
        row("wide small --fail-above params=0 --fail-above flops=0%", 0);
        row("small small --fail-above params=0", 0);
        row("small small --set-b mode=training --fail-above saved_bytes=500%", 3); // from zero
    }

    void growthBeyondALimitExitsWith3()
    {
        QFETCH(QString, arguments);
        QFETCH(int, status);
        const Outcome outcome = compare(arguments + q(" --depth 0"));
        QVERIFY2(outcome.status == status, qPrintable(outcome.text()));
        QVERIFY2(outcome.out.contains(q("Totals")), qPrintable(outcome.text())); // written all the same
        QCOMPARE(outcome.error.isEmpty(), status == 0);
    }

    void aPassedLimitIsSaidInOneLine()
    {
        const Outcome outcome = compare(q("small wide --fail-above params=1% --depth 0"));
        QCOMPARE(outcome.error.count(u'\n'), 1);
        QVERIFY2(outcome.error.startsWith(q("sunflop: params: B has ")), qPrintable(outcome.error));
        QVERIFY2(outcome.error.contains(q("more by 1152 (")), qPrintable(outcome.error));
        QVERIFY2(outcome.error.endsWith(q("expected at most 1%\n")), qPrintable(outcome.error));
    }

    void wrongUsageExitsWith2_data()
    {
        QTest::addColumn<QString>("arguments");
        for (const char* arguments :
             {"small", "small wide qwen", "small wide --format yaml", "small wide --measure seconds",
              "small wide --pair model", "small wide --fail-above flops", "small wide --fail-above flops=-1%",
              "small wide --fail-above flops=two", "small wide --fail-above speed=2%",
              "small wide --set-a batch", "small wide --convention-b thop", "small wide --depth -1"})
            QTest::newRow(arguments) << q(arguments);
    }

    void wrongUsageExitsWith2()
    {
        QFETCH(QString, arguments);
        const Outcome outcome = compare(arguments);
        QVERIFY2(outcome.status == 2 && outcome.isOneLineError(), qPrintable(outcome.text()));
    }

    void refusedInputExitsWith1_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("error");
        const auto row = [](const char* arguments, const char* error) {
            QTest::newRow(arguments) << q(arguments) << q(error);
        };
        row("small missing.json", "missing.json: no such file or folder");
        row("small wide --set images=2", "A: small/config.json: images: no such input here, expected one ");
        row("small wide --set-b batch=0", "B: wide/config.json: batch: 0 is out of range");
        row("ovis2-1b small --set-b images=1", "B: small/config.json: images: no such input here");
        row("small wide --pair model.tail=model",
            "--pair model.tail=model: A (small) has no module \"model.tail\"");
        row("small wide --pair model=tail", "--pair model=tail: B (wide) has no module \"tail\"");
        row("small wide --pair model=model --pair model=lm_head",
            "one of the two modules is in an earlier pair");
    }

    void refusedInputExitsWith1()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, error);
        const Outcome outcome = compare(arguments);
        QVERIFY2(outcome.status == 1 && outcome.isOneLineError(), qPrintable(outcome.text()));
        QVERIFY2(outcome.error.contains(error), qPrintable(outcome.error));
    }
};

QTEST_GUILESS_MAIN(TestCompareCommand)
#include "tst_compare_command.moc"
