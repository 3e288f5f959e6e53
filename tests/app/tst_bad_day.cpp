// SPDX-License-Identifier: GPL-3.0-or-later
// What a system may do to a program: standard streams that are closed or full, too little memory, no display.
#include "tests/support/program.h"
#include "tests/support/sanitized.h"
#include "tests/support/text.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <array>
#include <utility>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Commands that succeed with something to say on standard error, and such that fail.
constexpr std::array commands{
    "fit gpt-too-long.json --over batch --device H100",
    "report gpt-too-long.json",
    "compare gpt-too-long.json qwen2.5-0.5b",
    "sweep qwen2.5-0.5b --over text_tokens=16..64:4 --set dtype=fp8 --set device=a100-sxm-80gb",
    "figure qwen2.5-0.5b --view sunburst -o sunburst.svg",
    "fit qwen2.5-0.5b --over batch --device H100",
    "audit no-such-report.txt",
    "list models",
    "report no-such-model",
    "--version",
    "--help",
};

/// Commands that write a file "out.…", each in another of its formats.
constexpr std::array writers{
    "report ovis2-4b --format json -o out.json",
    "report small_script.pt --set mode=training --format csv -o out.csv",
    "compare ovis2-4b qwen2.5-0.5b --format markdown -o out.md",
    "audit report.txt -o out.txt",
    "sweep ovis2-4b --over text_tokens=16..64:4 --format svg -o out.svg",
    "figure ovis2-4b --view sunburst -o out.pdf",
    "figure ovis2-4b -o out.png",
};

} // namespace

