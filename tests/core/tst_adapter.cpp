// SPDX-License-Identifier: GPL-3.0-or-later
// Folders of peft against sizes worked out beside each case: r * (in + out) for each layer with an adapter.

#include "core/memory/expanded_weights.h"
#include "core/run/module_facts.h"
#include "core/sunflop.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"
#include "tests/support/written_adapters.h"

#include <QFile>
#include <QtTest>

#include <algorithm>
#include <tuple>
#include <utility>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

std::int64_t params(const Run& run)
{
    return run.costs.root().total.params.value();
}

std::int64_t macs(const Run& run)
{
    return run.costs.root().total.forward.macs.value();
}

std::int64_t trained(const Run& run)
{
    return moduleFacts(run.trace).front().trainableParams.value();
}

/// Labels of the layers' runs.
QStringList layersOf(const Run& run)
{
    QStringList labels;
    for (const Module& module : run.trace.modules)
        if (module.className.ends_with("DecoderLayer"))
            labels.append(q(module.label()));
    return labels;
}

bool hasNote(const Run& run, std::string_view part)
{
    const auto has = [&](const std::string& note) { return note.find(part) != std::string::npos; };
    return std::ranges::any_of(run.source.notes, has) || std::ranges::any_of(run.trace.notes, has);
}

} // namespace

