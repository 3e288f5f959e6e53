// SPDX-License-Identifier: GPL-3.0-or-later
// Families of each skeleton held against what transformers 5.17 builds and computes, and against figures
// counted by hand.

#include "core/memory/sharding.h"
#include "core/sunflop.h"
#include "tests/support/differences.h"
#include "tests/support/folded_tree.h"
#include "tests/support/reference.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"
#include "tests/support/trace_text.h"

#include <QtTest>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

namespace {

constexpr const char* skeletons[] = {"mixtral", "gemma2", "gpt2", "bert"};

const OrderedJson& architectures()
{
    static const OrderedJson all = OrderedJson::parse(readText(referenceFolder() / "architectures.json.gz"));
    return all;
}

Json configOf(const std::string& family)
{
    return Json::parse(architectures().at(family)["config"].dump());
}

std::int64_t flopsOf(const Json& config, std::vector<Assignment> inputs, std::string_view convention)
{
    inputs.push_back({"transformers", "5.17"});
    return runOf(config, inputs, convention).costs.root().total.forward.flops.value();
}

QString errorOf(const Json& config, const std::vector<Assignment>& inputs = {})
{
    const auto refused = run(sourceOf(config), inputs, conventions().front());
    return refused ? q("no error") : q(refused.error().text());
}

/// Class, parameters and attributes of every listed module, their order, and that none is too many.
void compareTree(const Run& run, const OrderedJson& tree, Differences& differences)
{
    std::int32_t last = -1;
    std::set<std::int32_t> seen;
    std::map<std::int32_t, std::set<std::int32_t>> children;
    for (const auto& [path, expected] : tree.items()) {
        const auto id = findModule(run.trace, path);
        if (!id) {
            differences.add(path + " is missing");
            continue;
        }
        const Module& module = run.trace.modules[static_cast<std::size_t>(*id)];
        differences.expectEqual(path + " class", module.className, expected[0].get<std::string>());
        differences.expectEqual(path + " params",
                                run.costs.nodes[static_cast<std::size_t>(*id)].each.params.value(),
                                expected[1].get<std::int64_t>());
        if (const auto detail = expected[2].get<std::string>(); !detail.empty())
            differences.expectEqual(path + " prints", module.detail, detail);
        if (seen.insert(*id).second && *id < std::exchange(last, *id))
            differences.add(path + " is registered later");
        children[module.parent].insert(*id);
    }
    for (const auto& [parent, listed] : children) {
        std::size_t own = 0;
        if (parent < 0 || run.trace.modules[static_cast<std::size_t>(parent)].isContainer)
            continue;
        const std::int32_t end = run.trace.modules[static_cast<std::size_t>(parent)].end;
        for (auto id = parent + 1; id < end; id = run.trace.modules[static_cast<std::size_t>(id)].end)
            ++own;
        differences.expectEqual(run.trace.path(parent) + " children", own, listed.size());
    }
}

} // namespace

