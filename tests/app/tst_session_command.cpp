// SPDX-License-Identifier: GPL-3.0-or-later
// Session files as MODEL of the commands.

#include "core/session/session_json.h"
#include "tests/support/program.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"
#include "ui/session/session_command.h"
#include "ui/session/session_file.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestSessionCommand : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }

    Outcome sunflop(const QByteArray& arguments) const
    {
        return runProgram(q(SUNFLOP_PROGRAM),
                          QString::fromUtf8(arguments).split(QLatin1Char(' '), Qt::SkipEmptyParts),
                          {.folder = m_folder.path()});
    }
    void write(const char* name, const std::string& text) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly) &&
                file.write(QByteArray::fromStdString(text)) == static_cast<qsizetype>(text.size()));
    }
    QByteArray content(const char* name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no such file");
    }

    /// A session of the tiny model: 64 tokens, counted as calflops does.
    static SessionState tiny()
    {
        return {.models = {{.source = {.path = "tiny.json"},
                            .inputs = {{"text_tokens", "64"}},
                            .convention = "calflops"}}};
    }

    /// The same beside another run of it: a pair by hand, inputs apart, circles not to scale.
    static SessionState twoTinies()
    {
        SessionState state = tiny();
        state.models.push_back(
            {.source = {.path = "tiny.json"}, .inputs = {{"batch", "2"}, {"text_tokens", "32"}}});
        state.comparison = ComparisonState{.pairs = {{"model.embed_tokens", "lm_head"}},
                                           .linksInputs = false,
                                           .sharesScale = false,
                                           .focus = "b"};
        state.view.measure = "macs";
        return state;
    }
    SessionState readAt(const char* name) const { return *readSessionFile(path(name)); }

