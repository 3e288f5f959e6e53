// SPDX-License-Identifier: GPL-3.0-or-later
// Exported programs of PyTorch 2.11 against what PyTorch's own FlopCounterMode counts of them; tests/programs
// made the files.

#include "core/sunflop.h"
#include "tests/support/counted_program.h"
#include "tests/support/reference.h"
#include "tests/support/text.h"

#include <QtTest>

#include <fstream>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

Q_DECLARE_METATYPE(nlohmann::json)

namespace {

std::vector<std::string> argumentsOf(const Json& run)
{
    return run["arguments"].get<std::vector<std::string>>();
}

/// Whether the program's first argument may have these sizes: those that are not free are its example's.
bool isOffered(const std::filesystem::path& path, const std::string& text)
{
    const auto source = openFile(path);
    const auto shapes = parseShapes(text);
    if (!source || !shapes || !source->program)
        return true;
    const std::vector<Dimension>& dimensions = source->program->arguments.front().dimensions;
    for (std::size_t i = 0; i < dimensions.size() && i < shapes->front().size(); ++i)
        if (!dimensions[i].isFree && shapes->front()[i] != dimensions[i].minimum)
            return false;
    return true;
}

} // namespace

class TestPrograms : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void multipliesAsOftenInEveryModule_data() { programs(); }
    void multipliesAsOftenInEveryModule()
    {
        QFETCH(std::string, file);
        QFETCH(Json, counted);
        Differences differences;
        for (std::size_t i = 0; i < counted["runs"].size(); ++i) {
            const auto result = runOf(programFolder() / file, argumentsOf(counted["runs"][i]));
            QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
            compare(*result, counted, i, differences);
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void holdsTheSameParameters_data() { programs(); }
    void holdsTheSameParameters()
    {
        QFETCH(std::string, file);
        QFETCH(Json, counted);
        const auto result = runOf(programFolder() / file, {});
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        QCOMPARE(result->costs.root().total.params.value(), counted["params"].get<std::int64_t>());
        QCOMPARE(q(result->trace.modules.front().className), q(counted["class"].get<std::string>()));
    }

    void runsAtTheSizesOfItsExample_data() { programs(); }
    void runsAtTheSizesOfItsExample()
    {
        QFETCH(std::string, file);
        QFETCH(Json, counted);
        const auto bare = runOf(programFolder() / file, {});
        const auto set = runOf(programFolder() / file, argumentsOf(counted["runs"][0]));
        QVERIFY(bare && set);
        QCOMPARE(bare->costs.root().total.forward.flops.value(),
                 set->costs.root().total.forward.flops.value());
    }

    void saysThatAValueDecidesASize()
    {
        const auto result = runOf(programFolder() / "chosen.pt2", {});
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        QVERIFY(!result->trace.notes.empty() || !result->source.notes.empty());
        QCOMPARE(result->costs.root().total.params.value(), 6 * 4 + 6 + 2 * 6 + 2);
    }

    void refusesSizesThatContradictEachOther()
    {
        const std::vector<std::string> contradicting{"3x14x3", "3x8x3"}; // x is [batch, 2 n], y [batch, n]
        const auto result = runOf(programFolder() / "derived.pt2", contradicting);
        QVERIFY(!result);
        QVERIFY(!result.error().detail.empty());
    }

    void refusesOtherSizesThanAStaticProgramHas()
    {
        const std::vector<std::string> larger{"2x3x32x20"};
        QVERIFY(!runOf(programFolder() / "static.pt2", larger));
    }

    void agreesWithTheReferenceAtEverySize_data() { referencePrograms(); }
    void agreesWithTheReferenceAtEverySize()
    {
        QFETCH(QString, file);
        QFETCH(Json, counted);
        const QTemporaryDir folder;
        const std::filesystem::path path = folder.filePath(file).toStdString();
        std::ofstream(path, std::ios::binary)
            << readText(referenceFolder() / "programs" / (file.toStdString() + ".gz"));
        Differences differences;
        for (const auto& [size, flops] : counted["flops"].items()) {
            const auto result = runOf(path, std::vector{size});
            if (!result && !isOffered(path, size))
                continue; // the file was exported for other sizes only
            QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
            differences.expectEqual(size + ", parameters", result->costs.root().total.params.value(),
                                    counted["params"].get<std::int64_t>());
            differences.expectEqual(size + ", FLOPs", result->costs.root().total.forward.flops.value(),
                                    flops.get<std::int64_t>());
            compareSum(*result, size, differences);
        }
        QVERIFY2(differences.none(), differences.text());
    }

private:
    static void programs()
    {
        QTest::addColumn<std::string>("file");
        QTest::addColumn<Json>("counted");
        for (const auto& [name, entry] : countedPrograms(".pt2"))
            if (!entry["runs"].empty())
                QTest::newRow(name.c_str()) << name << entry;
    }

    static void referencePrograms()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<Json>("counted");
        const Json all = readJson(referenceFolder() / "programs" / "programs.json");
        for (const auto& [name, entry] : all.items())
            if (name.ends_with(".pt2") && !entry["flops"].empty())
                QTest::newRow(name.c_str()) << q(name) << entry;
    }
};

QTEST_APPLESS_MAIN(TestPrograms)
#include "tst_programs.moc"
