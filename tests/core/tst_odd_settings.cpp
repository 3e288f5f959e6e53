// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/odd_settings.h"
#include "core/run/remarks.h"
#include "core/sunflop.h"
#include "tests/support/small_models.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

using Json = nlohmann::json;

/// Eight query heads over four key heads of 4 features, MLP 12, 32 positions.
Json decoder(const Json& changes = {})
{
    Json all{{"num_attention_heads", 8},
             {"num_key_value_heads", 4},
             {"max_position_embeddings", 32},
             {"torch_dtype", "bfloat16"}};
    if (changes.is_object())
        all.update(changes);
    return smallDecoder("llama", all);
}

QString notesOf(const Run& run)
{
    QStringList notes;
    for (const std::string& note : oddSettings(run))
        notes << QString::fromStdString(note);
    return notes.join(QLatin1Char('\n'));
}

QString notesOf(const Json& config, const std::vector<Assignment>& settings)
{
    return notesOf(runOf(config, settings));
}

/// 0: not told.
std::int64_t contextOf(const Json& config)
{
    return contextTokens(Config(config)).value_or(0);
}

} // namespace

/// What is told of settings under which figures mean something else than they seem to.
class TestOddSettings : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ordinaryRunsHaveNone()
    {
        for (const BundledModel& model : bundledModels()) {
            const auto ordinary = run(*open(std::string(model.name)), {}, conventions().front());
            QVERIFY2(ordinary, model.name.data());
            QVERIFY2(oddSettings(*ordinary).empty(), model.name.data());
        }
    }

    void evenCutsHaveNone()
    {
        for (const char* devices : {"2", "4"})
            QCOMPARE(notesOf(decoder(), {{"text_tokens", "8"}, {"tensor_parallel", devices}}), QString());
        QCOMPARE(notesOf(decoder(), {{"text_tokens", "8"}, {"pipeline_parallel", "4"}}), QString());
    }

    void sequencesBeyondTheContextAreTold()
    {
        const auto isTold = [](const std::vector<Assignment>& settings) {
            return notesOf(decoder(), settings).contains(QStringLiteral("longer than the 32 positions"));
        };
        QVERIFY(!isTold({{"text_tokens", "32"}}));
        QVERIFY(isTold({{"text_tokens", "33"}}));
        QVERIFY(!isTold({{"text_tokens", "16"}, {"cached_tokens", "12"}, {"new_tokens", "4"}}));
        QVERIFY(isTold({{"text_tokens", "16"}, {"cached_tokens", "12"}, {"new_tokens", "5"}}));
        // Images take positions of the language model: 32,768 of Qwen2.5 less 32,000 of text are 768, and a
        // tile of Ovis takes more than one of them.
        const auto images =
            run(*open("ovis2-4b"), std::vector<Assignment>{{"text_tokens", "32700"}, {"tiles", "9"}},
                conventions().front());
        QVERIFY(images);
        QVERIFY(images->trace.run.promptTokens > 32'768);
        QVERIFY(notesOf(*images).contains(QStringLiteral("longer than the 32768 positions")));
    }

    void ropeScalingStretchesTheContext()
    {
        QCOMPARE(contextOf(Json::object()), 0);
        QCOMPARE(contextOf({{"max_position_embeddings", 4096}}), 4096);
        const auto scaled = [](const Json& scaling, std::int64_t positions) {
            return contextOf({{"max_position_embeddings", positions}, {"rope_scaling", scaling}});
        };
        QCOMPARE(scaled({{"type", "linear"}, {"factor", 4.0}}, 4096), 4 * 4096);
        QCOMPARE(
            scaled({{"type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 32768}}, 32768),
            4 * 32768);
        // DeepSeek writes the stretched number itself.
        QCOMPARE(scaled({{"rope_type", "yarn"}, {"factor", 40}, {"original_max_position_embeddings", 4096}},
                        163840),
                 40 * 4096);
        // Llama 3.2 was made for 131,072; 32 is no factor on top of them.
        QCOMPARE(
            scaled({{"rope_type", "llama3"}, {"factor", 32.0}, {"original_max_position_embeddings", 8192}},
                   131072),
            131072);
        QCOMPARE(contextOf({{"max_position_embeddings", 4096},
                            {"rope_parameters", {{"rope_type", "dynamic"}, {"factor", 2.0}}}}),
                 2 * 4096);
        // The language model's, not the tower's.
        QCOMPARE(contextOf({{"vision_config", {{"max_position_embeddings", 77}}},
                            {"text_config", {{"max_position_embeddings", 8192}}}}),
                 8192);
        QCOMPARE(scaled("none", 4096), 4096);
        QCOMPARE(scaled({{"type", 7}, {"factor", "4"}}, 4096), 4096);
        QCOMPARE(scaled({{"type", "linear"}, {"factor", 1e300}}, 4096), 4096);
    }

    void unevenCutsAreTold_data()
    {
        QTest::addColumn<QString>("devices");
        QTest::addColumn<QString>("told");
        QTest::newRow("heads") << "3"
                               << "does not divide the 8 attention heads";
        QTest::newRow("key heads") << "3"
                                   << "does not divide the 4 key heads";
        QTest::newRow("features") << "8"
                                  << "does not divide the 12 features of the MLP";
        QTest::newRow("replicated") << "8"
                                    << "4 key heads on 8 devices: each is held by 2 of them";
        QTest::newRow("neither") << "6"
                                 << "does not divide the 4 key heads";
    }

    void unevenCutsAreTold()
    {
        QFETCH(QString, devices);
        QFETCH(QString, told);
        for (const char* kernel : {"sdpa", "eager"}) {
            const QString notes = notesOf(
                decoder(),
                {{"text_tokens", "8"}, {"attention", kernel}, {"tensor_parallel", devices.toStdString()}});
            QVERIFY2(notes.contains(told), qPrintable(notes));
        }
    }

    void moreStagesThanLayersAreTold()
    {
        QVERIFY(notesOf(decoder(), {{"text_tokens", "8"}, {"pipeline_parallel", "5"}})
                    .contains(QStringLiteral("more than the 4 layers")));
    }

    void arithmeticThatADeviceLacksIsTold_data()
    {
        QTest::addColumn<QString>("device");
        QTest::addColumn<QString>("dtype");
        QTest::addColumn<QString>("told"); ///< empty: nothing
        QTest::newRow("bf16 on a T4") << "T4"
                                      << "bf16"
                                      << "has no bf16 arithmetic: products in it are timed";
        QTest::newRow("fp16 on a T4") << "T4"
                                      << "fp16"
                                      << "";
        QTest::newRow("bf16 on an A100") << "A100"
                                         << "bf16"
                                         << "";
        QTest::newRow("fp8 on an A100") << "A100"
                                        << "fp8"
                                        << "has no fp8 arithmetic";
        QTest::newRow("fp8 on an H100") << "H100"
                                        << "fp8"
                                        << "";
        QTest::newRow("fp32 on a TPU") << "tpu-v5e"
                                       << "fp32"
                                       << "has no fp32 arithmetic";
    }

    void arithmeticThatADeviceLacksIsTold()
    {
        QFETCH(QString, device);
        QFETCH(QString, dtype);
        QFETCH(QString, told);
        const QString notes = notesOf(decoder(), {{"text_tokens", "8"},
                                                  {"device", device.toStdString()},
                                                  {"weight_dtype", dtype.toStdString()},
                                                  {"activation_dtype", dtype.toStdString()}});
        QVERIFY2(told.isEmpty() ? notes.isEmpty() : notes.contains(told), qPrintable(notes));
    }

    void weightsThatAreWidenedFirstAreTold()
    {
        const auto notes = [](const char* device, const char* dtype) {
            return notesOf(decoder(), {{"text_tokens", "8"}, {"device", device}, {"weight_dtype", dtype}});
        };
        QVERIFY(notes("A100", "fp8").contains(QStringLiteral("weights stored so are widened")));
        QCOMPARE(notes("H100", "fp8"), QString());
        QCOMPARE(notes("A100", "int8"), QString()); // a way to store them on every device
    }

    void releasesWhoseLayoutIsNotKnownAreTold()
    {
        const auto notes = [](const char* own, const std::vector<Assignment>& settings) {
            return notesOf(decoder({{"transformers_version", own}}), settings);
        };
        QVERIFY(notes("4.31.0", {{"text_tokens", "8"}}).contains(QStringLiteral("4.31 is older than 4.37")));
        QVERIFY(notes("4.48.0", {{"text_tokens", "8"}, {"transformers", "4.30"}})
                    .contains(QStringLiteral("4.30 is older than 4.37")));
        QCOMPARE(notes("4.37.0", {{"text_tokens", "8"}}), QString());
        QVERIFY(notes("5.99.0", {{"text_tokens", "8"}})
                    .contains(QStringLiteral("names transformers 5.99, newer than 5.17")));
        QCOMPARE(notes("5.99.0", {{"text_tokens", "8"}, {"transformers", "5.0"}}), QString());
        QCOMPARE(notes("5.17.0.dev0", {{"text_tokens", "8"}}), QString());
    }

    void theBatchOfAllDevicesIsTold()
    {
        QVERIFY(
            notesOf(decoder(), {{"text_tokens", "8"}, {"batch", "3"}, {"data_parallel", "4"}})
                .contains(QStringLiteral("batch=3 is that of each of 4 data-parallel devices: 12 in all.")));
        const Run step = runOf(decoder(), {{"text_tokens", "8"},
                                           {"batch", "3"},
                                           {"data_parallel", "4"},
                                           {"mode", "training"},
                                           {"accumulation", "2"}});
        QCOMPARE(step.workload.globalBatch().value(), 3 * 4 * 2);
        QVERIFY(notesOf(step).contains(QStringLiteral("24 in all, 2 micro-batches a step")));
    }

    void theyAreAmongTheRunsRemarks()
    {
        const Run run = runOf(decoder(), {{"text_tokens", "33"}});
        const std::vector<std::string> remarks = remarksOf(run);
        QVERIFY(std::ranges::find(remarks, oddSettings(run).front()) != remarks.end());
    }

    void aConfigOlderThanItsModelsKnownLayoutIsTold()
    {
        const auto notes = [](const char* version, const std::vector<Assignment>& settings = {}) {
            return notesOf(smallDecoder("gemma2", {{"transformers_version", version}}), settings);
        };
        QCOMPARE(
            notes("4.42.0"),
            QStringLiteral("The config names transformers 4.42, older than 4.53, the oldest whose layout "
                           "of this model is known: modules and operators are those of 4.53."));
        QCOMPARE(notes("4.53.1"), QString());
        QCOMPARE(notes("4.42.0", {{"transformers", "5.17"}}), QString());
    }
};

QTEST_APPLESS_MAIN(TestOddSettings)
#include "tst_odd_settings.moc"
