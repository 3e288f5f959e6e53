// SPDX-License-Identifier: GPL-3.0-or-later
// Every classification, segmentation and video model of torchvision: scripted by Debian's Python, opened
// here, and its multiply-accumulates compared with the GMACs that torchvision publishes. Prints the table.

#include "core/sunflop.h"
#include "tests/support/counted_program.h"
#include "tests/support/reference.h"
#include "tests/support/text.h"

#include <fmt/format.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <map>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

constexpr int startMilliseconds = 60'000;
constexpr int modelMilliseconds = 120'000;

std::filesystem::path published()
{
    return std::filesystem::path(TEST_DATA) / "programs" / "torchvision.json";
}

/// A published model by name and entry of its weights.
using Model = std::pair<std::string, std::string>;

/// "1x3x224x224"
std::string shapeText(const Json& sizes)
{
    std::string text;
    for (const Json& size : sizes)
        text += (text.empty() ? "" : "x") + size.dump();
    return text;
}

/// One line of save.py; null at its end.
Json readLine(QProcess& process)
{
    while (!process.canReadLine())
        if (!process.waitForReadyRead(modelMilliseconds))
            return nullptr;
    return Json::parse(process.readLine().toStdString(), nullptr, false);
}

} // namespace

class TestTorchvision : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::map<Model, Json> m_saved; ///< lines of save.py
    QString m_versions;

private Q_SLOTS:
    void initTestCase()
    {
        const QString python = q("/usr/bin/python3");
        QProcess process;
        process.start(python, {q("-c"), q("import torch, torchvision")});
        if (!process.waitForFinished(startMilliseconds) || process.exitCode() != 0)
            QSKIP("Debian's python3-torch and python3-torchvision are not installed; "
                  "tests/torchvision/install.sh installs them");
        process.start(python,
                      {q(TEST_DATA "/torchvision/save.py"), q(published().string()), m_folder.path()});
        QVERIFY(process.waitForStarted(startMilliseconds));
        const Json versions = readLine(process);
        QVERIFY2(versions.is_object(), process.readAllStandardError().constData());
        m_versions = q(versions.dump());
        for (Json line = readLine(process); line.is_object(); line = readLine(process))
            m_saved.emplace(Model(line["name"], line["weights"]), line);
        QVERIFY(process.state() == QProcess::NotRunning || process.waitForFinished(startMilliseconds));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    }

    void multipliesAsOftenAsPublished()
    {
        std::string table =
            fmt::format("{:<28}{:<24}{:>16}{:>12}{:>12}\n", "model", "weights", "input", "published", "ours");
        Differences differences;
        const Json all = readJson(published()); // outlives the loop over a part of it
        for (const Json& model : all["models"]) {
            const auto saved = m_saved.find(Model(model["name"], model["weights"]));
            if (saved != m_saved.end())
                compareModel(model, saved->second, table, differences);
            else
                table += fmt::format("{:<28}not in this torchvision\n", model["name"].get<std::string>());
        }
        qInfo("%s\n%s", qUtf8Printable(m_versions), table.c_str());
        QVERIFY2(differences.none(), differences.text());
    }

private:
    static void compareModel(const Json& model, const Json& saved, std::string& table,
                             Differences& differences)
    {
        const auto name = model["name"].get<std::string>();
        const std::string input = shapeText(model["input"]);
        if (!saved.contains("file")) {
            differences.add(name + ": " + saved["error"].get<std::string>());
            return;
        }
        const auto result = runOf(saved["file"].get<std::string>(), std::vector{input});
        if (!result) {
            differences.add(name + ": " + result.error().text());
            return;
        }
        const Costs& total = result->costs.root().total;
        const std::string expected = fmt::format("{:.3f}", model["published_gmacs"].get<double>());
        const std::string found =
            fmt::format("{:.3f}", static_cast<double>(total.forward.macs.value()) / 1e9);
        table += fmt::format("{:<28}{:<24}{:>16}{:>12}{:>12}{}\n", name, model["weights"].get<std::string>(),
                             input, expected, found, expected == found ? "" : "  differs");
        differences.expectEqual(fmt::format("{} at {}, GMACs", name, input), found, expected);
        differences.expectEqual(name + ", parameters", total.params.value(),
                                model["params"].get<std::int64_t>());
        compareSum(*result, name, differences);
    }
};

QTEST_APPLESS_MAIN(TestTorchvision)
#include "tst_torchvision.moc"
