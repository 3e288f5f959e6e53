// SPDX-License-Identifier: GPL-3.0-or-later
// Every command, over all models that come with the repository: done, or refused in one line. The preset
// "sanitized" runs this under the sanitizers, which end a program with another status and many lines.
#include "core/conventions/convention.h"
#include "core/exporters/exporter.h"
#include "core/formats/format.h"
#include "tests/support/program.h"
#include "tests/support/text.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestEveryCommand : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }

    Outcome sunflop(const QStringList& arguments) const
    {
        return runProgram(q(SUNFLOP_PROGRAM), arguments, {.folder = m_folder.path()});
    }
    static bool isDone(const Outcome& outcome)
    {
        return outcome.status == 0 && !outcome.error.contains(q("ERROR:")) &&
               !outcome.error.contains(q("runtime error"));
    }
    static bool isRefused(const Outcome& outcome) { return outcome.status == 1 && outcome.isOneLineError(); }

    static QString formatNumber(qsizetype index)
    {
        return q(exporters()[static_cast<std::size_t>(index) % exporters().size()].id);
    }
    static QString conventionNumber(qsizetype index)
    {
        return q(conventions()[static_cast<std::size_t>(index) % conventions().size()].id);
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void everyListing_data()
    {
        QTest::addColumn<QStringList>("arguments");
        for (const char* what :
             {"models", "families", "conventions", "formats", "exporters", "measures", "views", "devices"})
            QTest::newRow(what) << QStringList{q("list"), q(what)};
    }
    void everyListing()
    {
        QFETCH(QStringList, arguments);
        const Outcome outcome = sunflop(arguments);
        QVERIFY2(isDone(outcome) && !outcome.out.isEmpty(), qPrintable(outcome.text()));
    }

    /// Formats and conventions take turns.
    void everyBundledModel_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("convention");
        qsizetype index = 0;
        for (const BundledModel& model : bundledModels()) {
            QTest::newRow(std::string(model.name).c_str())
                << formatNumber(index)
                << conventionNumber(index / static_cast<qsizetype>(exporters().size()));
            ++index;
        }
    }
    void everyBundledModel()
    {
        QFETCH(QString, format);
        QFETCH(QString, convention);
        const Outcome outcome = sunflop(
            {q("report"), q(QTest::currentDataTag()), q("--format"), format, q("--convention"), convention});
        QVERIFY2(isDone(outcome) && !outcome.out.isEmpty(), qPrintable(outcome.text()));
    }

    /// What a model file may be asked: done, or refused in a line.
    void everyFile_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("format");
        qsizetype index = 0;
        const QDir folder(q(TEST_DATA "/programs/files"));
        for (const QString& name : folder.entryList(QDir::Files, QDir::Name))
            QTest::newRow(qPrintable(name)) << folder.filePath(name) << formatNumber(index++);
    }
    void everyFile()
    {
        QFETCH(QString, file);
        QFETCH(QString, format);
        const QList<QStringList> commands{
            {q("list"), q("inputs"), file},
            {q("report"), file, q("--format"), format},
            {q("report"), file, q("--set"), q("mode=training"), q("--format"), q("json")},
        };
        for (const QStringList& command : commands) {
            const Outcome outcome = sunflop(command);
            QVERIFY2(isDone(outcome) || isRefused(outcome),
                     qPrintable(command.join(QLatin1Char(' ')) + QLatin1Char('\n') + outcome.text()));
        }
    }

    /// Commands with what they need, in an order in which later ones read what earlier ones wrote.
    void everyCommand_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<int>("status");
        const auto row = [](const char* command, int status = 0) {
            QTest::newRow(command) << q(command) << status;
        };
        const char* const program = TEST_DATA "/programs/files/small.pt2";
        const char* const other = TEST_DATA "/programs/files/convolutions.pt2";
        const auto of = [&](const char* command, int status = 0) {
            QTest::newRow(command) << q(command).replace(q("SMALL"), q(program)).replace(q("OTHER"), q(other))
                                   << status;
        };
        row("report ovis2-4b --set image_width=1344 --set image_height=896 --set new_tokens=8");
        row("report qwen2.5-0.5b --set mode=training --set lora_rank=8 --depth 9");
        row("report ovis2-4b --format calflops -o report.txt");
        row("audit report.txt");
        row("compare ovis2-4b report.txt");
        row("compare ovis2-4b internvl2-1b --set images=1 --depth 2");
        row("compare qwen2.5-0.5b qwen2.5-0.5b --convention-b calflops --format json");
        row("compare qwen2.5-0.5b llama-3.2-1b --fail-above params=1", 3);
        of("compare SMALL OTHER --format csv");
        row("sweep ovis2-4b --over image_size=112..448:4 --measure flops --measure kv_cache_bytes");
        row("sweep ovis2-4b --compare internvl2-1b --over text_tokens=16..64:4 --format json");
        of("sweep SMALL --over x[2] --format svg -o sweep.svg");
        of("sweep SMALL --over seq_len", 1);
        row("fit qwen2.5-0.5b --device H100 --over batch");
        row("fit qwen2.5-0.5b --over bs", 1);
        of("fit SMALL --over x[0]");
        of("figure SMALL --view sunburst --size 300x300 -o sunburst.svg");
        row("figure ovis2-4b --view table --preset paper-single -o table.pdf");
        row("figure ovis2-4b --size 900x700 -o window.png");
        row("figure ovis2-4b --compare internvl2-1b --set images=1 --size 900x700 -o two.png");
        row("figure qwen2.5-0.5b --view lable -o x.png", 2);
        of("SMALL --set nothing=1", 1);
        row("qwen2.5-0.5b internvl2-1b --set-b images=1 --set-b image_heigth=1", 1);
        row("reprot qwen2.5-0.5b", 2);
        row("Qwen/Qwen2.5-7B", 1);
        row("--version");
        row("--help");
    }
    void everyCommand()
    {
        QFETCH(QString, command);
        QFETCH(int, status);
        qputenv("QT_QPA_PLATFORM", "offscreen");
        const Outcome outcome = sunflop(command.split(QLatin1Char(' ')));
        QVERIFY2(outcome.status == status, qPrintable(outcome.text()));
        QVERIFY2(status == 0 || status == 3 ? !outcome.error.contains(q("ERROR:")) : outcome.isOneLineError(),
                 qPrintable(outcome.text()));
    }
};

QTEST_APPLESS_MAIN(TestEveryCommand)
#include "tst_every_command.moc"