class TestFamilies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void areWhatTransformersBuilds_data()
    {
        QTest::addColumn<QString>("family");
        for (const char* family : skeletons)
            QTest::newRow(family) << q(family);
    }

    void areWhatTransformersBuilds()
    {
        QFETCH(QString, family);
        const OrderedJson& measured = architectures().at(family.toStdString());
        const Json config = configOf(family.toStdString());
        Differences differences;
        for (const auto& [runName, figures] : measured["flops"].items()) {
            int batch = 0;
            int tokens = 0;
            QCOMPARE(std::sscanf(runName.c_str(), "text%dx%d", &batch, &tokens), 2);
            const Run counted = runOf(config,
                                      {{"transformers", "5.17"},
                                       {"batch", std::to_string(batch)},
                                       {"text_tokens", std::to_string(tokens)}},
                                      "flopcounter");
            QCOMPARE(counted.costs.root().total.params.value(), measured["params"].get<std::int64_t>());
            compareTree(counted, measured["tree"], differences);
            for (const auto& [path, expected] : figures["per"].items()) {
                const auto costs = costsOfEach(counted, path == "Global" ? "" : path);
                if (!costs)
                    differences.add(path + " is missing");
                else
                    differences.expectEqual(runName + " " + path, costs->forward.flops.value(),
                                            expected.get<std::int64_t>());
            }
        }
        QVERIFY2(differences.none(), differences.text());
    }

    /// Every kernel, release, phase and way of training at the measured sizes of two layers.
    void runUnderEveryWorkload_data() { areWhatTransformersBuilds_data(); }

    void runUnderEveryWorkload()
    {
        QFETCH(QString, family);
        Json config = configOf(family.toStdString());
        config.erase("layer_types");
        config[family == q("gpt2") ? "n_layer" : "num_hidden_layers"] = 2;
        const auto offered = inputsOf(sourceOf(config)).value();
        const bool speaks = std::ranges::count(offered, "new_tokens", &Input::id) > 0;
        for (const char* release : {"4.48", "4.53", "5.0", "5.17"})
            for (const char* kernel : {"eager", "sdpa", "flash"}) {
                const std::vector<Assignment> base{
                    {"transformers", release}, {"attention", kernel}, {"text_tokens", "40"}, {"batch", "3"}};
                std::vector<std::vector<Assignment>> variants(4, base);
                variants[1].push_back({"mode", "training"});
                variants[2].insert(variants[2].end(), {{"mode", "training"}, {"lora_rank", "4"}});
                variants[3].push_back({"weight_dtype", "int8"});
                if (speaks)
                    for (const char* cache : {"dynamic", "static", "paged"}) {
                        variants.push_back(base);
                        variants.back().insert(variants.back().end(),
                                               {{"new_tokens", "9"}, {"kv_cache", cache}});
                    }
                for (const std::vector<Assignment>& inputs : variants) {
                    const auto ran = run(sourceOf(config), inputs, conventions().front());
                    if (!ran) // releases before the family's oldest layout are refused by name
                        QVERIFY2(q(ran.error().text()).contains(q("transformers: ")),
                                 ran.error().text().c_str());
                    else
                        QVERIFY(ran->costs.root().total.forward.macs > Count(0));
                }
            }
    }

    /// Width 8, two query heads of 4 over one key head, four experts of 12 of which two are passed,
    /// vocabulary 16, four layers; three tokens.
    void mixtralCountsItsExpertsByTheTokensThatPassThem()
    {
        const Json config = smallDecoder("mixtral", {{"num_local_experts", 4}});
        constexpr std::int64_t expert = 3 * 8 * 12;
        constexpr std::int64_t layer = 8 * 8 + 2 * 4 * 8 + 8 * 8 + 2 * 8 + 4 * 8;
        constexpr std::int64_t outside = 2 * 16 * 8 + 8;
        for (const char* release : {"4.48", "5.17"}) {
            const Run ran = runOf(config, {{"text_tokens", "3"}, {"transformers", release}}, "flopcounter");
            const Costs& total = ran.costs.root().total;
            QCOMPARE(total.params.value(), outside + 4 * (layer + 4 * expert));
            QCOMPARE(total.activeParams.value(), outside + 4 * (layer + 2 * expert));
            constexpr std::int64_t attention = 3 * (8 * 8 + 2 * 4 * 8 + 8 * 8) + 2 * 2 * 3 * 3 * 4;
            constexpr std::int64_t macs =
                4 * (attention + 3 * 4 * 8 + 3 * 2 * expert) + 3 * 16 * 8 + 3 * 4 / 2;
            QCOMPARE(total.forward.flops.value(), 2 * macs);
        }
    }

    /// One decode step of one sequence reads two experts, not four.
    void mixtralReadsTheExpertsThatHaveTokens()
    {
        const Json config = smallDecoder("mixtral", {{"num_local_experts", 4}});
        const Trace decoding = traceOf(config, {{"text_tokens", "3"}, {"new_tokens", "2"}});
        QStringList products;
        for (const QString& line : lines(callsText(decoding)))
            if (line.contains(q("experts bmm")))
                products << line.mid(line.indexOf(q("bmm")));
        QCOMPARE(products.size(), 4 + 2); // three tokens pass two of four: two experts get two rows, two one
        QCOMPARE(products.at(0), q("bmm [2, 2, 8] [2, 8, 24] -> [2, 2, 24]"));
        QCOMPARE(products.at(1), q("bmm [2, 1, 8] [2, 8, 24] -> [2, 1, 24]"));
        QCOMPARE(products.at(4), q("bmm [2, 1, 8] [2, 8, 24] -> [2, 1, 24]"));
    }

    /// Tanh bounds eager scores and logits: three operations for each; null does not.
    void gemma2CapsScoresAndLogits()
    {
        const Json plain = smallDecoder(
            "gemma2", {{"attn_logit_softcapping", nullptr}, {"final_logit_softcapping", nullptr}});
        Json capped = plain;
        capped.erase("attn_logit_softcapping");
        capped["final_logit_softcapping"] = 30.0;
        const std::vector<Assignment> eager{{"text_tokens", "3"}, {"attention", "eager"}};
        QCOMPARE(flopsOf(capped, eager, "exact") - flopsOf(plain, eager, "exact"),
                 3 * (4 * (2 * 3 * 3) + 3 * 16));
        const std::vector<Assignment> fused{{"text_tokens", "3"}, {"attention", "sdpa"}};
        QCOMPARE(flopsOf(capped, fused, "exact") - flopsOf(plain, fused, "exact"), 3 * (3 * 16));
    }

    /// Of four layers two see four keys, and so keep three (DynamicSlidingWindowLayer).
    void gemma2SlidesInEverySecondLayer()
    {
        const Json config = smallDecoder("gemma2", {{"sliding_window", 4}});
        const Trace traced =
            traceOf(config, {{"text_tokens", "6"}, {"new_tokens", "2"}, {"transformers", "5.17"}});
        std::vector<std::int64_t> kept;
        for (const CacheEntry& cache : traced.caches)
            kept.push_back(cache.elements.value());
        const std::int64_t full = 2 * 7 * 4;
        const std::int64_t sliding = 2 * 3 * 4;
        QCOMPARE(kept, (std::vector<std::int64_t>{sliding, full, sliding, full}));
        const Json listed = smallDecoder(
            "gemma2",
            {{"sliding_window", 4},
             {"layer_types", {"full_attention", "full_attention", "full_attention", "sliding_attention"}}});
        const Trace other =
            traceOf(listed, {{"text_tokens", "6"}, {"new_tokens", "2"}, {"transformers", "5.17"}});
        QCOMPARE(other.caches.size(), std::size_t(2)); // a run of three, and one
        QCOMPARE(other.caches.back().elements.value(), sliding);
    }

    /// Width 8, two heads of 4, four layers, vocabulary 16, eight positions; three tokens.
    void gpt2CountsAsItIsWritten()
    {
        const Json config{{"model_type", "gpt2"}, {"n_embd", 8},      {"n_head", 2},
                          {"n_layer", 4},         {"vocab_size", 16}, {"n_positions", 8}};
        constexpr std::int64_t layer =
            (8 * 24 + 24) + (8 * 8 + 8) + (8 * 32 + 32) + (32 * 8 + 8) + 2 * (2 * 8);
        const Run ran = runOf(config, {{"text_tokens", "3"}}, "flopcounter");
        QCOMPARE(ran.costs.root().total.params.value(), 16 * 8 + 8 * 8 + 4 * layer + 2 * 8);
        constexpr std::int64_t macs =
            4 * (3 * (8 * 24 + 8 * 8 + 2 * 8 * 32) + 2 * 2 * 3 * 3 * 4) + 3 * 16 * 8;
        QCOMPARE(ran.costs.root().total.forward.flops.value(), 2 * macs);
        Json padded = config; // which the classifiers need, and the table does not know
        padded["pad_token_id"] = 3;
        QVERIFY(treeText(traceOf(padded)).find("wte: Embedding(16, 8)") != std::string::npos);
        QVERIFY(errorOf(config, {{"text_tokens", "9"}}).contains(q("text_tokens")));
        QCOMPARE(errorOf(config, {{"text_tokens", "6"}, {"new_tokens", "4"}}),
                 q("config.json: transformer: 9 tokens in a sequence, expected at most 8: the model has "
                   "learned no further position"));
    }

    /// Width 8, two heads of 4, MLP 12, four layers, vocabulary 16, eight positions; three tokens.
    void bertCountsAsItIsWritten()
    {
        Json config = smallDecoder("bert", {{"max_position_embeddings", 8}});
        constexpr std::int64_t layer = 4 * (8 * 8 + 8) + (8 * 12 + 12) + (12 * 8 + 8) + 2 * (2 * 8);
        constexpr std::int64_t base = (16 + 8 + 2) * 8 + 2 * 8 + 4 * layer;
        constexpr std::int64_t pooler = 8 * 8 + 8;
        constexpr std::int64_t words = (8 * 8 + 8) + 2 * 8 + 16;
        constexpr std::int64_t layers = 4 * (3 * (4 * 8 * 8 + 2 * 8 * 12) + 2 * 2 * 3 * 3 * 4);
        struct Row {
            const char* name;
            std::int64_t params, macs;
        };
        for (const Row& row :
             {Row{"BertModel", pooler, 8 * 8}, Row{"BertForMaskedLM", words, 3 * (8 * 8 + 8 * 16)},
              Row{"BertLMHeadModel", words, 3 * (8 * 8 + 8 * 16)},
              Row{"BertForPreTraining", pooler + words + 2 * 8 + 2, 8 * 8 + 3 * (8 * 8 + 8 * 16) + 2 * 8},
              Row{"BertForNextSentencePrediction", pooler + 2 * 8 + 2, 8 * 8 + 2 * 8},
              Row{"BertForSequenceClassification", pooler + 5 * 8 + 5, 8 * 8 + 5 * 8},
              Row{"BertForTokenClassification", 5 * 8 + 5, 3 * 5 * 8},
              Row{"BertForQuestionAnswering", 2 * 8 + 2, 3 * 2 * 8}}) {
            config["architectures"] = {row.name};
            config["num_labels"] = 5;
            const Run ran = runOf(config, {{"text_tokens", "3"}}, "flopcounter");
            QCOMPARE(q(ran.trace.modules.front().className), q(row.name));
            QCOMPARE(ran.costs.root().total.params.value(), base + row.params);
            QCOMPARE(ran.costs.root().total.forward.flops.value(), 2 * (layers + row.macs));
        }
    }

    /// A Conv1D holds its matrix [in, out]: devices share columns where a linear layer's share rows.
    void gpt2IsCutAcrossItsTransposedMatrices()
    {
        const Trace traced = traceOf({{"model_type", "gpt2"}, {"n_layer", 1}});
        const auto cut = [&](const char* module, const char* name) {
            const auto id = findModule(traced, std::string("transformer.h.0.") + module);
            const auto found = std::ranges::find_if(
                traced.parameters, [&](const Parameter& p) { return p.module == id && p.name == name; });
            return tensorCut(traced, *found);
        };
        QCOMPARE(cut("attn.c_attn", "weight"), TensorCut::Columns);
        QCOMPARE(cut("attn.c_attn", "bias"), TensorCut::Rows);
        QCOMPARE(cut("attn.c_proj", "weight"), TensorCut::Rows);
        QCOMPARE(cut("attn.c_proj", "bias"), TensorCut::None);
        QCOMPARE(cut("mlp.c_fc", "weight"), TensorCut::Columns);
        QCOMPARE(cut("mlp.c_proj", "weight"), TensorCut::Rows);
    }

    void bertIsCutAsDecodersAre()
    {
        const Trace traced = traceOf({{"model_type", "bert"}, {"num_hidden_layers", 1}});
        const auto cut = [&](const char* module) {
            const auto id = findModule(traced, std::string("encoder.layer.0.") + module);
            return tensorCut(traced, *std::ranges::find(traced.parameters, id, [](const Parameter& p) {
                                 return std::optional(p.module);
                             }));
        };
        QCOMPARE(cut("attention.self.query"), TensorCut::Rows);
        QCOMPARE(cut("attention.output.dense"), TensorCut::Columns);
        QCOMPARE(cut("intermediate.dense"), TensorCut::Rows);
        QCOMPARE(cut("output.dense"), TensorCut::Columns);
    }

    void badValuesAreNamed_data()
    {
        QTest::addColumn<Json>("config");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* family, const Json& changes, const char* expected) {
            QTest::addRow("%s: %s", family, expected)
                << smallDecoder(family, changes) << q("config.json: ") + q(expected);
        };
        row("mixtral", {{"num_local_experts", 0}}, "num_local_experts: ");
        row("mixtral", {{"num_local_experts", 1 << 20}}, "num_local_experts: ");
        row("mixtral", {{"num_local_experts", "many"}}, "num_local_experts: ");
        row("mixtral", {{"num_experts_per_tok", 9}},
            "num_experts_per_tok: found 9, expected at most num_local_experts 8");
        row("mixtral", {{"sliding_window", -1}}, "sliding_window: ");
        row("gemma2", {{"attn_logit_softcapping", 0}},
            "attn_logit_softcapping: found 0, expected more than 0");
        row("gemma2", {{"final_logit_softcapping", "no"}}, "final_logit_softcapping: ");
        row("gemma2", {{"layer_types", {"full_attention"}}}, "layer_types: 1 entries, expected one for each");
        row("gemma2", {{"hidden_activation", "swoosh"}}, "model.layers.0.mlp: activation \"swoosh\"");
        row("gemma2", {{"architectures", {"Gemma2ForQuestionAnswering"}}}, "architectures: ");
        row("gpt2", {{"n_head", 7}}, "n_head: found 7, expected a divisor of n_embd 768");
        row("gpt2", {{"n_embd", 0}}, "n_embd: ");
        row("gpt2", {{"n_embd", 7}, {"n_head", 14}}, "n_head: 0 values per head, expected at least 1");
        row("gpt2", {{"n_layer", 1'000'000}}, "n_layer: ");
        row("gpt2", {{"add_cross_attention", true}}, "add_cross_attention: found true, expected false");
        row("gpt2", {{"reorder_and_upcast_attn", true}}, "reorder_and_upcast_attn: found true");
        row("bert", {{"num_attention_heads", 3}},
            "num_attention_heads: found 3, expected a divisor of hidden_size 8");
        row("bert", {{"is_decoder", true}}, "is_decoder: found true, expected false");
        row("bert", {{"position_embedding_type", "relative_key"}},
            "position_embedding_type: found \"relative_key\", expected absolute");
        row("bert", {{"pad_token_id", 16}}, "pad_token_id: found 16, expected less than vocab_size 16");
        row("bert", {{"architectures", {"BertForMultipleChoice"}}}, "architectures: ");
        row("bert", {{"type_vocab_size", 0}}, "type_vocab_size: ");
        row("bert", {{"architectures", {"BertForTokenClassification"}}, {"num_labels", 0}},
            "num_labels: found 0, expected at least 1");
    }

    void badValuesAreNamed()
    {
        QFETCH(Json, config);
        QFETCH(QString, expected);
        const QString found = errorOf(config);
        QVERIFY2(found.startsWith(expected) && found != q("no error"), qPrintable(found));
    }
};

QTEST_APPLESS_MAIN(TestFamilies)
#include "tst_families.moc"
