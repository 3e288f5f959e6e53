// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints that PyTorch 2.11 and safetensors wrote against what their tensors say of themselves;
// tests/programs made the files.

#include "core/sunflop.h"
#include "tests/support/counted_program.h"
#include "tests/support/reference.h"
#include "tests/support/text.h"

#include <fmt/format.h>

#include <QtTest>

#include <map>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

const Json& checkpoints()
{
    static const Json all = readJson(programFolder() / "counts.json")["checkpoints"];
    return all;
}

const StoredTensor* tensorNamed(const Stored& stored, const std::string& name)
{
    const auto found = std::ranges::find(stored.tensors, name, &StoredTensor::name);
    return found == stored.tensors.end() ? nullptr : &*found;
}

std::string text(const Shape& shape)
{
    std::vector<std::int64_t> sizes;
    for (std::size_t i = 0; i < shape.rank(); ++i)
        sizes.push_back(shape[i]);
    return Json(sizes).dump();
}

} // namespace

class TestCheckpoints : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void listsEveryTensorWithShapeAndType_data() { files(); }
    void listsEveryTensorWithShapeAndType()
    {
        QFETCH(std::string, file);
        const auto source = openFile(programFolder() / file);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const Json& expected = checkpoints()[file]["tensors"];
        Differences differences;
        differences.expectEqual("tensors", source->stored->tensors.size(), expected.size());
        for (const Json& tensor : expected) {
            const std::string name = tensor[0];
            const StoredTensor* found = tensorNamed(*source->stored, name);
            if (!found) {
                differences.add(name + " is missing");
                continue;
            }
            differences.expectEqual(name + ", shape", text(found->shape), tensor[1].dump());
            if (const auto dtype = dtypeNamed(tensor[2].get<std::string>()))
                differences.expectEqual(name + ", dtype", info(found->dtype).id, info(*dtype).id);
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void findsWhichTensorsShareMemory_data()
    {
        QTest::addColumn<std::string>("file");
        for (const char* file : {"tied_state.pt", "tied_state_legacy.pt", "parameters.pt", "small_state.pt",
                                 "whole.pt", "whole_legacy.pt"})
            QTest::newRow(file) << std::string(file);
    }
    void findsWhichTensorsShareMemory()
    {
        QFETCH(std::string, file);
        const auto source = openFile(programFolder() / file);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const Json& expected = checkpoints()[file]["tensors"];
        Differences differences;
        for (const Json& a : expected)
            for (const Json& b : expected) {
                if (a[1] != b[1] || a[0] == b[0])
                    continue;
                const StoredTensor* first = tensorNamed(*source->stored, a[0]);
                const StoredTensor* second = tensorNamed(*source->stored, b[0]);
                if (first && second)
                    differences.expectEqual(fmt::format("{} and {}", a[0].dump(), b[0].dump()),
                                            first->memory >= 0 && first->memory == second->memory,
                                            a[3] == b[3]);
            }
        QVERIFY2(differences.none(), differences.text());
    }

    void keepsTheTreeOfAWholeModel_data()
    {
        QTest::addColumn<std::string>("file");
        QTest::newRow("zip") << std::string("whole.pt");
        QTest::newRow("legacy") << std::string("whole_legacy.pt");
    }
    void keepsTheTreeOfAWholeModel()
    {
        QFETCH(std::string, file);
        const auto source = openFile(programFolder() / file);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        std::map<std::string, const StoredModule*> modules;
        for (const StoredModule& module : source->stored->modules)
            modules.emplace(module.path, &module);
        Differences differences;
        for (const Json& expected : checkpoints()[file]["modules"]) {
            const auto found = modules.find(expected[0]);
            if (found == modules.end()) {
                differences.add(expected[0].dump() + " is missing");
                continue;
            }
            const auto& [path, module] = *found;
            const auto className = expected[1].get<std::string>();
            differences.expectEqual(path + ", class", module->className, className);
            // A class of our own prints nothing, and a list of parameters several lines.
            if (className == "Scaled")
                differences.expectEqual(path + ", details", module->detail, "width=6, factor=0.5");
            else if (className != "ParameterList")
                differences.expectEqual(path + ", details", module->detail, expected[2].get<std::string>());
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void tellsBuffersFromParametersOfAWholeModel()
    {
        const auto source = openFile(programFolder() / "whole.pt");
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const auto buffers = checkpoints()["whole.pt"]["buffers"].get<std::vector<std::string>>();
        Differences differences;
        for (const StoredTensor& tensor : source->stored->tensors)
            differences.expectEqual(tensor.name, tensor.kind == StoredTensor::Kind::Buffer,
                                    std::ranges::find(buffers, tensor.name) != buffers.end());
        QVERIFY2(differences.none(), differences.text());
    }

    void countsATiedTensorOnce()
    {
        // 50 x 12 once though it stands under two names, a linear layer of 12 x 12 and its bias.
        for (const char* file : {"tied_state.pt", "tied_state_legacy.pt", "parameters.pt"}) {
            const auto result = runOf(programFolder() / file, {});
            QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
            QCOMPARE(result->costs.root().total.params.value(), 50 * 12 + 12 * 12 + 12);
            QVERIFY(result->trace.isEstimate);
        }
    }

private:
    static void files()
    {
        QTest::addColumn<std::string>("file");
        for (const auto& [name, entry] : checkpoints().items())
            QTest::newRow(name.c_str()) << name;
    }
};

QTEST_APPLESS_MAIN(TestCheckpoints)
#include "tst_checkpoints.moc"
