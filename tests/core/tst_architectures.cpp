// SPDX-License-Identifier: GPL-3.0-or-later
// The classes that "architectures" of a config may name: which modules they have, what those compute, and
// which names are refused.

#include "core/sunflop.h"
#include "tests/support/differences.h"
#include "tests/support/folded_tree.h"
#include "tests/support/reference.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"
#include "tests/support/trace_text.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// Of the small decoder: width 8, MLP 12, vocabulary 16, two query heads of 4 over one key head, four layers.
constexpr std::int64_t hidden = 8;
constexpr std::int64_t vocabulary = 16;
constexpr std::int64_t layers = 4;
constexpr std::int64_t attention = 8 * 8 + 4 * 8 + 4 * 8 + 8 * 8;
constexpr std::int64_t plain = vocabulary * hidden + layers * (attention + 3 * 8 * 12 + 2 * 8) + 8;

/// Biases of queries, keys and values, or norms of query and key heads.
std::int64_t baseParams(const std::string& family)
{
    return plain + layers * (family == "qwen2" ? 8 + 4 + 4 : family == "qwen3" ? 4 + 4 : 0);
}

Json named(const char* family, const std::string& architecture, const Json& changes = {})
{
    Json config = smallDecoder(family, {{"architectures", {architecture}}});
    if (!changes.is_null())
        config.update(changes);
    return config;
}

std::int64_t paramsOf(const Json& config)
{
    return runOf(config).costs.root().total.params.value();
}

QString errorOf(const Json& config, const std::vector<Assignment>& assignments = {})
{
    const auto refused = run(sourceOf(config), assignments, conventions().front());
    return refused ? QStringLiteral("no error") : q(refused.error().text());
}

/// Calls of modules outside the layers, "score linear [1, 3, 8] ...".
QStringList callsOf(const Json& config, const std::vector<Assignment>& inputs, const char* begin)
{
    QStringList found;
    for (const QString& line : lines(callsText(traceOf(config, inputs))))
        if (line.startsWith(q(begin)))
            found << line;
    return found;
}

struct DecoderKind {
    const char* family;
    const char* prefix;
};

constexpr DecoderKind decoders[] = {
    {"llama", "Llama"}, {"mistral", "Mistral"}, {"qwen2", "Qwen2"}, {"qwen3", "Qwen3"}};

} // namespace