private Q_SLOTS:
    void init()
    {
        write("tiny.json", smallDecoder("llama").dump());
        write("tiny.sunflop.json", sessionText(tiny()));
    }

    void aReportIsThatOfTheSession()
    {
        Outcome session = sunflop("report tiny.sunflop.json --format json");
        const Outcome plain =
            sunflop("report tiny.json --set text_tokens=64 --convention calflops --format json");
        QVERIFY2(session.status == 0 && session.error.isEmpty(), qPrintable(session.text()));
        QCOMPARE(session.out.replace(path("tiny.json"), q("tiny.json")), plain.out);
    }

    void whatIsGivenWinsOverTheSession()
    {
        const Outcome session =
            sunflop("report tiny.sunflop.json --set text_tokens=32 --convention exact --format csv");
        QCOMPARE(session.out, sunflop("report tiny.json --set text_tokens=32 --format csv").out);
        SessionState state;
        state.models = {
            {.source = {.bundled = "ovis2-4b"}, .inputs = {{"image_height", "896"}, {"image_width", "896"}}}};
        write("ovis.sunflop.json", sessionText(state));
        // Tiles exclude a size: the session's gives way.
        QCOMPARE(sunflop("report ovis.sunflop.json --set tiles=4 --format csv").out,
                 sunflop("report ovis2-4b --set tiles=4 --format csv").out);
    }

    void theSessionsDeviceIsTheOneThatIsFitted()
    {
        SessionState state = tiny();
        state.models.front().inputs.push_back({"device", "a100-pcie-80"});
        write("fit.sunflop.json", sessionText(state));
        const Outcome kept = sunflop("fit fit.sunflop.json");
        QVERIFY2(kept.status == 0, qPrintable(kept.text()));
        QVERIFY(kept.out.contains(q("a100-pcie-80")));
        QVERIFY(sunflop("fit fit.sunflop.json --device h100-sxm").out.contains(q("h100-sxm")));
    }

    void aFigureIsThatOfTheSameOptions_data()
    {
        QTest::addColumn<QString>("options");
        QTest::addColumn<QString>("view");
        const auto row = [](const char* options, const char* view) {
            QTest::newRow(view) << q(options) << q(view);
        };
        const char* const state = "--set text_tokens=64 --convention calflops --measure macs --colour depth "
                                  "--rings 3 --zoom model --select model.layers.0-3.mlp --search mlp --sort "
                                  "flops:down --expand  --expand model ";
        row(state, "sunburst");
        row(state, "table");
        row("--set text_tokens=64 --convention calflops --over batch ", "sweep");
    }

    void aFigureIsThatOfTheSameOptions()
    {
        QFETCH(QString, options);
        QFETCH(QString, view);
        SessionState state = tiny();
        if (view == q("sweep")) {
            state.view.sweptInput = "batch";
        } else {
            state.view.measure = "macs";
            state.view.colour = "depth";
            state.view.rings = 3;
            state.view.root = "model";
            state.view.selected = "model.layers.0-3.mlp";
            state.view.search = "mlp";
            state.view.sorting = ViewState::Sorting{"flops", true};
            state.view.expanded = std::vector<std::string>{"", "model"};
        }
        write("tiny.sunflop.json", sessionText(state));
        const auto paint = [&](const QString& what, const QString& more, const char* file) {
            // One blank parts two words, two of them part an empty one.
            const QStringList arguments =
                (q("figure ") + what + q(" --view ") + view + q(" --size 480x320 ") + more)
                    .trimmed()
                    .split(QLatin1Char(' '));
            return runProgram(q(SUNFLOP_PROGRAM), arguments + QStringList{q("-o"), q(file)},
                              {.folder = m_folder.path()});
        };
        const Outcome session = paint(q("tiny.sunflop.json"), {}, "session.png");
        QVERIFY2(session.status == 0 && session.error.isEmpty(), qPrintable(session.text()));
        const Outcome plain = paint(q("tiny.json"), options, "plain.png");
        QVERIFY2(plain.status == 0 && plain.error.isEmpty(), qPrintable(plain.text()));
        QVERIFY(content("session.png").size() > 1000);
        QVERIFY(content("session.png") == content("plain.png"));
    }

    void aComparisonIsThatOfTheSameOptions()
    {
        write("pair.sunflop.json", sessionText(twoTinies()));
        const Outcome session = sunflop("compare pair.sunflop.json --format json");
        QVERIFY2(session.status == 0 && session.error.isEmpty(), qPrintable(session.text()));
        const Outcome plain =
            sunflop("compare tiny.json tiny.json --set-a text_tokens=64 --convention-a calflops --set-b "
                    "text_tokens=32 --set-b batch=2 --pair model.embed_tokens=lm_head --format json");
        QVERIFY2(plain.status == 0, qPrintable(plain.text()));
        QCOMPARE(QString(session.out).replace(path("tiny.json"), q("tiny.json")), plain.out);
        QCOMPARE(
            sunflop("compare pair.sunflop.json --set text_tokens=16 --convention exact --format csv").out,
            sunflop("compare tiny.json tiny.json --set text_tokens=16 --set-b batch=2 --pair "
                    "model.embed_tokens=lm_head --format csv")
                .out);
    }

    void sessionsOfOneModelAreSidesOfAComparison()
    {
        const char* const plain =
            "compare tiny.json tiny.json --convention-a calflops --set-a text_tokens=64 "
            "--set-b text_tokens=16 --format csv";
        const Outcome asA =
            sunflop("compare tiny.sunflop.json tiny.json --set-b text_tokens=16 --format csv");
        QVERIFY2(asA.status == 0, qPrintable(asA.text()));
        QCOMPARE(asA.out, sunflop(plain).out);
        QCOMPARE(
            sunflop("compare tiny.json tiny.sunflop.json --format csv").out,
            sunflop("compare tiny.json tiny.json --convention-b calflops --set-b text_tokens=64 --format csv")
                .out);
        const Outcome alone = sunflop("compare tiny.sunflop.json");
        QCOMPARE(alone.status, 1);
        QVERIFY2(alone.isOneLineError() && alone.error.contains(q("a session of one model")),
                 qPrintable(alone.text()));
        QCOMPARE(sunflop("compare tiny.json").status, 2);
    }

    void aPictureOfTwoIsThatOfTheSameOptions_data()
    {
        QTest::addColumn<QString>("view");
        QTest::newRow("compare") << q("compare");
    }

    void aPictureOfTwoIsThatOfTheSameOptions()
    {
        QFETCH(QString, view);
        write("pair.sunflop.json", sessionText(twoTinies()));
        const QByteArray size = " --size 1300x820 --view " + view.toUtf8();
        const Outcome session = sunflop("figure pair.sunflop.json -o session.png" + size);
        QVERIFY2(session.status == 0 && session.error.isEmpty(), qPrintable(session.text()));
        const QByteArray command = commandOf(readAt("pair.sunflop.json")).toUtf8();
        const Outcome plain = sunflop(QByteArray(command).replace("sunflop figure", "figure") + size);
        QVERIFY2(plain.status == 0 && plain.error.isEmpty(),
                 qPrintable(QString::fromUtf8(command) + plain.text()));
        QVERIFY(content("session.png").size() > 1000);
        QVERIFY(content("session.png") == content("figure.png"));
        QCOMPARE(
            sunflop("figure pair.sunflop.json --set-b batch=1 --convention-b flopcounter -o other.png" + size)
                .error,
            QString());
        QVERIFY(content("other.png") != content("session.png"));
    }

    void ofAComparisonTheFirstModelIsTakenWhereOneIsWanted()
    {
        write("pair.sunflop.json", sessionText(twoTinies()));
        const Outcome outcome = sunflop("report pair.sunflop.json --format csv");
        QCOMPARE(outcome.status, 0);
        QVERIFY2(outcome.error.contains(q("a comparison; this is its A")), qPrintable(outcome.text()));
        QCOMPARE(outcome.out, sunflop("report tiny.sunflop.json --format csv").out);
    }

    void theStyleOfFiguresIsTheSessions()
    {
        SessionState state = tiny();
        state.figure = Config({{"preset", "paper-single"}, {"palette", "okabe-ito"}, {"caption", true}});
        write("styled.sunflop.json", sessionText(state));
        const char* const plain = "figure tiny.sunflop.json --view sunburst --preset paper-single --palette ";
        const auto paint = [&](const QByteArray& command, const char* file) {
            const Outcome outcome = sunflop(command + " -o " + file);
            QVERIFY2(outcome.status == 0 && outcome.error.isEmpty(), qPrintable(outcome.text()));
        };
        paint("figure styled.sunflop.json --view sunburst", "styled.svg");
        paint(QByteArray(plain) + "okabe-ito --caption", "plain.svg");
        QVERIFY(content("styled.svg").size() > 1000);
        QVERIFY(content("styled.svg") == content("plain.svg"));
        paint("figure styled.sunflop.json --view sunburst --palette viridis", "styled.svg");
        paint(QByteArray(plain) + "viridis --caption", "plain.svg");
        QVERIFY(content("styled.svg") == content("plain.svg"));
        QCOMPARE(sunflop("figure tiny.sunflop.json --view sunburst --caption -o no.svg").status, 1);
        QCOMPARE(sunflop("figure tiny.json --view sunburst --caption -o no.svg").status, 2);
    }

    void aChangedModelIsOneLineAndTheReportGoesOn()
    {
        SessionState state = tiny();
        state.models.front().source.fingerprint = {5, std::string(64, '0')};
        state.models.front().inputs.push_back({"frames", "3"});
        write("tiny.sunflop.json", sessionText(state));
        const Outcome outcome = sunflop("report tiny.sunflop.json --format csv");
        QCOMPARE(outcome.status, 0);
        const QStringList told = outcome.error.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        QCOMPARE(told.size(), 2);
        QCOMPARE(told[0],
                 q("sunflop: tiny.sunflop.json: tiny.json has changed since the session was saved."));
        QVERIFY2(told[1].startsWith(q("sunflop: tiny.sunflop.json: Input frames=3 was left out")),
                 qPrintable(told[1]));
        QCOMPARE(outcome.out,
                 sunflop("report tiny.json --set text_tokens=64 --convention calflops --format csv").out);
    }

    void whatCannotBeReadIsOneLine_data()
    {
        QTest::addColumn<QString>("session");
        QTest::addColumn<QString>("error");
        SessionState gone = tiny();
        gone.models.front().source.path = "gone/model.json";
        QTest::newRow("model gone") << q(sessionText(gone))
                                    << q("the session's model is gone, and it is not");
        SessionState unbundled = tiny();
        unbundled.models.front().source = {.bundled = "gpt-9"};
        QTest::newRow("unknown bundled model") << q(sessionText(unbundled)) << q("gpt-9: no bundled model");
        QTest::newRow("truncated") << q(sessionText(gone)).left(80) << q("no valid JSON");
        QTest::newRow("newer") << q("{\"sunflop\": 2}") << q("session format 2, written by a newer Sunflop");
    }

    void whatCannotBeReadIsOneLine()
    {
        QFETCH(QString, session);
        QFETCH(QString, error);
        write("bad.sunflop.json", session.toStdString());
        const QByteArray before = content("bad.sunflop.json");
        for (const char* command : {"report bad.sunflop.json", "fit bad.sunflop.json",
                                    "figure bad.sunflop.json -o bad.png", "report none.sunflop.json"}) {
            const Outcome outcome = sunflop(command);
            QCOMPARE(outcome.status, 1);
            QVERIFY2(outcome.isOneLineError(), qPrintable(outcome.text()));
            const bool isNone = q(command).contains(q("none"));
            QVERIFY2(outcome.error.contains(isNone ? q("none.sunflop.json: no such file") : error),
                     qPrintable(outcome.text()));
        }
        QCOMPARE(content("bad.sunflop.json"), before);
        QVERIFY(!QFile::exists(path("bad.png")));
    }
};

QTEST_APPLESS_MAIN(TestSessionCommand)
#include "tst_session_command.moc"