class TestBadDay : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    /// Runs the program with the shell's words for its streams behind it, "2>&-".
    Outcome sunflop(const QString& command, const QString& streams = {}, const QString& before = {}) const
    {
        const QString line = q("%1 exec \"%2\" %3 %4").arg(before, q(SUNFLOP_PROGRAM), command, streams);
        return runProgram(q("sh"), {q("-c"), line}, {.folder = m_folder.path()});
    }
    QString written(const QString& command) const
    {
        return m_folder.filePath(command.mid(command.indexOf(q(" -o ")) + 4));
    }
    static QByteArray content(const QString& name)
    {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static void put(const QString& name, const QByteArray& text)
    {
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    }
    QStringList names() const { return QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden); }
    /// Processes that were started in the folder and go on.
    int running() const
    {
        int count = 0;
        for (const QString& process : QDir(q("/proc")).entryList({q("[0-9]*")}, QDir::Dirs))
            if (QFile::symLinkTarget(q("/proc/%1/cwd").arg(process)) == QDir(m_folder.path()).canonicalPath())
                ++count;
        return count;
    }
    static void addWriters()
    {
        QTest::addColumn<QString>("command");
        for (const char* command : writers)
            QTest::newRow(command) << q(command);
    }
    static void addCommands()
    {
        QTest::addColumn<QString>("command");
        for (const char* command : commands)
            QTest::newRow(command) << q(command);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("QT_QPA_PLATFORM", "offscreen");
        // More tokens than it has positions for: a report with a note.
        QFile config(m_folder.filePath(q("gpt-too-long.json")));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write(
            R"({"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1,
                         "intermediate_size": 12, "vocab_size": 16, "num_hidden_layers": 2,
                         "max_position_embeddings": 4})");
        QVERIFY(QFile::copy(q(TEST_DATA "/programs/files/small_script.pt"),
                            m_folder.filePath(q("small_script.pt"))));
        QCOMPARE(sunflop(q("report ovis2-4b --format calflops -o report.txt")).status, 0);
    }

    void theFirstCommandHasSomethingToSay()
    {
        const Outcome outcome = sunflop(q(commands.front()));
        QCOMPARE(outcome.status, 0);
        QVERIFY2(outcome.error.startsWith(q("sunflop: ")), qPrintable(outcome.text()));
    }

    /// Whoever does not listen to standard error loses nothing else.
    void standardErrorMayBeClosedOrFull_data() { addCommands(); }
    void standardErrorMayBeClosedOrFull()
    {
        QFETCH(QString, command);
        const Outcome usual = sunflop(command);
        for (const char* streams : {"2>&-", "2>/dev/full", "<&- 2>&-"}) {
            const Outcome outcome = sunflop(command, q(streams));
            QCOMPARE(outcome.status, usual.status);
            QCOMPARE(outcome.out, usual.out);
        }
    }

    /// Who listens to standard output is told that it did not get there.
    void standardOutputMayBeClosedOrFull_data() { addCommands(); }
    void standardOutputMayBeClosedOrFull()
    {
        QFETCH(QString, command);
        const Outcome usual = sunflop(command);
        for (const auto& [streams, reason] :
             {std::pair(">&-", "Bad file descriptor"), std::pair(">/dev/full", "No space left on device")}) {
            const Outcome outcome = sunflop(command, q(streams));
            if (usual.out.isEmpty()) {
                QCOMPARE(outcome.error, usual.error);
                QCOMPARE(outcome.status, usual.status);
                continue;
            }
            QCOMPARE(outcome.status, 1);
            const QString last = q("sunflop: standard output: cannot be written, %1\n").arg(q(reason));
            QVERIFY2(outcome.error.endsWith(last), qPrintable(outcome.text()));
        }
    }

    /// Done or refused in a line, however little there is: from where the program hardly starts on.
    void memoryMayBeShort_data()
    {
        QTest::addColumn<QString>("command");
        for (const char* command :
             {"report qwen2.5-0.5b", "report wide.json", "compare ovis2-4b qwen2.5-0.5b --format json",
              "sweep ovis2-4b --over text_tokens=16..64:4", "figure ovis2-4b --view sunburst -o sunburst.svg",
              "fit qwen2.5-0.5b --over batch --device H100"})
            QTest::newRow(command) << q(command);
    }
    void memoryMayBeShort()
    {
        if (isSanitized)
            QSKIP("not under a sanitizer");
        QFETCH(QString, command);
        QFile wide(m_folder.filePath(q("wide.json")));
        QVERIFY(wide.open(QIODevice::WriteOnly));
        wide.write("{\"model_type\": \"llama\", \"list\": [" + QByteArray("0,").repeated(1'000'000) + "0]}");
        wide.close();
        int starts = 0;
        for (int mebibytes = 100; mebibytes <= 700; mebibytes += 50) {
            const QString limit = q("ulimit -v %1;").arg(mebibytes * 1024);
            if (sunflop(q("--version"), {}, limit).status != 0)
                continue; // not even the loader finds room
            const Outcome outcome = sunflop(command, {}, limit);
            QVERIFY2(outcome.status == 0 || (outcome.status == 1 && outcome.isOneLineError()),
                     qPrintable(q("%1 MiB, %2").arg(QString::number(mebibytes), outcome.text())));
            ++starts;
        }
        QVERIFY(starts > 3);
    }

    /// As on a full disk: what was there stays, nothing else is left, and a line says why.
    void filesMayFindNoRoom_data() { addWriters(); }
    void filesMayFindNoRoom()
    {
        QFETCH(QString, command);
        put(written(command), "old");
        const QStringList before = names();
        const Outcome outcome = sunflop(command, {}, q("ulimit -f 1;"));
        QCOMPARE(outcome.status, 1);
        // Behind what there is to say of the model.
        const QString last = written(command).section(u'/', -1) + q(": cannot be written, File too large\n");
        QVERIFY2(outcome.out.isEmpty() && outcome.error.endsWith(last), qPrintable(outcome.text()));
        QCOMPARE(content(written(command)), "old");
        QCOMPARE(names(), before);
        QVERIFY(QFile::remove(written(command)));
    }

    /// The old file or the new one, whole; and no worker goes on for long.
    void aCommandMayBeKilled_data() { addWriters(); }
    void aCommandMayBeKilled()
    {
        QFETCH(QString, command);
        QFile::remove(written(command));
        QCOMPARE(sunflop(command).status, 0);
        const QByteArray whole = content(written(command));
        QVERIFY(!whole.isEmpty());
        for (const char* signal : {"KILL", "TERM"}) {
            for (const int milliseconds : {1, 30, 100, 200, 300}) {
                put(written(command), "old");
                const QStringList before = names();
                const QString line =
                    q("\"%1\" %2 & sleep %3; kill -%4 $! 2>/dev/null; wait $!")
                        .arg(q(SUNFLOP_PROGRAM), command, QString::number(milliseconds / 1000.0), q(signal));
                runProgram(q("sh"), {q("-c"), line}, {.folder = m_folder.path()});
                const QByteArray left = content(written(command));
                QVERIFY2(left == "old" || left.size() == whole.size(), qPrintable(line));
                QCOMPARE(names(), before);
            }
        }
        QVERIFY(QFile::remove(written(command)));
        QTRY_COMPARE_WITH_TIMEOUT(running(), 0, 10'000);
    }

    void aDisplayThatDoesNotAnswerIsNamed()
    {
        const Outcome outcome = sunflop(q("qwen2.5-0.5b"), {}, q("DISPLAY=:4711 QT_QPA_PLATFORM=xcb"));
        QCOMPARE(outcome.status, 1);
        QVERIFY2(outcome.isOneLineError() && outcome.error.contains(q(":4711")), qPrintable(outcome.text()));
    }
};

QTEST_APPLESS_MAIN(TestBadDay)
#include "tst_bad_day.moc"
