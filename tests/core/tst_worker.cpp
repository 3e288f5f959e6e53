// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/recording_json.h"
#include "core/worker/torch_worker.h"

#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

using namespace sunflop;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto description = R"({"modules": ["", "fc"], "tensors": ["fc.weight"], "inputs": []})";

/// A recording of one call of fc: a linear layer on 2 rows.
json oneCall()
{
    return json::parse(R"({
        "tensors": [["argument", "float32", 0, [2, 3], null, 0],
                    ["stored", "float32", 1, [5, 3], null, 0],
                    ["value", "float32", 2, [2, 5], null, -1]],
        "calls": [["aten.linear.default", 1, ["input", {"t": 0}, "weight", {"t": 1}], [2], {}]],
        "outputs": [2]})");
}

const TorchNumbers numbers{.modules = {0, 1}, .tensors = {0}};

} // namespace

/// Workers that misbehave are shell scripts: each does one thing wrong, and the engine must go on.
class TestWorker : public QObject {
    Q_OBJECT

private:
    /// A worker that runs `script` instead of LibTorch.
    std::filesystem::path program(const std::string& script)
    {
        const std::filesystem::path path = m_folder.filePath(QString::number(m_programs++)).toStdString();
        std::ofstream(path) << "#!/bin/sh\n" << script;
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path;
    }
    /// One that starts and opens well and then answers the run with what `run` prints.
    std::filesystem::path answering(const std::string& run)
    {
        return program(std::string("read line; echo '{\"id\": 1, \"hello\": {}}'\n"
                                   "read line; echo '{\"id\": 2, \"open\": ") +
                       description + "}'\nread line\n" + run + "\n");
    }
    static QString errorOf(const Result<json>& result)
    {
        return result ? QStringLiteral("no error") : QString::fromStdString(result.error().text());
    }

    QTemporaryDir m_folder;
    int m_programs = 0;

private Q_SLOTS:
    void anAnswerIsHandedOn()
    {
        TorchWorker worker(answering("echo '{\"id\": 3, \"run\": [7]}'"), "file");
        QCOMPARE(worker.open()->modules.size(), std::size_t(2));
        QCOMPARE(worker.run(json::array())->dump(), std::string("[7]"));
    }

    /// What a script says of its surroundings, in the words that a crash leaves behind.
    QString surroundings(const std::string& words)
    {
        TorchWorker worker(program("read line; echo \"" + words + "\" >&2; exit 1"), "file");
        return QString::fromStdString(worker.open().error().text());
    }

    void keysOfTheUserAreNotPassedOn()
    {
        qputenv("CLOUD_SECRET", "hunter2");
        qputenv("LC_ALL", "C.UTF-8");
        const QString words = surroundings("secret [$CLOUD_SECRET], home [$HOME], language [$LC_ALL]");
        QVERIFY2(words.contains(QLatin1String("secret [], home [], language [C.UTF-8]")), qPrintable(words));
    }

    void filesOfTheCallerAreNotPassedOn()
    {
        const int file = ::open("/dev/null", O_RDONLY); // not closed by exec
        const int high = ::fcntl(file, F_DUPFD, 100);
        const QString words = surroundings("open: $(ls /proc/$$/fd | tr '\\n' ' ')");
        ::close(file);
        ::close(high);
        // The three standard streams, and what the shell opens of its own: its script.
        QVERIFY2(words.contains(QLatin1String("open: 0 1 10 2")) ||
                     words.contains(QLatin1String("open: 0 1 2")),
                 qPrintable(words));
        QVERIFY2(!words.contains(QString::number(high)), qPrintable(words));
    }

