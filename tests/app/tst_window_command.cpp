// SPDX-License-Identifier: GPL-3.0-or-later
// `sunflop MODEL --set ...`: what the window opens with, read from the state that it keeps by itself.
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QDirIterator>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <nlohmann/json.hpp>

using namespace sunflop;
using namespace sunflop::test;

using Json = nlohmann::json;

class TestWindowCommand : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    void write(const char* name, const Json& content) const
    {
        QFile file(m_folder->filePath(q(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(content.dump()));
    }

    /// The state that the program's window saved by itself; null if it never did.
    Json stateAfter(const QString& arguments) const
    {
        constexpr int longestMilliseconds = 30'000;
        const QString home = m_folder->filePath(q("home"));
        QDir().mkpath(home);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"})
            environment.insert(q(name), home);
        environment.insert(q("HOME"), home);
        environment.insert(q("QT_QPA_PLATFORM"), q("offscreen"));
        QProcess program;
        program.setProcessEnvironment(environment);
        program.setWorkingDirectory(m_folder->path());
        program.start(q(SUNFLOP_PROGRAM), arguments.split(QLatin1Char(' ')));
        Json state;
        QElapsedTimer timer;
        timer.start();
        while (state.is_null() && timer.elapsed() < longestMilliseconds &&
               program.state() != QProcess::NotRunning) {
            program.waitForFinished(100);
            state = savedBelow(home);
        }
        program.kill();
        program.waitForFinished();
        return state;
    }
    static Json savedBelow(const QString& folder)
    {
        QDirIterator files(folder, {q("*.sunflop.json")}, QDir::Files, QDirIterator::Subdirectories);
        if (!files.hasNext())
            return nullptr;
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly))
            return nullptr;
        const Json read = Json::parse(file.readAll().toStdString(), nullptr, false);
        return read.is_discarded() ? Json() : read;
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        write("a.json", smallDecoder("llama"));
        write("b.json", smallDecoder("mistral"));
    }

    void oneModelOpensWithItsInputs()
    {
        const Json state = stateAfter(q("a.json --set text_tokens=64 --set batch=3 --convention calflops"));
        QVERIFY2(state.is_object(), "the window kept no state");
        QCOMPARE(state["models"].size(), std::size_t{1});
        const Json& model = state["models"][0];
        QCOMPARE(q(model["inputs"].dump()), q(R"({"batch":"3","text_tokens":"64"})"));
        QCOMPARE(q(model["convention"].get<std::string>()), q("calflops"));
    }

    void twoModelsOpenBesideEachOther()
    {
        const Json state = stateAfter(q("a.json b.json --set batch=2 --set-a text_tokens=64 --set-b "
                                        "text_tokens=32 --convention-b fvcore"));
        QVERIFY2(state.is_object(), "the window kept no state");
        QCOMPARE(state["models"].size(), std::size_t{2});
        QCOMPARE(q(state["models"][0]["inputs"].dump()), q(R"({"batch":"2","text_tokens":"64"})"));
        QCOMPARE(q(state["models"][1]["inputs"].dump()), q(R"({"batch":"2","text_tokens":"32"})"));
        QCOMPARE(q(state["models"][0].value("convention", "exact")), q("exact"));
        QCOMPARE(q(state["models"][1]["convention"].get<std::string>()), q("fvcore"));
        QVERIFY(!state["compare"]["links"].get<bool>());
    }
};

QTEST_GUILESS_MAIN(TestWindowCommand)
#include "tst_window_command.moc"
