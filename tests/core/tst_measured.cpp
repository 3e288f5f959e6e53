// SPDX-License-Identifier: GPL-3.0-or-later
// Small models of our own as transformers 5.17 builds and runs them; the scripts in tests/measured made the
// figures.

#include "core/sunflop.h"
#include "tests/support/differences.h"
#include "tests/support/folded_tree.h"
#include "tests/support/reference.h"

#include <fmt/format.h>

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// Every measured model under its name.
const Json& measuredModels()
{
    static const Json all = [] {
        Json models = Json::object();
        for (const char* file : {"decoders.json.gz", "vit.json.gz"})
            models.update(readJson(std::filesystem::path(TEST_DATA) / "measured" / file)["models"]);
        return models;
    }();
    return all;
}

Result<Run> runOf(const Json& config, const Json& inputs)
{
    std::vector<Assignment> assignments{{"transformers", "5.17"}};
    for (const auto& [id, value] : inputs.items())
        assignments.push_back({id, value.is_string() ? value.get<std::string>() : value.dump()});
    Source source{.name = "measured", .place = "measured", .format = "hfconfig", .config = Config(config)};
    return run(std::move(source), assignments, *conventionNamed("flopcounter").value());
}

} // namespace

class TestMeasured : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void buildsTheSameTree_data() { models(); }
    void buildsTheSameTree()
    {
        QFETCH(std::string, model);
        const Json& measured = measuredModels()[model];
        const auto result = runOf(measured["config"], Json::object());
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        Differences differences;
        for (const auto& [path, expected] : measured["tree"].items()) {
            const auto id = findModule(result->trace, path);
            if (!id) {
                differences.add(path + " is missing");
                continue;
            }
            const Module& module = result->trace.modules[static_cast<std::size_t>(*id)];
            const CostNode& node = result->costs.nodes[static_cast<std::size_t>(*id)];
            differences.expectEqual(path + " class", module.className, expected[0].get<std::string>());
            differences.expectEqual(path + " params", node.each.params.value(),
                                    expected[1].get<std::int64_t>());
            differences.expectEqual(path + " prints", module.detail, expected[2].get<std::string>());
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void multipliesAsOftenInEveryRun_data() { models(); }
    void multipliesAsOftenInEveryRun()
    {
        QFETCH(std::string, model);
        const Json& measured = measuredModels()[model];
        Differences differences;
        for (const Json& entry : measured["runs"]) {
            const auto result = runOf(measured["config"], entry[0]);
            QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
            for (const auto& [path, flops] : entry[1].items()) {
                const auto costs = costsOfEach(*result, path);
                const std::string what =
                    fmt::format("{} of {}", path.empty() ? "model" : path, entry[0].dump());
                if (costs)
                    differences.expectEqual(what, costs->forward.flops.value(), flops.get<std::int64_t>());
                else
                    differences.add(what + " is missing");
            }
        }
        QVERIFY2(differences.none(), differences.text());
    }

private:
    static void models()
    {
        QTest::addColumn<std::string>("model");
        for (const auto& [name, measured] : measuredModels().items())
            QTest::newRow(name.c_str()) << name;
    }
};

QTEST_APPLESS_MAIN(TestMeasured)
#include "tst_measured.moc"