class TestAdapter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { qputenv("HF_HUB_CACHE", m_cache.path().toUtf8()); }

    void opensAsItsBaseWithAdapters_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("folder") << "adapter";
        QTest::newRow("settings") << "adapter/adapter_config.json";
        QTest::newRow("weights") << "adapter/adapter_model.safetensors";
    }

    void opensAsItsBaseWithAdapters()
    {
        QFETCH(QString, name);
        const AdapterCase files(smallDecoder("llama"), queryValueAdapters());
        const std::vector<Assignment> six{{"text_tokens", "6"}};
        const Run adapted = files.counted(six, name.toUtf8().constData());
        const Run base = files.counted(six, "base");
        QCOMPARE(params(adapted) - params(base), queriesAndValues);
        QCOMPARE(trained(adapted), queriesAndValues);
        // Each token passes each adapter once, a multiplication for each of its parameters.
        QCOMPARE(macs(adapted) - macs(base), 6 * queriesAndValues);
        QCOMPARE(q(adapted.source.name), q("adapter"));
        QVERIFY(hasNote(adapted, "someone/base"));
        QCOMPARE(layersOf(adapted), QStringList{"0-3"});
    }

    void isTrainedAlone()
    {
        const AdapterCase files(smallDecoder("llama"), queryValueAdapters());
        const Run run = files.counted({{"mode", "training"}, {"text_tokens", "6"}});
        // 32-bit floats as they are stored: gradients, and both states of AdamW with its 16 counts of steps.
        QCOMPARE(run.memory.modules.front().gradients.value(), 4 * queriesAndValues);
        QCOMPARE(run.memory.modules.front().optimizer.value(), 8 * queriesAndValues + 4 * 16);
    }

    void rankCanBeAskedFor()
    {
        const AdapterCase files(smallDecoder("llama"), queryValueAdapters());
        QCOMPARE(trained(files.counted({{"lora_rank", "6"}})), 3 * queriesAndValues);
        QCOMPARE(params(files.counted({{"lora_rank", "0"}})), params(files.counted({}, "base")));
        // Those of the file make way for the usual choice: rank 2 beside k and o too is 4 * (24 + 32) more.
        const Run attention = files.counted({{"mode", "training"}, {"lora_targets", "attention"}});
        QCOMPARE(trained(attention), queriesAndValues + 4 * (2 * (8 + 4) + 2 * (8 + 8)));
    }

    void layersDifferWhereTheFileSaysSo()
    {
        std::vector<WrittenTensor> tensors;
        for (const int i : {1, 2})
            addPair(tensors, fmt::format("model.layers.{}.mlp.down_proj", i), 2, 8, 12);
        addPair(tensors, "model.layers.3.mlp.down_proj", 5, 8, 12);
        const AdapterCase files(smallDecoder("llama"), tensors,
                                {{"layers_to_transform", {1, 2, 3}}, {"rank_pattern", {{"layers.3", 5}}}});
        const Run run = files.counted();
        QCOMPARE(layersOf(run), (QStringList{"0", "1-2", "3"}));
        QCOMPARE(trained(run), std::int64_t{2 * 2 * 20 + 5 * 20});
        QCOMPARE(params(run) - params(files.counted({}, "base")), trained(run));
    }

    void savedModulesAreCopies()
    {
        std::vector<WrittenTensor> tensors = queryValueAdapters();
        tensors.push_back({"base_model.model.lm_head.weight", {16, 8}});
        tensors.push_back({"base_model.model.model.norm.weight", {8}});
        const AdapterCase files(smallDecoder("llama", {{"tie_word_embeddings", true}}), tensors,
                                {{"modules_to_save", {"lm_head", "norm"}}});
        const Run run = files.counted();
        // The originals stay, frozen: the head's is the table of words, of which no second one is made.
        QCOMPARE(trained(run), queriesAndValues + 16 * 8 + 8);
        QCOMPARE(params(run) - params(files.counted({}, "base")), queriesAndValues + 16 * 8 + 8);
    }

    void biasesAreTrainedInPlace()
    {
        std::vector<WrittenTensor> tensors = queryValueAdapters();
        for (int i = 0; i < 4; ++i)
            tensors.push_back(
                {fmt::format("base_model.model.model.layers.{}.self_attn.q_proj.base_layer.bias", i), {8}});
        const AdapterCase files(smallDecoder("qwen2"), tensors, {{"bias", "lora_only"}});
        const Run run = files.counted();
        QCOMPARE(trained(run), queriesAndValues + 4 * 8);
        QCOMPARE(params(run) - params(files.counted({}, "base")), queriesAndValues);
    }

    void magnitudesBringTheirNorm()
    {
        std::vector<WrittenTensor> tensors = queryValueAdapters();
        for (int i = 0; i < 4; ++i)
            for (const auto& [name, out] : {std::pair{"q_proj", 8}, std::pair{"v_proj", 4}})
                tensors.push_back(
                    {fmt::format("base_model.model.model.layers.{}.self_attn.{}.lora_magnitude_vector", i,
                                 name),
                     {out}});
        const AdapterCase files(smallDecoder("llama"), tensors, {{"use_dora", true}});
        const std::vector<Assignment> six{{"text_tokens", "6"}};
        const Run run = files.counted(six);
        const std::int64_t all = queriesAndValues + 4 * (8 + 4);
        QCOMPARE(trained(run), all);
        // An identity of 8 rows passes both matrices beside the 6 tokens.
        QCOMPARE(macs(run) - macs(files.counted(six, "base")), (6 + 8) * queriesAndValues);
        QCOMPARE(files.counted({{"mode", "training"}}).memory.modules.front().gradients.value(), 4 * all);
    }

    void tablesAndConvolutionsHaveAdaptersToo()
    {
        std::vector<WrittenTensor> words = queryValueAdapters();
        words.push_back({"base_model.model.model.embed_tokens.lora_embedding_A", {2, 16}});
        words.push_back({"base_model.model.model.embed_tokens.lora_embedding_B", {8, 2}});
        words.push_back({"base_model.model.model.embed_tokens.base_layer.weight", {16, 8}});
        const AdapterCase decoder(smallDecoder("llama"), words);
        QCOMPARE(trained(decoder.counted()), queriesAndValues + 2 * (16 + 8));

        const Json vit{{"model_type", "vit"},
                       {"hidden_size", 8},
                       {"num_hidden_layers", 2},
                       {"num_attention_heads", 2},
                       {"intermediate_size", 12},
                       {"image_size", 8},
                       {"patch_size", 4},
                       {"architectures", {"ViTModel"}},
                       {"transformers_version", "4.40.0"}};
        std::vector<WrittenTensor> tensors;
        for (int i = 0; i < 2; ++i)
            addPair(tensors, fmt::format("vit.encoder.layer.{}.attention.attention.query", i), 3, 8, 8);
        tensors.push_back(
            {"base_model.model.vit.embeddings.patch_embeddings.projection.lora_A.weight", {3, 3, 4, 4}});
        tensors.push_back(
            {"base_model.model.vit.embeddings.patch_embeddings.projection.lora_B.weight", {8, 3, 1, 1}});
        tensors.push_back({"base_model.model.classifier.weight", {5, 8}});
        tensors.push_back({"base_model.model.classifier.bias", {5}});
        const AdapterCase images(vit, tensors,
                                 {{"task_type", nullptr},
                                  {"modules_to_save", {"classifier"}},
                                  {"auto_mapping", {{"base_model_class", "ViTForImageClassification"}}}});
        const Run run = images.counted();
        const std::int64_t convolution = 3 * 3 * 4 * 4 + 8 * 3;
        QCOMPARE(trained(run), 2 * 3 * 16 + convolution + 5 * 8 + 5);
        QCOMPARE(q(run.trace.modules.front().className), q("ViTForImageClassification"));
    }

    void theTaskTellsTheClass()
    {
        std::vector<WrittenTensor> tensors = queryValueAdapters();
        tensors.push_back({"base_model.model.score.weight", {3, 8}});
        const AdapterCase files(
            smallDecoder("llama", {{"architectures", {"LlamaForCausalLM"}}, {"id2label", {{"0", "a"}}}}),
            tensors, {{"task_type", "SEQ_CLS"}, {"modules_to_save", {"classifier", "score"}}});
        const Run run = files.counted();
        QCOMPARE(q(run.trace.modules.front().className), q("LlamaForSequenceClassification"));
        QCOMPARE(trained(run), queriesAndValues + 3 * 8);
    }

    void aQuantisedBaseStaysSo()
    {
        const Json packed{
            {"quant_method", "bitsandbytes"}, {"load_in_4bit", true}, {"bnb_4bit_quant_type", "nf4"}};
        const AdapterCase files(smallDecoder("llama", {{"quantization_config", packed}}),
                                queryValueAdapters());
        for (const char* mode : {"inference", "training"}) {
            const Run adapted = files.counted({{"mode", mode}, {"text_tokens", "6"}});
            const Run base = files.counted({{"text_tokens", "6"}}, "base");
            QCOMPARE(q(adapted.workload.text("weight_dtype")), q(base.workload.text("weight_dtype")));
            QVERIFY(!adapted.workload.quantisation.empty());
            QCOMPARE((adapted.costs.root().total.weightBytes - base.costs.root().total.weightBytes).value(),
                     4 * queriesAndValues);
        }
    }

    void aTrainedCopyIsNotUnpacked()
    {
        const Json packed{
            {"quant_method", "bitsandbytes"}, {"load_in_4bit", true}, {"bnb_4bit_quant_type", "nf4"}};
        std::vector<WrittenTensor> tensors = queryValueAdapters();
        for (int i = 0; i < 4; ++i)
            tensors.push_back(
                {fmt::format("base_model.model.model.layers.{}.mlp.up_proj.weight", i), {12, 8}});
        const AdapterCase files(smallDecoder("llama", {{"quantization_config", packed}}), tensors,
                                {{"modules_to_save", {"up_proj"}}});
        const Run run = files.counted({{"mode", "training"}, {"text_tokens", "6"}});
        const std::vector<Count> copies = expandedWeights(run.trace, run.workload);
        const auto copyOf = [&](std::string_view name) {
            Count bytes;
            for (std::size_t i = 0; i < copies.size(); ++i)
                if (run.trace.modules[static_cast<std::size_t>(run.trace.ops[i].module)].name == name)
                    bytes += copies[i];
            return bytes.value();
        };
        QCOMPARE(copyOf("up_proj"), 0);
        QCOMPARE(copyOf("gate_proj"), 2 * 12 * 8); // in bf16
    }

    void theBasesWeightsAreCheckedWithoutAdapters()
    {
        const AdapterCase files(smallDecoder("llama"), queryValueAdapters());
        std::vector<WrittenTensor> own{
            {"model.embed_tokens.weight", {16, 8}}, {"model.norm.weight", {8}}, {"lm_head.weight", {16, 8}}};
        for (int i = 0; i < 4; ++i) {
            const std::string layer = fmt::format("model.layers.{}.", i);
            for (const auto& [name, out, in] : {std::tuple{"self_attn.q_proj", 8, 8},
                                                {"self_attn.k_proj", 4, 8},
                                                {"self_attn.v_proj", 4, 8},
                                                {"self_attn.o_proj", 8, 8},
                                                {"mlp.gate_proj", 12, 8},
                                                {"mlp.up_proj", 12, 8},
                                                {"mlp.down_proj", 8, 12}})
                own.push_back({fmt::format("{}{}.weight", layer, name), {out, in}});
            own.push_back({layer + "input_layernorm.weight", {8}});
            own.push_back({layer + "post_attention_layernorm.weight", {8}});
        }
        write(files.root, "base/model.safetensors", safetensorsOf(own));
        const Run run = files.counted();
        QVERIFY(hasNote(run, "has all 39 tensors of the model"));
        QCOMPARE(trained(run), queriesAndValues);
    }

    void savedByTorchToo()
    {
        const AdapterCase files(smallDecoder("llama"), queryValueAdapters());
        QFile::remove(files.root.filePath("adapter/adapter_model.safetensors"));
        std::vector<PickledEntry> entries;
        std::vector<std::size_t> storages;
        for (const WrittenTensor& tensor : queryValueAdapters()) {
            const auto count = elements(tensor);
            entries.push_back({tensor.name, pickledTensor({.key = std::to_string(storages.size()),
                                                           .stored = count,
                                                           .sizes = {tensor.shape[0], tensor.shape[1]},
                                                           .strides = {tensor.shape[1], 1}})});
            storages.push_back(static_cast<std::size_t>(4 * count));
        }
        write(files.root, "adapter/adapter_model.bin", savedArchive(pickledDict(entries), storages));
        QCOMPARE(trained(files.counted()), queriesAndValues);
    }

    void theBaseIsFound_data()
    {
        QTest::addColumn<QString>("named"); // "%1": the folder of both
        QTest::addColumn<QString>("place");
        QTest::newRow("beside, by the repository's name") << "owner/tiny"
                                                          << "tiny";
        QTest::newRow("relative to the adapter") << "../models/tiny"
                                                 << "models/tiny";
        QTest::newRow("absolute") << "%1/far/tiny"
                                  << "far/tiny";
        QTest::newRow("absolute elsewhere, now beside") << "/nowhere/tiny"
                                                        << "tiny";
        QTest::newRow("in the adapter's own folder") << "owner/tiny"
                                                     << "adapter";
    }

    void theBaseIsFound()
    {
        QFETCH(QString, named);
        QFETCH(QString, place);
        QTemporaryDir root;
        const QString base = named.contains("%1") ? named.arg(root.path()) : named;
        write(root, "adapter/adapter_config.json", peftSettings(base.toStdString()).dump());
        write(root, "adapter/adapter_model.safetensors", safetensorsOf(queryValueAdapters()));
        write(root, place.toStdString() + "/config.json", smallDecoder("llama").dump());
        const auto source = openFile(root.filePath("adapter").toStdString());
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QCOMPARE(q(source->config.modelType()), q("llama"));
        QVERIFY(source->adapters != nullptr);
    }

    void theBaseIsFoundInTheCache()
    {
        write(m_cache, "models--owner--cached/snapshots/abc/config.json", smallDecoder("qwen2").dump());
        write(m_cache, "models--owner--cached/snapshots/def/config.json", smallDecoder("llama").dump());
        write(m_cache, "models--owner--cached/refs/main", "abc");
        QTemporaryDir root;
        write(root, "adapter_model.safetensors", safetensorsOf(queryValueAdapters()));
        const auto typeOf = [&](const Json& changes) {
            write(root, "adapter_config.json", peftSettings("owner/cached", changes).dump());
            const auto source = openFile(root.path().toStdString());
            return source ? q(source->config.modelType()) : q(source.error().text());
        };
        QCOMPARE(typeOf(Json::object()), q("qwen2"));
        QCOMPARE(typeOf({{"revision", "def"}}), q("llama"));
    }

    void aBundledModelIsABase()
    {
        QTemporaryDir root;
        // Qwen2.5-0.5B: 24 layers, width 896, 2 key heads of 64.
        std::vector<WrittenTensor> tensors;
        for (int i = 0; i < 24; ++i)
            addPair(tensors, fmt::format("model.layers.{}.self_attn.k_proj", i), 4, 128, 896);
        write(root, "adapter_model.safetensors", safetensorsOf(tensors));
        write(root, "adapter_config.json", peftSettings("Qwen/Qwen2.5-0.5B-Instruct").dump());
        const auto result = openFile(root.path().toStdString()).and_then([](const Source& source) {
            return run(source, {}, *conventionNamed("exact").value());
        });
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        QCOMPARE(trained(*result), std::int64_t{24 * 4 * (896 + 128)});
    }

    void aBaseThatIsNotAtHandIsNamed()
    {
        QTemporaryDir root;
        write(root, "mine/adapter_config.json", peftSettings("someone/unknown-7b").dump());
        write(root, "mine/adapter_model.safetensors", safetensorsOf(queryValueAdapters()));
        const auto source = openFile(root.filePath("mine").toStdString());
        QVERIFY(!source);
        const QString text = q(source.error().text());
        for (const QString& part : {q("\"someone/unknown-7b\" is not at hand"), root.filePath("unknown-7b"),
                                    q("the cache of the Hub"), q("bundled models"), q("hf download")})
            QVERIFY2(text.contains(part), qPrintable(text));
    }

    void whatCannotBeToldIsSaid_data()
    {
        QTest::addColumn<QByteArray>("changes");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* changes, const char* part) {
            QTest::newRow(part) << QByteArray(changes) << q(part);
        };
        row(R"({"peft_type": "IA3"})", "an adapter of the kind IA3, which is not read");
        row(R"({"peft_type": "PROMPT_TUNING"})", "an adapter of the kind PROMPT_TUNING");
        row(R"({"peft_type": null})", "peft_type: none");
        row(R"({"peft_type": 3})", "peft_type: found");
        row(R"({"layer_replication": [[0, 4], [2, 5]]})", "layer_replication: an adapter");
        row(R"({"trainable_token_indices": [1]})", "trainable_token_indices: an adapter");
    }

    void whatCannotBeToldIsSaid()
    {
        QFETCH(QByteArray, changes);
        QFETCH(QString, part);
        const AdapterCase files(smallDecoder("llama"), queryValueAdapters(),
                                Json::parse(changes.toStdString()));
        QVERIFY2(files.refusal().contains(part), qPrintable(files.refusal()));
    }

    void adaptersOfAnotherModelAreRefused()
    {
        const auto refusalOf = [](const std::string& module, std::int64_t out, std::int64_t in) {
            std::vector<WrittenTensor> tensors = queryValueAdapters();
            addPair(tensors, module, 2, out, in);
            return AdapterCase(smallDecoder("llama"), tensors).refusal();
        };
        const QString wide = refusalOf("model.layers.0.mlp.up_proj", 12, 9);
        QVERIFY2(wide.contains("do not fit a weight"), qPrintable(wide));
        const QString deep = refusalOf("model.layers.4.mlp.up_proj", 12, 8);
        QVERIFY2(deep.contains("1 of its 9 entries stand beside nothing") &&
                     deep.contains("model.layers.4.mlp.up_proj"),
                 qPrintable(deep));
        std::vector<WrittenTensor> half = queryValueAdapters();
        half.pop_back();
        const QString cut = AdapterCase(smallDecoder("llama"), half).refusal();
        QVERIFY2(cut.contains("expected [rank, in] and [out, rank]"), qPrintable(cut));
        const QString strange = AdapterCase(Json{{"model_type", "strange"}}, queryValueAdapters()).refusal();
        QVERIFY2(strange.contains("no model of a known family"), qPrintable(strange));
    }

    void withoutWeightsItIsSaid()
    {
        const AdapterCase files(smallDecoder("llama"), queryValueAdapters());
        QFile::remove(files.root.filePath("adapter/adapter_model.safetensors"));
        QVERIFY(files.refusal().contains("no adapter_model.safetensors or adapter_model.bin"));
    }

private:
    QTemporaryDir m_cache;
};

QTEST_APPLESS_MAIN(TestAdapter)
#include "tst_adapter.moc"
