// SPDX-License-Identifier: GPL-3.0-or-later
// A process that shows a window is asked to end: this program is that process too.
#include "tests/support/test_window.h"
#include "tests/support/text.h"
#include "ui/end_signals.h"
#include "ui/session/keeper.h"
#include "ui/session/session_file.h"

#include <QProcess>
#include <QTemporaryDir>

#include <csignal>
#include <cstdio>

#include <sys/types.h>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr const char* shownArgument = "--shown";

/// Shows a window with a change that it has had no time to save, says so, and goes on for ever.
int showWindow(int argc, char** argv)
{
    QApplication application(argc, argv);
    QApplication::setOrganizationName(q("sunflop"));
    QApplication::setApplicationName(q("sunflop"));
    TestWindow at;
    at.open(q("qwen2.5-0.5b"));
    at.session().setInput(q("text_tokens"), q("64"));
    at.settle();
    beforeEndSignals([&] { at.window().keeper().autosave(); });
    std::puts("shown");
    std::fflush(stdout);
    return QApplication::exec();
}

} // namespace

class TestEndSignals : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsShownIsSavedFirst_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("a logout") << SIGTERM;
        QTest::newRow("Ctrl+C") << SIGINT;
        QTest::newRow("a terminal that closes") << SIGHUP;
    }
    void whatIsShownIsSavedFirst()
    {
        QFETCH(int, number);
        const QTemporaryDir home;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* variable : {"XDG_CONFIG_HOME", "XDG_DATA_HOME"})
            environment.insert(q(variable), home.path());
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(QCoreApplication::applicationFilePath(), {q(shownArgument)});
        QVERIFY2(process.waitForReadyRead(), process.readAllStandardError().constData());
        ::kill(static_cast<pid_t>(process.processId()), number);
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitStatus(), QProcess::CrashExit); // by the signal, as its parent expects
        const auto state = readSessionFile(home.filePath(q("sunflop/sunflop/autosave.sunflop.json")));
        QVERIFY2(state, state ? "" : state.error().text().c_str());
        QCOMPARE(state->models.front().inputs, (std::vector<Assignment>{{"text_tokens", "64"}}));
    }
};

int main(int argc, char** argv)
{
    if (argc == 2 && qstrcmp(argv[1], shownArgument) == 0)
        return showWindow(argc, argv);
    QCoreApplication application(argc, argv);
    TestEndSignals test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_end_signals.moc"
