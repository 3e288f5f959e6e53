// SPDX-License-Identifier: GPL-3.0-or-later
// Models of torchvision, traced and scripted by Debian's Python and opened here, against what calflops and
// fvcore counted of each of their modules: count.py made the figures. Prints the table.

#include "core/sunflop.h"
#include "tests/support/differences.h"
#include "tests/support/folded_tree.h"
#include "tests/support/reference.h"
#include "tests/support/text.h"

#include <fmt/format.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <map>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

constexpr int startMilliseconds = 60'000;
constexpr int modelMilliseconds = 300'000;

std::filesystem::path here()
{
    return std::filesystem::path(TEST_DATA) / "torchvision";
}

/// "1x3x64x64"
std::string shapeText(const Json& sizes)
{
    std::string text;
    for (const Json& size : sizes)
        text += (text.empty() ? "" : "x") + size.dump();
    return text;
}

Result<Run> runOf(const std::string& file, const std::string& input, const char* convention)
{
    auto source = openFile(file);
    if (!source)
        return tl::unexpected(source.error());
    const auto offered = inputsOf(*source);
    if (!offered)
        return tl::unexpected(offered.error());
    const std::vector<Assignment> assignments{{std::string(offered->front().id), input}};
    return run(*std::move(source), assignments, *conventionNamed(convention).value());
}

} // namespace

class TestTorchvisionPeers : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Json m_models;  ///< rows of peers.json
    Json m_figures; ///< by model and path of a module: MACs and FLOPs of calflops, FLOPs of fvcore
    std::string m_table;

private Q_SLOTS:
    void initTestCase()
    {
        QProcess process;
        process.start(q("/usr/bin/python3"),
                      {q("-c"), q("import torch, torchvision; print(torchvision.__version__)")});
        if (!process.waitForFinished(startMilliseconds) || process.exitCode() != 0)
            QSKIP("Debian's python3-torch and python3-torchvision are not installed; "
                  "tests/torchvision/install.sh installs them");
        m_figures = readJson(here() / "peer_figures.json.gz");
        const QString version = QString::fromUtf8(process.readAll()).trimmed();
        if (version != q(m_figures["torchvision"].get<std::string>()))
            QSKIP(qUtf8Printable(q("the figures are of torchvision ") +
                                 q(m_figures["torchvision"].get<std::string>()) + q(", not of ") + version));
        m_models = readJson(here() / "peers.json")["models"];
        m_table = fmt::format("{:<32}{:<8}{:>16}{:>16}{:>16}  {}\n", "model", "file", "calflops MACs",
                              "calflops FLOPs", "fvcore FLOPs", "modules that differ");
    }

    void countsAsThePeersInEveryModule_data()
    {
        QTest::addColumn<bool>("traces");
        QTest::newRow("traced") << true;
        QTest::newRow("scripted") << false;
    }

    void countsAsThePeersInEveryModule()
    {
        QFETCH(bool, traces);
        Differences differences;
        const auto files = save(traces);
        for (const Json& model : m_models) {
            const auto name = model["name"].get<std::string>();
            const auto saved = files.find(name);
            if (saved == files.end() || !saved->second.contains("file"))
                differences.add(name + ": " + (saved == files.end() ? "not saved" : saved->second.dump()));
            else
                compare(saved->second["file"], model, traces ? "traced" : "scripted", differences);
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void cleanupTestCase()
    {
        if (!m_table.empty())
            qInfo("\n%s", m_table.c_str());
    }

private:
    /// Lines of save.py by name.
    std::map<std::string, Json> save(bool traces) const
    {
        QStringList arguments{q((here() / "save.py").string()), q((here() / "peers.json").string()),
                              m_folder.path()};
        if (traces)
            arguments << q("--trace");
        QProcess process;
        process.start(q("/usr/bin/python3"), arguments);
        std::map<std::string, Json> files;
        while (process.state() != QProcess::NotRunning || process.canReadLine()) {
            if (!process.canReadLine() && !process.waitForReadyRead(modelMilliseconds))
                break;
            while (process.canReadLine())
                if (const Json line = Json::parse(process.readLine().toStdString(), nullptr, false);
                    line.is_object() && line.contains("name"))
                    files.emplace(line["name"], line);
        }
        return files;
    }

    void compare(const std::string& file, const Json& model, const char* kind, Differences& differences)
    {
        const auto name = model["name"].get<std::string>();
        const std::string input = shapeText(model["input"]);
        const auto calflops = runOf(file, input, "calflops");
        const auto fvcore = runOf(file, input, "fvcore");
        if (!calflops || !fvcore) {
            differences.add(
                fmt::format("{}, {}: {}", name, kind, (calflops ? fvcore : calflops).error().text()));
            return;
        }
        std::size_t differing = 0;
        const Json figures = m_figures["models"][name];
        for (const auto& [path, figure] : figures.items()) {
            const Json found = figuresOf(*calflops, *fvcore, path);
            differing += found == figure ? 0 : 1;
            differences.expectEqual(fmt::format("{}, {}, \"{}\"", name, kind, path), found.dump(),
                                    figure.dump());
        }
        const Json total = figuresOf(*calflops, *fvcore, {});
        m_table += fmt::format("{:<32}{:<8}{:>16}{:>16}{:>16}  {} of {}\n", name, kind, total[0].dump(),
                               total[1].dump(), total[2].dump(), differing, figures.size());
    }

    /// MACs and FLOPs by calflops and FLOPs by fvcore of one module; what never ran has none.
    static Json figuresOf(const Run& calflops, const Run& fvcore, const std::string& path)
    {
        const auto one = costsOfEach(calflops, path);
        const auto other = costsOfEach(fvcore, path);
        return {one ? one->forward.macs.value() : 0, one ? one->forward.flops.value() : 0,
                other ? other->forward.flops.value() : 0};
    }
};

QTEST_APPLESS_MAIN(TestTorchvisionPeers)
#include "tst_torchvision_peers.moc"
