// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cstdlib>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sunflop;
using namespace sunflop::test;

class TestCommandLine : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }

    /// Runs the program in the test's folder with arguments written as on a shell's line.
    Outcome sunflop(const QString& arguments) const
    {
        return runProgram(q(SUNFLOP_PROGRAM), arguments.split(QLatin1Char(' '), Qt::SkipEmptyParts),
                          {.folder = m_folder.path()});
    }
    /// The same behind a shell's redirection.
    Outcome redirected(const char* redirection, const QString& arguments) const
    {
        const QStringList shell{q("-c"), q("exec \"$0\" \"$@\" ") + q(redirection), q(SUNFLOP_PROGRAM)};
        return runProgram(q("/bin/sh"), shell + arguments.split(QLatin1Char(' ')),
                          {.folder = m_folder.path()});
    }
    QByteArray content(const char* name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no such file");
    }
    void write(const char* name, const QByteArray& text) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    }
    /// Files that an output left beside its target.
    QStringList leftovers() const { return QDir(m_folder.path()).entryList({q("*.part*"), q("*~")}); }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QVERIFY(QDir(m_folder.path()).mkpath(q("tiny")) && QDir(m_folder.path()).mkpath(q("nothing")));
        write("tiny/config.json", QByteArray::fromStdString(smallDecoder("llama").dump()));
        write("odd.json", "{\"model_type\": \"perceiver\"}");
        write("qwen2_5.json", "{\"model_type\": \"qwen2_5\"}");
    }

    void helpShowsExamples_data()
    {
        QTest::addColumn<QString>("command");
        const QString help = sunflop(q("--help")).out;
        const QRegularExpression command(q("^  ([a-z]+)  +\\S"), QRegularExpression::MultilineOption);
        const qsizetype start = help.indexOf(q("Subcommands:"));
        QVERIFY2(start >= 0, qPrintable(help));
        for (auto all = command.globalMatch(help, start); all.hasNext();) {
            const QString name = all.next().captured(1);
            QTest::newRow(qPrintable(name)) << name;
        }
    }

    void helpShowsExamples()
    {
        QFETCH(QString, command);
        const Outcome help = sunflop(command + q(" --help"));
        QVERIFY2(help.status == 0 && help.error.isEmpty(), qPrintable(help.text()));
        QVERIFY2(help.out.contains(q("Examples:\n  sunflop ") + command), qPrintable(help.text()));
    }

    void knowsItsVersion()
    {
        const Outcome version = sunflop(q("--version"));
        QCOMPARE(version.status, 0);
        QVERIFY2(QRegularExpression(q("^sunflop \\d+\\.\\d+\\.\\d+\n$")).match(version.out).hasMatch(),
                 qPrintable(version.text()));
    }

    void wrongUsageExitsWith2_data()
    {
        QTest::addColumn<QString>("arguments");
        const auto row = [](const char* name, const char* arguments) { QTest::newRow(name) << q(arguments); };
        row("three models", "tiny tiny tiny");
        row("unknown option", "report tiny --verbose");
        row("report without a model", "report");
        row("report of two models", "report tiny tiny");
        row("unknown convention", "report tiny --convention thop");
        row("unknown format", "report tiny --format yaml");
        row("depth below zero", "report tiny --depth -1");
        row("depth in words", "report tiny --depth two");
        row("setting without a value", "report tiny --set");
        row("setting that is none", "report tiny --set batch");
        row("setting without an input", "report tiny --set =4");
        row("output without a name", "report tiny -o");
        row("list of nothing", "list");
        row("list of the unknown", "list planets");
        row("list of inputs without a model", "list inputs");
        row("inputs of no model", "--set batch=1");
        row("inputs of a second model that is none", "tiny --set-b batch=1");
    }

    void aSlipNamesWhatWasMeant_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("error");
        const auto row = [](const char* arguments, const char* error) {
            QTest::newRow(arguments) << q(arguments) << q(error);
        };
        row("reprot tiny", "reprot: no such command or model, expected report");
        row("compair tiny tiny", "compair: no such command or model, expected compare");
        row("reprot tiny --format json", "expected report");
        row("report tiny --convention fvcor",
            "--convention: \"fvcor\" is not known, expected one of exact, ");
        row("report tiny --format markdwn", "--format: \"markdwn\" is not known, expected one of text, ");
        row("sweep tiny --over batch --measure flop",
            "--measure: \"flop\" is not known, expected one such as flops");
        row("figure tiny --view lable -o x.svg",
            "--view: \"lable\" is not known, expected one such as table");
        row("list modles", "WHAT: \"modles\" is not known, expected one such as models");
    }

    void aSlipNamesWhatWasMeant()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, error);
        const Outcome outcome = sunflop(arguments);
        QVERIFY2(outcome.status == 2 && outcome.isOneLineError(), qPrintable(outcome.text()));
        QVERIFY2(outcome.error.contains(error), qPrintable(outcome.text()));
    }

    void wrongUsageExitsWith2()
    {
        QFETCH(QString, arguments);
        const Outcome outcome = sunflop(arguments);
        QVERIFY2(outcome.status == 2, qPrintable(outcome.text()));
        QVERIFY2(outcome.isOneLineError(), qPrintable(outcome.text()));
    }

    void refusedInputExitsWith1_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("error");
        const auto row = [](const char* name, const char* arguments, const char* error) {
            QTest::newRow(name) << q(arguments) << q(error);
        };
        row("missing file", "report missing.json", "missing.json: no such file or folder");
        row("unknown name", "report gpt-9", "gpt-9: no bundled model, file or folder of this name");
        row("folder without a config", "report nothing", "nothing: the folder has no config.json");
        row("unknown architecture", "report odd.json",
            "odd.json: model_type: found model_type \"perceiver\", expected one that \"sunflop list "
            "families\" prints");
        row("a family's other name", "report qwen2_5.json",
            "found model_type \"qwen2_5\", expected one such as qwen2");
        row("unknown input", "report tiny --set tokens=4",
            "tiny/config.json: tokens: no such input here, expected one such as text_tokens or ");
        row("an input's other name", "report tiny --set seq_len=4",
            "seq_len: no such input here, expected one such as text_tokens");
        row("unknown device", "report tiny --set device=h100-sxn",
            "device: \"h100-sxn\" is not known, expected one such as h100-sxm or ");
        row("a bundled name in other words", "report llama3-8b",
            "llama3-8b: no bundled model, file or folder of this name, expected one such as llama-3-8b or ");
        row("a name of the Hub", "report Qwen/Qwen2.5-7B",
            "Qwen/Qwen2.5-7B: no such file or folder; a model of the Hugging Face Hub is "
            "\"hf:Qwen/Qwen2.5-7B\", "
            "and \"qwen2.5-7b\" comes with the program");
        row("a path is no name of the Hub", "report tiny/missing", "tiny/missing: no such file or folder\n");
        row("the window of a missing model", "gpt-9", "gpt-9: no bundled model, file or folder of this name");
        row("the window with an unknown input", "tiny --set nothing=1", "tiny: nothing: no such input here");
        row("the comparison with an unknown input", "tiny tiny --set-b nothing=1",
            "tiny: nothing: no such input");
        row("out of range", "report tiny --set batch=0", "batch: 0 is out of range, expected 1 to ");
        row("no number", "report tiny --set batch=many", "batch: \"many\" is no whole number");
        row("set twice", "report tiny --set batch=1 --set batch=2", "batch: set more than once");
        row("conflict", "report internvl2-1b --set images=0 --set tiles=2", "tiles: 2 tiles of 0 images");
        row("inputs of a missing model", "list inputs missing.json", "missing.json: no such file or folder");
    }

    void refusedInputExitsWith1()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, error);
        const Outcome outcome = sunflop(arguments);
        QVERIFY2(outcome.status == 1, qPrintable(outcome.text()));
        QVERIFY2(outcome.isOneLineError(), qPrintable(outcome.text()));
        QVERIFY2(outcome.error.contains(error), qPrintable(outcome.text()));
    }

    void opensFoldersFilesAndBundledNames_data()
    {
        QTest::addColumn<QString>("model");
        QTest::newRow("tiny") << q("tiny");
        QTest::newRow("tiny/") << q("tiny");
        QTest::newRow("./tiny") << q("tiny");
        QTest::newRow("tiny/config.json") << q("tiny");
        QTest::newRow("tiny/.") << q("tiny");
        QTest::newRow("internvl2-1b") << q("internvl2-1b");
    }

    void opensFoldersFilesAndBundledNames()
    {
        QFETCH(QString, model);
        const Outcome outcome = sunflop(q("report --format json --depth 0 ") + q(QTest::currentDataTag()));
        QVERIFY2(outcome.status == 0 && outcome.error.isEmpty(), qPrintable(outcome.text()));
        QVERIFY2(outcome.out.contains(q("\"model\": \"") + model + q("\",")), qPrintable(outcome.text()));
    }

    void writesTheSameFileAsToStandardOutput_data()
    {
        QTest::addColumn<QString>("format");
        for (const char* format : {"text", "calflops", "json", "csv", "markdown", "latex"})
            QTest::newRow(format) << q(format);
    }

    void writesTheSameFileAsToStandardOutput()
    {
        QFETCH(QString, format);
        write("out.txt", "old");
        const Outcome printed = sunflop(q("report tiny --format ") + format);
        const Outcome written = sunflop(q("report tiny -o out.txt --format ") + format);
        QVERIFY2(printed.status == 0 && printed.out.size() > 200, qPrintable(printed.text()));
        QVERIFY2(written.status == 0 && written.out.isEmpty(), qPrintable(written.text()));
        QCOMPARE(QString::fromUtf8(content("out.txt")), printed.out);
        QCOMPARE(leftovers(), QStringList());
    }

    void aRefusedRunLeavesFilesAlone()
    {
        write("old.txt", "old");
        for (const char* refused :
             {"report tiny --set batch=0 -o old.txt", "report missing -o old.txt",
              "report tiny --format yaml -o old.txt", "report tiny --set batch=0 -o new.txt"})
            QVERIFY2(sunflop(q(refused)).status != 0, refused);
        QCOMPARE(content("old.txt"), QByteArray("old"));
        QVERIFY(!QFile::exists(path("new.txt")));
        QCOMPARE(leftovers(), QStringList());
    }

    void anOutputThatCannotBeWrittenIsRefused_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("in a missing folder") << q("missing/out.txt");
        QTest::newRow("in a file") << q("odd.json/out.txt");
        QTest::newRow("a folder") << q("nothing");
        QTest::newRow("a missing folder") << q("missing/");
    }

    void anOutputThatCannotBeWrittenIsRefused()
    {
        QFETCH(QString, file);
        const Outcome outcome = sunflop(q("report tiny -o ") + file);
        QVERIFY2(outcome.status == 1, qPrintable(outcome.text()));
        QVERIFY2(outcome.isOneLineError() && outcome.error.startsWith(q("sunflop: ") + file + q(": ")),
                 qPrintable(outcome.text()));
        QCOMPARE(leftovers(), QStringList());
        QVERIFY(!QFile::exists(path("missing")));
        QVERIFY(QDir(path("nothing")).isEmpty());
    }

    void anOutputThatIsAPipeIsWrittenInto()
    {
        const QByteArray pipe = path("pipe").toUtf8();
        QCOMPARE(mkfifo(pipe.constData(), 0600), 0);
        const int reader = ::open(pipe.constData(), O_RDONLY | O_NONBLOCK);
        QVERIFY(reader >= 0);
        const Outcome outcome = sunflop(q("report tiny --format csv --depth 0 -o pipe"));
        QByteArray text(4096, '\0');
        const ssize_t size = ::read(reader, text.data(), static_cast<std::size_t>(text.size()));
        ::close(reader);
        QVERIFY2(outcome.status == 0, qPrintable(outcome.text()));
        QVERIFY2(size > 0, "the pipe was replaced by a file");
        QVERIFY(text.startsWith("path,class,"));
    }

    void anOutputMayBeAnOpenPipe()
    {
        // What /dev/stdout is a link to.
        const Outcome outcome = sunflop(q("report tiny --format csv --depth 0 -o /proc/self/fd/1"));
        QVERIFY2(outcome.status == 0 && outcome.out.startsWith(q("path,class,")), qPrintable(outcome.text()));
    }

    void anOutputThatIsALinkStaysOne()
    {
        write("target.txt", "old");
        QVERIFY(QFile::link(q("target.txt"), path("link.txt")));
        QCOMPARE(sunflop(q("report tiny --format csv -o link.txt")).status, 0);
        QVERIFY(QFileInfo(path("link.txt")).isSymLink());
        QVERIFY(content("target.txt").startsWith("path,class,"));
    }

    void aClosedStandardOutputIsAnError()
    {
        for (const char* unwritable : {">&-", ">/dev/full"}) {
            const Outcome outcome = redirected(unwritable, q("report tiny"));
            QVERIFY2(outcome.status == 1, qPrintable(outcome.text()));
            QVERIFY2(outcome.isOneLineError() && outcome.error.contains(q("standard output: ")),
                     qPrintable(outcome.text()));
        }
        // A file does not need it.
        const Outcome outcome = redirected(">&-", q("report tiny --format csv -o alone.csv"));
        QVERIFY2(outcome.status == 0, qPrintable(outcome.text()));
        QVERIFY(content("alone.csv").startsWith("path,class,"));
    }

    void depthLimitsTheModulesWritten()
    {
        // The model; model and lm_head; below them embed_tokens, layers, norm and rotary_emb.
        const auto rows = [&](const char* depth) {
            return sunflop(q("report tiny --format csv --depth ") + q(depth)).out.count(q(",module\n"));
        };
        const auto own = [&](const char* depth) {
            return sunflop(q("report tiny --format csv --depth ") + q(depth)).out.count(q("::"));
        };
        QCOMPARE(rows("0"), 1);
        QCOMPARE(rows("1"), 1 + 2);
        QCOMPARE(rows("2"), 1 + 2 + 4);
        QCOMPARE(own("0"), 0);
        QCOMPARE(own("1"), 1); // the model's workspace
    }

    void thePageOfAPipeIsPlain()
    {
        const Outcome page = sunflop(q("report tiny"));
        QVERIFY2(page.status == 0 && page.out.contains(q("\n  parameters ")), qPrintable(page.text()));
        QVERIFY(!page.out.contains(QLatin1Char('\x1b')));
        const Outcome narrow = redirected("| cat", q("report tiny"));
        QCOMPARE(narrow.out, page.out);
        const QStringList shell{q("-c"), q("COLUMNS=60 exec \"$0\" report tiny --depth 9"),
                                q(SUNFLOP_PROGRAM)};
        const Outcome sixty = runProgram(q("/bin/sh"), shell, {.folder = m_folder.path()});
        QVERIFY2(sixty.status == 0 && sixty.out != page.out, qPrintable(sixty.text()));
        for (const QString& line : sixty.out.split(QLatin1Char('\n')))
            QVERIFY2(line.size() <= 60, qPrintable(line));
    }

    void theTerminalDecidesOverWidthAndColours_data()
    {
        QTest::addColumn<QString>("environment");
        QTest::addColumn<bool>("hasColours");
        QTest::addColumn<bool>("isUnicode");
        const auto row = [](const char* environment, bool hasColours, bool isUnicode) {
            QTest::newRow(environment) << q(environment) << hasColours << isUnicode;
        };
        row("TERM=xterm-256color LC_ALL=C.UTF-8", true, true);
        row("TERM=xterm-256color LC_ALL=C", true, false);
        row("TERM=xterm LC_ALL=C.UTF-8 NO_COLOR=1", false, true);
        row("TERM=dumb LC_ALL=C.UTF-8", false, false);
    }

    void theTerminalDecidesOverWidthAndColours()
    {
        QFETCH(QString, environment);
        QFETCH(bool, hasColours);
        QFETCH(bool, isUnicode);
        const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
        if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
            QSKIP("the system has no pseudo terminals");
        constexpr unsigned short columns = 70;
        const winsize size{.ws_row = 40, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        QCOMPARE(ioctl(terminal, TIOCSWINSZ, &size), 0);
        const QString command = q("unset COLUMNS COLORTERM NO_COLOR LANG LC_CTYPE; ") + environment +
                                q(" exec \"$0\" report tiny --depth 9 >") + q(ptsname(terminal));
        const Outcome outcome =
            runProgram(q("/bin/sh"), {q("-c"), command, q(SUNFLOP_PROGRAM)}, {.folder = m_folder.path()});
        QByteArray printed(1 << 16, '\0');
        const ssize_t bytes = ::read(terminal, printed.data(), static_cast<std::size_t>(printed.size()));
        ::close(terminal);
        QVERIFY2(outcome.status == 0 && bytes > 0, qPrintable(outcome.text()));
        printed.truncate(static_cast<qsizetype>(bytes));
        QCOMPARE(printed.contains('\x1b'), hasColours);
        static const QRegularExpression escape(QStringLiteral("\x1b\\[[0-9;]*m"));
        const QString text = QString::fromUtf8(printed).remove(escape).remove(QLatin1Char('\r'));
        qsizetype widest = 0;
        for (const QString& line : text.split(QLatin1Char('\n')))
            widest = std::max(widest, line.size());
        QVERIFY2(widest <= columns && widest > columns / 2, qPrintable(text));
        QCOMPARE(text.contains(QChar(0x2588)), isUnicode);
    }

    void listsInputsIdsFirst()
    {
        const Outcome outcome = sunflop(q("list inputs tiny"));
        QCOMPARE(outcome.status, 0);
        QStringList ids;
        for (const QString& line : outcome.out.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
            ids << line.section(QLatin1Char(' '), 0, 0);
        QCOMPARE(
            ids.join(QLatin1Char(' ')),
            q("batch text_tokens new_tokens cached_tokens attention logits transformers weight_dtype "
              "activation_dtype kv_dtype kv_cache lora_rank lora_targets lifetimes mode optimizer recipe "
              "optimizer_step "
              "checkpointing autocast accumulation data_parallel zero_stage gradient_buckets tensor_parallel "
              "sequence_parallel pipeline_parallel context_parallel "
              "expert_parallel device preset"));
    }

    void listsWhatTheProgramKnows_data()
    {
        QTest::addColumn<QString>("expected");
        QTest::newRow("models") << q("internvl2-1b ovis2-4b");
        QTest::newRow("families") << q("llama mistral qwen2 qwen3 aimv2 vit internvl ovis2");
        QTest::newRow("conventions") << q("exact calflops flopcounter fvcore");
        QTest::newRow("formats") << q("hfconfig report");
        QTest::newRow("exporters") << q("text calflops markdown latex csv json");
        QTest::newRow("measures") << q("params active_params macs flops peak_bytes nanoseconds");
        QTest::newRow("views") << q("window compare table sunburst sweep");
        QTest::newRow("devices") << q("h100-sxm h200-sxm rtx4090 mi300x apple-m3-max epyc-9654");
    }

    void listsWhatTheProgramKnows()
    {
        QFETCH(QString, expected);
        const Outcome outcome = sunflop(q("list ") + q(QTest::currentDataTag()));
        QCOMPARE(outcome.status, 0);
        for (const QString& id : expected.split(QLatin1Char(' '))) {
            const QRegularExpression line(q("^") + id + q("( |$)"), QRegularExpression::MultilineOption);
            QVERIFY2(line.match(outcome.out).hasMatch(), qPrintable(outcome.text()));
        }
    }
};

QTEST_APPLESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"