class TestArchitectures : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyDecoderHasItsHeads_data()
    {
        QTest::addColumn<const DecoderKind*>("decoder");
        for (const DecoderKind& decoder : decoders)
            QTest::newRow(decoder.family) << &decoder;
    }

    void everyDecoderHasItsHeads()
    {
        QFETCH(const DecoderKind*, decoder);
        const char* family = decoder->family;
        const std::string prefix = decoder->prefix;
        const std::int64_t base = baseParams(family);
        QCOMPARE(paramsOf(smallDecoder(family)), base + vocabulary * hidden);
        QCOMPARE(paramsOf(smallDecoder(family, {{"architectures", nullptr}})), base + vocabulary * hidden);
        QCOMPARE(paramsOf(named(family, prefix + "ForCausalLM")), base + vocabulary * hidden);
        QCOMPARE(paramsOf(named(family, prefix + "Model")), base);
        const Json three{{"id2label", {{"0", "a"}, {"1", "b"}, {"2", "c"}}}};
        QCOMPARE(paramsOf(named(family, prefix + "ForSequenceClassification", three)), base + 3 * hidden);
        QCOMPARE(paramsOf(named(family, prefix + "ForTokenClassification", three)), base + 3 * hidden + 3);
        QCOMPARE(paramsOf(named(family, prefix + "ForQuestionAnswering", three)), base + 2 * hidden + 2);
    }

    void labelsAreThoseOfTheConfig()
    {
        const std::int64_t base = baseParams("llama");
        const auto classifier = [&](const Json& changes) {
            return paramsOf(named("llama", "LlamaForSequenceClassification", changes)) - base;
        };
        QCOMPARE(classifier({}), 2 * hidden);
        QCOMPARE(classifier({{"num_labels", 1}}), 1 * hidden);
        QCOMPARE(classifier({{"num_labels", 5}, {"id2label", {{"0", "no"}}}}), 1 * hidden);
        QCOMPARE(errorOf(named("llama", "LlamaForSequenceClassification", {{"num_labels", 0}})),
                 q("config.json: num_labels: found 0, expected at least 1"));
    }

    void modulesStandUnderTheirNames()
    {
        const auto children = [](const Json& config, const char* version) {
            const Trace trace = traceOf(config, {{"transformers", version}});
            QStringList names{q(trace.modules.front().className)};
            for (const Module& module : trace.modules)
                if (module.parent == 0)
                    names << q(module.name) + q(": ") + q(module.className) +
                                 (module.detail.empty() ? QString() : q(" ") + q(module.detail));
            return names;
        };
        const QString score = q("score: Linear in_features=8, out_features=2, bias=");
        QCOMPARE(
            children(named("llama", "LlamaForSequenceClassification"), "5.17"),
            (QStringList{q("LlamaForSequenceClassification"), q("model: LlamaModel"), score + q("False")}));
        QCOMPARE(children(named("qwen3", "Qwen3ForTokenClassification"), "5.17"),
                 (QStringList{q("Qwen3ForTokenClassification"), q("model: Qwen3Model"),
                              q("dropout: Dropout p=0.1, inplace=False"), score + q("True")}));
        const QString answers = q("qa_outputs: Linear in_features=8, out_features=2, bias=True");
        for (const char* version : {"4.38", "4.47", "5.17"})
            QCOMPARE(children(named("llama", "LlamaForQuestionAnswering"), version),
                     (QStringList{q("LlamaForQuestionAnswering"), q("transformer: LlamaModel"), answers}));
        const Json mistral = named("mistral", "MistralForQuestionAnswering");
        QCOMPARE(children(mistral, "4.47"),
                 (QStringList{q("MistralForQuestionAnswering"), answers, q("model: MistralModel")}));
        QCOMPARE(children(mistral, "5.17"),
                 (QStringList{q("MistralForQuestionAnswering"), q("model: MistralModel"), answers}));
        const Json qwen = named("qwen2", "Qwen2ForQuestionAnswering");
        QCOMPARE(children(qwen, "4.47").last(), q("model: Qwen2Model"));
        QCOMPARE(children(qwen, "4.48").at(1), q("transformer: Qwen2Model"));
        QCOMPARE(
            children(named("llama", "LlamaModel"), "5.17"),
            (QStringList{q("LlamaModel"), q("embed_tokens: Embedding 16, 8"), q("layers: ModuleList"),
                         q("norm: LlamaRMSNorm (8,), eps=1e-06"), q("rotary_emb: LlamaRotaryEmbedding")}));
    }

    void classifiersComputeOverEveryPosition()
    {
        const std::vector<Assignment> inputs{{"text_tokens", "3"}, {"transformers", "5.17"}};
        const Json padded{{"pad_token_id", 0}, {"num_labels", 5}};
        QCOMPARE(callsOf(named("llama", "LlamaForSequenceClassification", padded), inputs, "score"),
                 QStringList{q("score linear [1, 3, 8] [5, 8] -> [1, 3, 5]")});
        QCOMPARE(callsOf(named("llama", "LlamaForTokenClassification", padded), inputs, "score"),
                 QStringList{q("score linear [1, 3, 8] [5, 8] [5] -> [1, 3, 5]")});
        QCOMPARE(callsOf(named("llama", "LlamaForQuestionAnswering", padded), inputs, "qa_outputs"),
                 QStringList{q("qa_outputs linear [1, 3, 8] [2, 8] [2] -> [1, 3, 2]")});
    }

    void whatAHeadCountsIsWhatItComputes()
    {
        const auto own = [](const Json& config, const std::vector<Assignment>& inputs) {
            return runOf(config, inputs).costs.root().self.forward.flops.value();
        };
        std::vector<Assignment> inputs{{"text_tokens", "3"}, {"batch", "2"}, {"transformers", "5.17"}};
        const Json padded{{"pad_token_id", 0}};
        const Json classifier = named("llama", "LlamaForSequenceClassification", padded);
        // Compare each id, multiply by its place, find the last one.
        QCOMPARE(own(classifier, inputs), 3 * (2 * 3));
        QCOMPARE(own(named("llama", "LlamaForSequenceClassification"), inputs), 0);
        inputs.push_back({"mode", "training"});
        // log_softmax of two classes for two sequences, and the loss.
        QCOMPARE(own(classifier, inputs), 3 * (2 * 3) + 5 * (2 * 2) + 2);
        QCOMPARE(own(named("llama", "LlamaForTokenClassification", padded), inputs), 5 * (2 * 3 * 2) + 2 * 3);
        // Start and end of an answer: three classes each; their sum is halved.
        QCOMPARE(own(named("llama", "LlamaForQuestionAnswering", padded), inputs),
                 2 * (5 * (2 * 3) + 2) + 1 + 1);
    }

    void severalSequencesNeedAPaddingToken()
    {
        const Json config = named("qwen2", "Qwen2ForSequenceClassification");
        QVERIFY(runOf(config).trace.notes.empty());
        QCOMPARE(
            q(runOf(config, {{"batch", "2"}}).trace.notes.at(0)).left(75),
            q("Qwen2ForSequenceClassification refuses more than one sequence while pad_token_id is not set")
                .left(75));
        QVERIFY(
            runOf(named("qwen2", "Qwen2ForSequenceClassification", {{"pad_token_id", 3}}), {{"batch", "2"}})
                .trace.notes.empty());
    }

    void onlyALanguageModelGenerates()
    {
        const auto offers = [](const Json& config, std::string_view id) {
            const auto inputs = inputsOf(sourceOf(config));
            return std::ranges::count(inputs.value(), id, &Input::id) == 1;
        };
        QVERIFY(offers(named("llama", "LlamaForCausalLM"), "new_tokens"));
        for (const char* name : {"LlamaModel", "LlamaForTokenClassification"}) {
            QVERIFY(!offers(named("llama", name), "new_tokens"));
            QVERIFY(!offers(named("llama", name), "logits"));
            QVERIFY(offers(named("llama", name), "cached_tokens"));
        }
    }

    void aClassIsNoOlderThanItsRelease()
    {
        const auto oldest = [](const Json& config) {
            const auto inputs = inputsOf(sourceOf(config)).value();
            return std::ranges::find(inputs, "transformers", &Input::id)->minimum;
        };
        QCOMPARE(oldest(named("llama", "LlamaForQuestionAnswering")), 4038);
        QCOMPARE(oldest(named("mistral", "MistralForQuestionAnswering")), 4046);
        QCOMPARE(oldest(named("qwen2", "Qwen2ForTokenClassification")), 4042);
        QCOMPARE(oldest(named("qwen3", "Qwen3ForTokenClassification")), 4051);
    }

    void otherNamesAreRefusedWithThoseThatAreKnown()
    {
        QCOMPARE(
            errorOf(named("llama", "LlamaForRewards")),
            q("config.json: architectures: found \"LlamaForRewards\", expected LlamaForCausalLM, LlamaModel, "
              "LlamaForSequenceClassification, LlamaForTokenClassification or LlamaForQuestionAnswering"));
        QVERIFY(
            errorOf(named("qwen2", "Qwen3ForCausalLM")).contains(q("expected Qwen2ForCausalLM, Qwen2Model")));
        QCOMPARE(errorOf(named("llama", "LLaMAForCausalLM")), q("no error")); // as it was spelled at first
    }

    /// The transformers class and the one of Apple's checkpoints, by name, by auto_map, by model_type.
    void aimv2IsTwoClasses()
    {
        const auto root = [](Json config) {
            config["num_hidden_layers"] = 1;
            return q(traceOf(config).modules.front().className);
        };
        const Json flat{{"model_type", "aimv2"}};
        const auto with = [&](Json changes) {
            changes["model_type"] = "aimv2";
            return changes;
        };
        QCOMPARE(root(flat), q("AIMv2Model"));
        QCOMPARE(root(with({{"architectures", {"AIMv2Model"}}})), q("AIMv2Model"));
        QCOMPARE(root(with({{"architectures", {"Aimv2Model"}}})), q("Aimv2Model"));
        QCOMPARE(root(with({{"architectures", {"Aimv2VisionModel"}}})), q("Aimv2VisionModel"));
        QCOMPARE(root(with({{"vision_config", Json::object()}})), q("Aimv2Model"));
        QCOMPARE(root(with({{"auto_map", {{"AutoModel", "modeling_aimv2.AIMv2Model"}}}})), q("AIMv2Model"));
        QCOMPARE(root({{"model_type", "aimv2_vision_model"}}), q("Aimv2VisionModel"));
        QCOMPARE(root({{"model_type", "aimv2_text_model"}}), q("Aimv2TextModel"));
        QVERIFY(errorOf(with({{"architectures", {"Aimv2ForImageClassification"}}}))
                    .contains(q("expected AIMv2Model, Aimv2Model, Aimv2VisionModel or Aimv2TextModel")));
    }

    /// Width 8 in two heads of 4, MLP 12, two layers; images of 4 x 4 pixels in four patches of 2 x 2.
    void aimv2CountsAsItIsWritten()
    {
        Json config{{"model_type", "aimv2_vision_model"},
                    {"hidden_size", 8},
                    {"num_attention_heads", 2},
                    {"intermediate_size", 12},
                    {"num_channels", 3},
                    {"num_hidden_layers", 2},
                    {"image_size", 4},
                    {"patch_size", 2}};
        constexpr std::int64_t layer = 4 * 8 * 8 + 3 * 8 * 12 + 2 * 8;
        constexpr std::int64_t embeddings = (8 * 3 * 2 * 2 + 8) + 8 + 4 * 8;
        constexpr std::int64_t head = 2 * 8 * 8 + 8 + (8 * 8 + 8);
        QCOMPARE(paramsOf(config), embeddings + 2 * layer + 8 + head);
        const auto macs = [](const Json& c) { return runOf(c).costs.root().total.forward.macs.value(); };
        constexpr std::int64_t products = 4 * (8 * 3 * 2 * 2) +                                // patches
                                          2 * (4 * (4 * 8 * 8 + 3 * 8 * 12) + 2 * 4 * 4 * 8) + // layers
                                          4 * (2 * 8 * 8) + 2 * 1 * 4 * 8 + 8 * 8;             // one query
        QCOMPARE(macs(config), products);
        config["use_head"] = false;
        QCOMPARE(paramsOf(config), embeddings + 2 * layer + 8);
        config["use_head"] = true;
        config["is_native"] = true; // no table, but angles of rows and columns
        QCOMPARE(paramsOf(config), embeddings - 4 * 8 + 2 * layer + 8 + head);
        QCOMPARE(macs(config), products + 2 * (4 * 2));
    }

    void aimv2IsWhatTransformersBuilds_data()
    {
        QTest::addColumn<std::string>("model");
        for (const char* model : {"aimv2", "aimv2_vision_model", "aimv2_text_model"})
            QTest::newRow(model) << std::string(model);
    }

    void aimv2IsWhatTransformersBuilds()
    {
        QFETCH(std::string, model);
        const Json all = readJson(referenceFolder() / "architectures.json.gz");
        if (!all.contains(model))
            QSKIP("not among the measured architectures");
        const Json& measured = all[model];
        const Run built = runOf(measured["config"], {{"transformers", "5.17"}}, "flopcounter");
        QCOMPARE(built.costs.root().total.params.value(), measured["params"].get<std::int64_t>());
        Differences differences;
        for (const auto& [path, expected] : measured["tree"].items()) {
            const auto id = findModule(built.trace, path);
            if (!id) {
                differences.add(path + " is missing");
                continue;
            }
            const Module& module = built.trace.modules[static_cast<std::size_t>(*id)];
            const CostNode& node = built.costs.nodes[static_cast<std::size_t>(*id)];
            differences.expectEqual(path + " class", module.className, expected[0].get<std::string>());
            differences.expectEqual(path + " params", node.each.params.value(),
                                    expected[1].get<std::int64_t>());
            differences.expectEqual(path + " prints", module.detail, expected[2].get<std::string>());
        }
        QVERIFY2(differences.none(), differences.text());
        if (measured.contains("flops") && measured["flops"].contains("image1x3x224x224"))
            QCOMPARE(built.costs.root().total.forward.flops.value(),
                     measured["flops"]["image1x3x224x224"]["total"].get<std::int64_t>());
    }
};

QTEST_APPLESS_MAIN(TestArchitectures)
#include "tst_architectures.moc"
