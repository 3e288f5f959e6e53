// SPDX-License-Identifier: GPL-3.0-or-later
// TorchScript programs of PyTorch 2.11 against what PyTorch's own FlopCounterMode counts of them;
// tests/programs made the files.

#include "core/sunflop.h"
#include "tests/support/counted_program.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

Q_DECLARE_METATYPE(nlohmann::json)

class TestScripts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void holdsTheSameParameters_data() { programs(false); }
    void holdsTheSameParameters()
    {
        QFETCH(std::string, file);
        QFETCH(Json, counted);
        const auto source = openFile(programFolder() / file);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        std::int64_t params = 0;
        std::vector<std::int64_t> seen;
        for (const StoredTensor& tensor : source->stored->tensors) {
            if (tensor.kind == StoredTensor::Kind::Buffer || std::ranges::count(seen, tensor.memory) > 0)
                continue;
            if (tensor.memory >= 0)
                seen.push_back(tensor.memory);
            params += tensor.shape.elements().value();
        }
        QCOMPARE(params, counted["params"].get<std::int64_t>());
        QCOMPARE(q(source->stored->modules.front().className), q(counted["class"].get<std::string>()));
    }

    void multipliesAsOftenInEveryModule_data() { programs(true); }
    void multipliesAsOftenInEveryModule()
    {
        QFETCH(std::string, file);
        QFETCH(Json, counted);
        Differences differences;
        for (std::size_t i = 0; i < counted["runs"].size(); ++i) {
            const auto arguments = counted["runs"][i]["arguments"].get<std::vector<std::string>>();
            const auto result = runOf(programFolder() / file, arguments);
            QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
            compare(*result, counted, i, differences);
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void saysThatATraceHasItsBatchBakedIn()
    {
        const std::vector<std::string> arguments{"4x5x8"};
        const auto result = runOf(programFolder() / "baked_trace.pt", arguments);
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        QVERIFY(!result->trace.notes.empty() || !result->source.notes.empty());
    }

private:
    static void programs(bool isRun)
    {
        QTest::addColumn<std::string>("file");
        QTest::addColumn<Json>("counted");
        for (const auto& [name, entry] : countedPrograms(".pt"))
            if (!isRun || !entry["runs"].empty())
                QTest::newRow(name.c_str()) << name << entry;
    }
};

QTEST_APPLESS_MAIN(TestScripts)
#include "tst_scripts.moc"
