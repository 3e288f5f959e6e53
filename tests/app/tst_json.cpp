// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

using Json = nlohmann::ordered_json;

/// The JSON that scripts read: its keys, their order and their types are promised.
class TestJson : public QObject {
    Q_OBJECT

    Json m_document;

    static QString keys(const Json& object)
    {
        QStringList names;
        for (const auto& [key, value] : object.items())
            names << q(key);
        return names.join(QLatin1Char(' '));
    }
    const Json& module(std::string_view path) const
    {
        for (const Json& entry : m_document["modules"])
            if (entry["path"] == path)
                return entry;
        qFatal("no module at this path");
    }

private Q_SLOTS:
    void initTestCase()
    {
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath(q("tiny")));
        QFile config(folder.filePath(q("tiny/config.json")));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write(QByteArray::fromStdString(smallDecoder("llama").dump()));
        config.close();
        const Outcome outcome = runProgram(q(SUNFLOP_PROGRAM),
                                           {q("report"), q("tiny"), q("--set"), q("text_tokens=5"),
                                            q("--set"), q("batch=3"), q("--set"), q("transformers=4.48"),
                                            q("--convention"), q("flopcounter"), q("--format"), q("json")},
                                           {.folder = folder.path()});
        QVERIFY2(outcome.status == 0, qPrintable(outcome.text()));
        m_document = Json::parse(outcome.out.toStdString(), nullptr, false);
        QVERIFY(m_document.is_object());
    }

    void keysStandInTheirPromisedOrder()
    {
        QCOMPARE(keys(m_document),
                 q("model source convention inputs totals memory timing modules estimate notes"));
        QCOMPARE(
            keys(m_document["totals"]),
            q("params active_params macs flops backward_flops uncounted_ops trainable_params frozen_params "
              "activations global_batch"));
        QCOMPARE(keys(m_document["memory"]), q("weights kv_cache activations gradients optimizer peak "
                                               "rounding workspace context reserved held "
                                               "saved stage"));
        for (const Json& entry : m_document["modules"]) {
            QCOMPARE(keys(entry),
                     q("path class detail role instances each total uncounted memory timing "
                       "trainable_params frozen_params activations input_shapes output_shapes ran own"));
            for (const Json& part : entry["own"])
                QCOMPARE(keys(part), q("kind name calls counted total"));
            QCOMPARE(keys(entry["each"]), q("params macs flops"));
            QCOMPARE(keys(entry["total"]), q("params macs flops"));
        }
    }

    void countsAreIntegersAndTheRestIsText()
    {
        for (const char* text : {"model", "source", "convention"})
            QVERIFY2(m_document[text].is_string(), text);
        for (const Json& count : m_document["totals"])
            QVERIFY(count.is_number_integer());
        for (const auto& [key, bytes] : m_document["memory"].items())
            QVERIFY2(key == "stage" ? bytes == "prefill" : bytes.is_number_integer(), key.c_str());
        for (const char* text : {"device", "preset"})
            QVERIFY2(m_document["timing"][text].is_string(), text);
        QVERIFY(m_document["timing"]["seconds"] > 0);
        QVERIFY(m_document["timing"]["tokens_per_second"].is_null()); // nothing is generated
        for (const Json& entry : m_document["modules"]) {
            for (const char* text : {"path", "class", "detail", "role"})
                QVERIFY2(entry[text].is_string(), text);
            QVERIFY(entry["instances"].is_number_integer() && entry["instances"] >= 1);
            for (const char* count : {"trainable_params", "frozen_params", "activations"})
                QVERIFY2(entry[count].is_number_integer(), count);
            QVERIFY(entry["input_shapes"].is_array() && entry["output_shapes"].is_array());
            QVERIFY(entry["ran"].is_boolean());
            for (const Json& calls : entry["uncounted"])
                QVERIFY(calls.is_number_integer() && calls > 0);
        }
    }

    void saysWhatWasRun()
    {
        QCOMPARE(q(m_document["model"].get<std::string>()), q("tiny"));
        QCOMPARE(q(m_document["source"].get<std::string>()), q("tiny/config.json"));
        QCOMPARE(q(m_document["convention"].get<std::string>()), q("flopcounter"));
        const Json& inputs = m_document["inputs"];
        QCOMPARE(keys(inputs),
                 q("batch text_tokens new_tokens cached_tokens attention logits transformers "
                   "weight_dtype activation_dtype kv_dtype kv_cache lora_rank lora_targets lifetimes mode "
                   "optimizer recipe optimizer_step checkpointing autocast accumulation "
                   "data_parallel zero_stage gradient_buckets tensor_parallel sequence_parallel "
                   "pipeline_parallel context_parallel expert_parallel device preset"));
        QVERIFY(inputs["batch"] == 3 && inputs["text_tokens"] == 5 && inputs["new_tokens"] == 0);
        QVERIFY(inputs["transformers"] == "4.48" && inputs["attention"] == "sdpa" &&
                inputs["logits"] == "all");
    }

    void figuresAreThoseOfTheModel()
    {
        constexpr std::int64_t attention = 8 * 8 + 2 * (4 * 8) + 8 * 8;
        constexpr std::int64_t layer = attention + 3 * (12 * 8);
        constexpr std::int64_t params = 16 * 8 + 4 * (layer + 2 * 8) + 8 + 16 * 8;
        constexpr std::int64_t rotary = (4 / 2) * 5;
        constexpr std::int64_t macs = 3 * 5 * (4 * layer + 16 * 8) + 4 * 3 * (2 * (5 * 5) * (4 + 4)) + rotary;
        const Json& totals = m_document["totals"];
        QCOMPARE(totals["params"].get<qint64>(), params);
        QCOMPARE(totals["active_params"].get<qint64>(), params);
        QCOMPARE(totals["macs"].get<qint64>(), macs);
        QCOMPARE(totals["flops"].get<qint64>(), 2 * macs);
        QCOMPARE(m_document["memory"]["weights"].get<qint64>(), 2 * params);
        QCOMPARE(m_document["memory"]["kv_cache"].get<qint64>(), 2 * 4 * 3 * 5 * (2 * 4));
    }

    void aFoldedRunShowsOneAndAll()
    {
        const Json& projection = module("model.layers.0-3.self_attn.q_proj");
        QVERIFY(projection["class"] == "Linear" && projection["role"] == "attention");
        QVERIFY(projection["detail"] == "in_features=8, out_features=8, bias=False");
        QCOMPARE(projection["instances"].get<qint64>(), 4);
        QCOMPARE(projection["each"]["params"].get<qint64>(), 8 * 8);
        QCOMPARE(projection["each"]["macs"].get<qint64>(), 3 * 5 * 8 * 8);
        QCOMPARE(projection["total"]["params"].get<qint64>(), 4 * 8 * 8);
        QCOMPARE(projection["total"]["flops"].get<qint64>(), 2 * 4 * 3 * 5 * 8 * 8);
    }

    void modulesTellShapesAndActivations()
    {
        const Json& projection = module("model.layers.0-3.self_attn.k_proj");
        QCOMPARE(projection["input_shapes"].dump(), std::string("[[3,5,8]]"));
        QCOMPARE(projection["output_shapes"].dump(), std::string("[[3,5,4]]"));
        QCOMPARE(projection["activations"].get<qint64>(), 4 * 3 * 5 * 4);
        QCOMPARE(projection["trainable_params"].get<qint64>(), 4 * 4 * 8);
        QCOMPARE(projection["frozen_params"].get<qint64>(), 0);
        QVERIFY(projection["ran"] == true);
        QVERIFY(m_document["totals"]["trainable_params"] == m_document["totals"]["params"]);
    }

    void theModelComesFirstWithAnEmptyPath()
    {
        const Json& first = m_document["modules"].front();
        QVERIFY(first["path"] == "" && first["class"] == "LlamaForCausalLM");
        QVERIFY(first["total"]["macs"] == m_document["totals"]["macs"]);
    }

    void uncountedCallsAreNamedAndAddUp()
    {
        // Two norms a layer and the last one: x * rsqrt(...), then the weight; SiLU and gate in every layer.
        const Json& norm = module("model.norm")["uncounted"];
        QCOMPARE(keys(norm).split(QLatin1Char(' ')).size(), 5);
        for (const char* once : {"pow", "mean", "rsqrt", "add"})
            QCOMPARE(norm[once].get<int>(), 1);
        QCOMPARE(norm["mul"].get<int>(), 2);
        QCOMPARE(module("model.layers.0-3.mlp")["uncounted"].dump(), std::string("{\"mul\":4,\"silu\":4}"));
        qint64 sum = 0;
        for (const Json& calls : m_document["modules"].front()["uncounted"])
            sum += calls.get<qint64>();
        QCOMPARE(m_document["totals"]["uncounted_ops"].get<qint64>(), sum);
    }
};

QTEST_APPLESS_MAIN(TestJson)
#include "tst_json.moc"