    void aMissingProgramIsAnError()
    {
        TorchWorker worker(m_folder.filePath(QStringLiteral("none")).toStdString(), "file");
        const auto opened = worker.open();
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::Installation);
        QVERIFY(opened.error().text().find("cannot be started") != std::string::npos);
    }

    void aCrashIsASentenceAndTheNextRunWorks()
    {
        // Crashes where the mark is missing, and leaves it.
        const std::string mark = m_folder.filePath(QStringLiteral("mark")).toStdString();
        const std::string request =
            "read line; id=$(echo \"$line\" | sed 's/.*\"id\":\\([0-9]*\\).*/\\1/')\n";
        TorchWorker worker(program(request + "echo '{\"id\": '$id', \"hello\": {}}'\n" + request +
                                   "echo '{\"id\": '$id', \"open\": " + description + "}'\n" + request +
                                   "if [ ! -e " + mark + " ]; then touch " + mark +
                                   "; kill -SEGV $$; fi\n"
                                   "echo '{\"id\": '$id', \"run\": true}'\n"),
                           "file");
        QVERIFY(worker.open());
        const auto crashed = worker.run(json::array());
        QVERIFY2(errorOf(crashed).contains(QLatin1String("signal 11")), qPrintable(errorOf(crashed)));
        const auto next = worker.run(json::array());
        QVERIFY2(next, qPrintable(errorOf(next)));
    }

    void aProgramThatCannotStartIsABrokenInstallation_data()
    {
        QTest::addColumn<QString>("script");
        QTest::addColumn<QString>("how");
        const auto row = [](const char* name, const char* script, const char* how) {
            QTest::newRow(name) << QString::fromLatin1(script) << QString::fromLatin1(how);
        };
        row("aborts before it reads", "echo terminate called >&2; kill -ABRT $$",
            "signal 6 (Aborted); its last words: terminate called");
        row("lacks a library", "echo libtorch.so: no such file >&2; exit 127",
            "exit status 127; its last words: libtorch.so: no such file");
        row("aborts as it says hello", "read line; kill -ABRT $$", "signal 6");
        row("finds itself wrong", "read line; echo '{\"id\": 1, \"error\": \"[2, 4] from [2, 3]\"}'",
            "[2, 4] from [2, 3]");
        row("talks out of turn", "read line; echo hello", "answered what cannot be read");
        row("hangs", "sleep 60", "did not end within 3 s");
    }
    void aProgramThatCannotStartIsABrokenInstallation()
    {
        QFETCH(QString, script);
        QFETCH(QString, how);
        TorchWorker worker(program(script.toStdString()), "file", {.startTime = 3s});
        const auto opened = worker.open();
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::Installation);
        const QString text = QString::fromStdString(opened.error().text());
        QVERIFY2(text.contains(QLatin1String("this installation of Sunflop is broken")), qPrintable(text));
        QVERIFY2(text.contains(how), qPrintable(text));
    }

    void aCrashOverAFileIsNoBrokenInstallation()
    {
        TorchWorker worker(program("read line; echo '{\"id\": 1, \"hello\": {}}'\n"
                                   "read line; kill -ABRT $$"),
                           "file");
        const auto opened = worker.open();
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::Malformed);
    }

    void aHangEndsInTime()
    {
        TorchWorker worker(answering("sleep 60"), "file", {.runTime = 200ms});
        QVERIFY(worker.open());
        const auto start = std::chrono::steady_clock::now();
        const auto hung = worker.run(json::array());
        QVERIFY2(errorOf(hung).contains(QLatin1String("did not end within 0.2 s")),
                 qPrintable(errorOf(hung)));
        QVERIFY(std::chrono::steady_clock::now() - start < 10s);
    }

    void aHangWhileOpeningEndsInTimeAndIsRemembered()
    {
        TorchWorker worker(program("read line; echo '{\"id\": 1, \"hello\": {}}'; sleep 60"), "file",
                           {.openTime = 200ms});
        QVERIFY(!worker.open());
        const auto start = std::chrono::steady_clock::now();
        QVERIFY(!worker.open());
        QVERIFY(std::chrono::steady_clock::now() - start < 150ms);
    }

    void whatAProgramSaysLastIsInTheError()
    {
        TorchWorker worker(answering("echo first >&2; echo terminate called >&2; exit 3"), "file");
        QVERIFY(worker.open());
        const auto ended = worker.run(json::array());
        QVERIFY2(errorOf(ended).contains(QLatin1String("exit status 3; its last words: terminate called")),
                 qPrintable(errorOf(ended)));
    }

    void anEndlessAnswerIsCutOff()
    {
        TorchWorker worker(answering("yes | tr -d '\\n'"), "file", {.answerBytes = 1 << 20});
        QVERIFY(worker.open());
        const auto flooded = worker.run(json::array());
        QVERIFY2(errorOf(flooded).contains(QLatin1String("more than 1048576 bytes")),
                 qPrintable(errorOf(flooded)));
    }

    void endlessComplaintsDoNoHarm()
    {
        TorchWorker worker(answering("yes >&2 & sleep 0.1; kill $!; echo '{\"id\": 3, \"run\": 1}'"), "file");
        QVERIFY(worker.open());
        QVERIFY(worker.run(json::array()));
    }

    void moreMemoryThanAllowedEndsIt()
    {
        // Any process is larger than a byte.
        TorchWorker worker(answering("sleep 60"), "file", {.residentBytes = 1});
        const auto opened = worker.open();
        const auto result = opened ? worker.run(json::array()) : Result<json>(failure(opened.error()));
        QVERIFY2(errorOf(result).contains(QLatin1String("MiB of memory")), qPrintable(errorOf(result)));
    }

    void anAnswerToAnotherRequestIsRefused()
    {
        for (const char* answer : {"{\"id\": 9, \"run\": 1}", "[1", "7", "{}", "{\"id\": 3}"}) {
            TorchWorker worker(answering(std::string("echo '") + answer + "'"), "file");
            QVERIFY(worker.open());
            const auto refused = worker.run(json::array());
            QVERIFY2(errorOf(refused).contains(QLatin1String("answered what cannot be read")),
                     qPrintable(errorOf(refused)));
        }
    }

    void aRunCanBeCancelled()
    {
        TorchWorker worker(answering("sleep 60"), "file");
        QVERIFY(worker.open());
        std::thread other([&] {
            // Again and again: the run may not have begun yet.
            for (int i = 0; i < 40; ++i) {
                std::this_thread::sleep_for(25ms);
                worker.cancel();
            }
        });
        const auto cancelled = worker.run(json::array());
        other.join();
        QVERIFY2(errorOf(cancelled).contains(QLatin1String("cancelled")), qPrintable(errorOf(cancelled)));
    }

    void aRecordingIsRead()
    {
        const auto run = readRecording(oneCall(), numbers);
        QVERIFY(run);
        const Recording& graph = run->graph;
        QCOMPARE(graph.calls.size(), std::size_t(1));
        QCOMPARE(graph.calls[0].target, std::string("aten.linear.default"));
        QCOMPARE(graph.calls[0].module, 1);
        QCOMPARE(graph.calls[0].arguments[1].name, std::string("weight"));
        QCOMPARE(graph.tensors[1].stored, 0);
        QCOMPARE(graph.tensors[2].sizes[1].value, std::int64_t(5));
        QCOMPARE(graph.outputs[0].index, 2);
    }

    void everyKindOfValueIsRead()
    {
        json answer = oneCall();
        answer["calls"][0][2] = {"a", {{"f", "inf"}},
                                 "b", {{"is", {1, 2}}},
                                 "c", {{"ts", {0, -1}}},
                                 "d", {{"d", "int64"}},
                                 "e", true,
                                 "f", -3,
                                 "g", {{"s", "x"}},
                                 "h", {{"fs", {0.5}}}};
        const auto run = readRecording(answer, numbers);
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        const auto& arguments = run->graph.calls[0].arguments;
        QVERIFY(std::isinf(std::get<double>(arguments[0].value)));
        QCOMPARE(std::get<std::vector<RecordedSize>>(arguments[1].value)[1].value, std::int64_t(2));
        QCOMPARE(std::get<std::vector<TensorIndex>>(arguments[2].value)[1].index, -1);
        QCOMPARE(std::get<DType>(arguments[3].value), DType::I64);
        QCOMPARE(std::get<bool>(arguments[4].value), true);
        QCOMPARE(std::get<RecordedSize>(arguments[5].value).value, std::int64_t(-3));
        QCOMPARE(std::get<std::string>(arguments[6].value), std::string("x"));
        QCOMPARE(std::get<std::vector<double>>(arguments[7].value)[0], 0.5);
    }

    void nothingInARecordingIsBelieved_data()
    {
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("value");
        QTest::newRow("no calls") << "/calls"
                                  << "3";
        QTest::newRow("a call that is none") << "/calls/0"
                                             << "{}";
        QTest::newRow("a tensor that does not exist") << "/calls/0/2/1/t"
                                                      << "3";
        QTest::newRow("a negative tensor") << "/calls/0/2/1/t"
                                           << "-2";
        QTest::newRow("a fraction of a tensor") << "/calls/0/2/1/t"
                                                << "0.5";
        QTest::newRow("an unknown kind of value") << "/calls/0/2/1"
                                                  << "{\"z\": 1}";
        QTest::newRow("a name that is none") << "/calls/0/2/0"
                                             << "1";
        QTest::newRow("a result that does not exist") << "/calls/0/3/0"
                                                      << "3";
        QTest::newRow("an output that does not exist") << "/outputs/0"
                                                       << "99";
        QTest::newRow("a tensor that is none") << "/tensors/0"
                                               << "[]";
        QTest::newRow("a kind that is none") << "/tensors/0/0"
                                             << "\"gift\"";
        QTest::newRow("a negative size") << "/tensors/0/3/0"
                                         << "-1";
        QTest::newRow("sizes that overflow") << "/tensors/0/3"
                                             << "[4294967296, 4294967296]";
        QTest::newRow("sizes that are none") << "/tensors/0/3"
                                             << "\"2x3\"";
    }
    void nothingInARecordingIsBelieved()
    {
        QFETCH(QString, place);
        QFETCH(QString, value);
        json answer = oneCall();
        QVERIFY(readRecording(answer, numbers));
        answer[json::json_pointer(place.toStdString())] = json::parse(value.toStdString());
        QVERIFY(!readRecording(answer, numbers));
    }

    void aModuleOrWeightOfAnotherNumberIsTheRootOrAConstant()
    {
        json answer = oneCall();
        answer["calls"][0][1] = 99;
        answer["tensors"][1][5] = 99;
        const auto run = readRecording(answer, numbers);
        QVERIFY(run);
        QCOMPARE(run->graph.calls[0].module, 0);
        QCOMPARE(run->graph.tensors[1].kind, RecordedTensor::Kind::Constant);
    }

    void anErrorOfTheProgramKeepsWhatRanBefore()
    {
        json answer = oneCall();
        answer["error"] = {{"message", "needs values"},
                           {"operator", "aten.item.default"},
                           {"module", 1},
                           {"dependent", "aten::nonzero"}};
        const auto run = readRecording(answer, numbers);
        QVERIFY(run);
        QVERIFY(run->stop);
        QCOMPARE(run->graph.calls.size(), std::size_t(1));
        QVERIFY(run->stop->dependsOnValues);
        QCOMPARE(run->stop->target, std::string("aten::nonzero"));
        QCOMPARE(run->stop->module, 1);
    }
};

QTEST_GUILESS_MAIN(TestWorker)
#include "tst_worker.moc"
