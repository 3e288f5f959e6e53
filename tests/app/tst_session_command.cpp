// SPDX-License-Identifier: GPL-3.0-or-later
// Session files as MODEL of the commands.

#include "core/session/session_json.h"
#include "tests/support/program.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestSessionCommand : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }

    Outcome sunflop(const char* arguments) const
    {
        return runProgram(q(SUNFLOP_PROGRAM), q(arguments).split(QLatin1Char(' '), Qt::SkipEmptyParts),
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
