// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/exporter.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr std::int64_t largest = ConfigReader::largest;

/// The widest decoder that a config may describe.
nlohmann::json widest(std::string_view modelType)
{
    return smallDecoder(modelType, {{"hidden_size", largest},
                                    {"intermediate_size", largest},
                                    {"num_attention_heads", largest},
                                    {"num_key_value_heads", largest},
                                    {"head_dim", largest - 1},
                                    {"vocab_size", largest},
                                    {"num_hidden_layers", 4'000}});
}

/// The longest run of it that may be asked for.
const std::vector<Assignment> longest{
    {"batch", "1048576"}, {"text_tokens", "1Gi"}, {"cached_tokens", "1Gi"}, {"new_tokens", "1Gi"}};

} // namespace

class TestSaturation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void absurdSizesSaturate_data()
    {
        QTest::addColumn<QString>("modelType");
        QTest::addColumn<QString>("kernel");
        QTest::addColumn<QString>("convention");
        for (const char* modelType : {"llama", "mistral", "qwen2", "qwen3"})
            for (const char* kernel : {"eager", "sdpa", "flash"})
                for (const Convention& convention : conventions())
                    QTest::addRow("%s, %s, %s", modelType, kernel, convention.id.data())
                        << QString::fromUtf8(modelType) << QString::fromUtf8(kernel) << q(convention.id);
    }

    void absurdSizesSaturate()
    {
        QFETCH(QString, modelType);
        QFETCH(QString, kernel);
        QFETCH(QString, convention);
        std::vector<Assignment> settings = longest;
        settings.push_back({"attention", kernel.toStdString()});
        const Run run = runOf(widest(modelType.toStdString()), settings, convention.toStdString());
        const Costs& whole = run.costs.root().total;
        for (const Count count : {whole.params, whole.activeParams, whole.forward.macs, whole.forward.flops,
                                  whole.weightBytes, whole.kvCacheBytes})
            QVERIFY(count.isSaturated());
        for (const CostNode& node : run.costs.nodes)
            for (const Work& work :
                 {node.self.forward, node.each.forward, node.total.forward, node.total.backward})
                QVERIFY2(work.macs >= Count(0) && work.flops >= Count(0), "a count wrapped");
    }

    void absurdImagesSaturate()
    {
        const nlohmann::json tower{{"hidden_size", largest - 1},   {"num_attention_heads", 2},
                                   {"intermediate_size", largest}, {"num_hidden_layers", 4'000},
                                   {"image_size", 65536},          {"patch_size", 1}};
        const nlohmann::json config{{"model_type", "internvl_chat"}, {"vision_config", tower},
                                    {"llm_config", widest("llama")}, {"downsample_ratio", 0.5},
                                    {"dynamic_image_size", true},    {"max_dynamic_patch", 4096}};
        std::vector<Assignment> settings = longest;
        settings.push_back({"images", "65536"});
        settings.push_back({"tiles", "4096"});
        const Run run = runOf(config, settings);
        QCOMPARE(run.trace.run.images->featureTokens,
                 std::int64_t{65536} * 4096 * (std::int64_t{65536 / 2} * (65536 / 2)));
        for (const CostNode& node : run.costs.nodes)
            QVERIFY2(node.total.forward.macs >= Count(0) && node.total.forward.flops >= Count(0),
                     "it wrapped");
        QVERIFY(run.costs.nodes[1].total.forward.macs.isSaturated());
    }

    void theReportSaysAtLeast()
    {
        const Run run = runOf(widest("llama"), longest);
        const QString report = q(exportedText(**exporterNamed("calflops"), run));
        // 2^63 / 1e12, rounded to two decimals and cut to six digits.
        QVERIFY2(report.contains(q(">= 9.22337e+06 T = 100% Params, >= 9.22337e+06 TMACs = 100% MACs")),
                 qPrintable(report));
    }

    void everyExporterWritesSaturatedRuns()
    {
        const Run run = runOf(widest("llama"), longest);
        for (const Exporter& exporter : exporters()) {
            const QString text = q(exportedText(exporter, run));
            QVERIFY2(text.contains(q("9223372036854775807")) || text.contains(q(">= 9.22337e+06")) ||
                         text.contains(q(">= 9.22 E")), // 2^63 / 1e18 with three digits
                     exporter.id.data());
            QVERIFY2(!text.contains(q("-9223372036854775808")), exporter.id.data());
        }
    }

    void longGenerationsAreCountedWithoutLooping()
    {
        // Query and key widths of one token: 2 heads of 4; a plain decode step at k keys costs 2 * 2 * 4 * k.
        const auto macs = [](const char* newTokens) {
            return runOf(smallDecoder("llama"), {{"text_tokens", "1"}, {"new_tokens", newTokens}})
                .costs.root()
                .total.forward.macs.value();
        };
        constexpr std::int64_t layers = 4;
        constexpr std::int64_t steps = (1 << 20) - 1;
        constexpr std::int64_t keys = steps * (steps + 1) / 2 + steps; // 2, 3, ..., steps + 1
        constexpr std::int64_t projections = 8 * 8 + 2 * (8 * 4) + 8 * 8 + 3 * (8 * 12);
        constexpr std::int64_t rotary = 4 / 2;
        QCOMPARE(macs("1Mi") - macs("1"),
                 layers * (steps * projections + keys * (2 * 2 * 4)) + steps * (rotary + 8 * 16));
    }
};

QTEST_APPLESS_MAIN(TestSaturation)
#include "tst_saturation.moc"
