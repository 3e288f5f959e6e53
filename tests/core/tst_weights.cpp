// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints as models: of unknown architectures, and held against a known family.
#include "core/families/bricks/checkpoint_check.h"
#include "core/sunflop.h"
#include "tests/support/text.h"

#include <nlohmann/json.hpp>

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

StoredTensor tensor(std::string name, const Shape& shape, DType dtype = DType::F16)
{
    return {.name = std::move(name), .shape = shape, .dtype = dtype, .bytes = byteSize(shape, dtype)};
}

Source sourceOf(std::vector<StoredTensor> tensors, nlohmann::json config = nlohmann::json::object())
{
    Source source{.name = "test", .format = "safetensors", .config = Config(std::move(config))};
    source.stored = std::make_shared<const Stored>(Stored{.modules = {}, .tensors = std::move(tensors)});
    return source;
}

Result<Run> runOf(const Source& source, std::vector<Assignment> assignments = {})
{
    return run(source, assignments, conventions().front());
}

nlohmann::json smallLlama()
{
    return {{"model_type", "llama"},    {"hidden_size", 64},
            {"intermediate_size", 96},  {"num_hidden_layers", 2},
            {"num_attention_heads", 4}, {"num_key_value_heads", 2},
            {"vocab_size", 320},        {"tie_word_embeddings", false},
            {"torch_dtype", "float16"}};
}

/// Every tensor of that Llama under transformers' names.
std::vector<StoredTensor> smallLlamaTensors()
{
    std::vector<StoredTensor> tensors{tensor("model.embed_tokens.weight", {320, 64}),
                                      tensor("model.norm.weight", {64}), tensor("lm_head.weight", {320, 64})};
    for (const char* layer : {"model.layers.0.", "model.layers.1."}) {
        const std::string at = layer;
        tensors.push_back(tensor(at + "input_layernorm.weight", {64}));
        tensors.push_back(tensor(at + "post_attention_layernorm.weight", {64}));
        tensors.push_back(tensor(at + "self_attn.q_proj.weight", {64, 64}));
        tensors.push_back(tensor(at + "self_attn.k_proj.weight", {32, 64}));
        tensors.push_back(tensor(at + "self_attn.v_proj.weight", {32, 64}));
        tensors.push_back(tensor(at + "self_attn.o_proj.weight", {64, 64}));
        tensors.push_back(tensor(at + "mlp.gate_proj.weight", {96, 64}));
        tensors.push_back(tensor(at + "mlp.up_proj.weight", {96, 64}));
        tensors.push_back(tensor(at + "mlp.down_proj.weight", {64, 96}));
    }
    return tensors;
}

CheckpointCheck checked(std::vector<StoredTensor> tensors, const nlohmann::json& config = smallLlama())
{
    const Source source = sourceOf({}, config);
    const auto traced = runOf(Source{.name = "config", .config = source.config});
    return checkCheckpoint(traced->trace, {.modules = {}, .tensors = std::move(tensors)});
}

void drop(std::vector<StoredTensor>& tensors, std::string_view part)
{
    std::erase_if(tensors,
                  [&](const StoredTensor& tensor) { return tensor.name.find(part) != std::string::npos; });
}

nlohmann::json qwen3MoeConfig()
{
    return {
        {"model_type", "qwen3_moe"}, {"hidden_size", 2048}, {"num_experts", 128}, {"num_experts_per_tok", 8}};
}

std::vector<StoredTensor> qwen3MoeTensors()
{
    constexpr DType bf16 = DType::BF16;
    std::vector<StoredTensor> tensors{tensor("model.embed_tokens.weight", {151936, 2048}, bf16),
                                      tensor("model.norm.weight", {2048}, bf16),
                                      tensor("lm_head.weight", {151936, 2048}, bf16)};
    for (int layer = 0; layer < 48; ++layer) {
        const std::string at = "model.layers." + std::to_string(layer) + ".";
        for (const char* norm : {"input_layernorm.weight", "post_attention_layernorm.weight"})
            tensors.push_back(tensor(at + norm, {2048}, bf16));
        for (const char* norm : {"self_attn.q_norm.weight", "self_attn.k_norm.weight"})
            tensors.push_back(tensor(at + norm, {128}, bf16));
        tensors.push_back(tensor(at + "self_attn.q_proj.weight", {4096, 2048}, bf16));
        tensors.push_back(tensor(at + "self_attn.k_proj.weight", {512, 2048}, bf16));
        tensors.push_back(tensor(at + "self_attn.v_proj.weight", {512, 2048}, bf16));
        tensors.push_back(tensor(at + "self_attn.o_proj.weight", {2048, 4096}, bf16));
        tensors.push_back(tensor(at + "mlp.gate.weight", {128, 2048}, bf16));
        for (int expert = 0; expert < 128; ++expert) {
            const std::string in = at + "mlp.experts." + std::to_string(expert) + ".";
            tensors.push_back(tensor(in + "gate_proj.weight", {768, 2048}, bf16));
            tensors.push_back(tensor(in + "up_proj.weight", {768, 2048}, bf16));
            tensors.push_back(tensor(in + "down_proj.weight", {2048, 768}, bf16));
        }
    }
    return tensors;
}

/// A router, four experts and one that is shared, as five tools write them.
std::vector<StoredTensor> smallExperts(int layout)
{
    const std::string mlp = "layers.0.mlp.";
    std::vector<StoredTensor> tensors{tensor(mlp + "gate.weight", {4, 16}),
                                      tensor(mlp + "shared_experts.gate_proj.weight", {24, 16}),
                                      tensor(mlp + "shared_experts.up_proj.weight", {24, 16}),
                                      tensor(mlp + "shared_experts.down_proj.weight", {16, 24})};
    const auto add = [&](const std::string& name, const Shape& shape) {
        tensors.push_back(tensor(mlp + name, shape));
    };
    for (int i = 0; i < 4 && layout == 0; ++i) {
        const std::string expert = "experts." + std::to_string(i);
        add(expert + ".gate_proj.weight", {24, 16});
        add(expert + ".up_proj.weight", {24, 16});
        add(expert + ".down_proj.weight", {16, 24});
    }
    if (layout == 1) { // torch.bmm's way round
        add("experts.gate_up_proj", {4, 16, 2 * 24});
        add("experts.down_proj", {4, 24, 16});
    }
    if (layout == 2) { // linear()'s way round
        add("experts.gate_up_proj", {4, 2 * 24, 16});
        add("experts.down_proj", {4, 16, 24});
    }
    if (layout == 3) { // under no name that tells
        add("input_linear.weight", {4, 2 * 24, 16});
        add("output_linear.weight", {4, 16, 24});
    }
    for (const char* name : {"w1", "v1", "w2"})
        if (layout == 4) // joined
            add(std::string("experts.mlp.") + name, {4 * 24, 16});
    return tensors;
}

bool hasNote(const Run& run, std::string_view part)
{
    return std::ranges::any_of(run.trace.notes,
                               [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

const CostNode& nodeAt(const Run& run, std::string_view path)
{
    for (std::size_t i = 0; i < run.trace.modules.size(); ++i)
        if (run.trace.path(static_cast<std::int32_t>(i)) == path)
            return run.costs.nodes[i];
    qFatal("no module at this path");
}

} // namespace

class TestWeights : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void matricesAreLinearLayersOfEveryToken()
    {
        const auto counted = runOf(sourceOf({tensor("net.0.weight", {48, 32}), tensor("net.0.bias", {48}),
                                             tensor("net.1.weight", {10, 48})}),
                                   {{"batch", "2"}, {"text_tokens", "7"}});
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        const Costs& total = counted->costs.nodes.front().total;
        QCOMPARE(total.params.value(), 48 * 32 + 48 + 10 * 48);
        QCOMPARE(total.forward.macs.value(), 2 * 7 * (48 * 32 + 10 * 48));
        QVERIFY(counted->trace.isEstimate);
        QVERIFY(q(counted->trace.notes.front()).contains(q("taken for a linear layer")));
        QCOMPARE(counted->memory.parts.weights.value(), 2 * (48 * 32 + 48 + 10 * 48));
    }

    void tablesAreLookedUp()
    {
        const auto counted = runOf(sourceOf({tensor("embed_tokens.weight", {1000, 32})}));
        QVERIFY(counted);
        QCOMPARE(counted->costs.nodes.front().total.forward.macs.value(), 0);
        QCOMPARE(q(counted->trace.modules[1].className), q("Embedding"));
    }

    void whatHasABiasIsNoTable()
    {
        const auto counted = runOf(sourceOf({tensor("shared.weight", {32, 24}), tensor("shared.bias", {32})}),
                                   {{"text_tokens", "5"}});
        QVERIFY(counted);
        QCOMPARE(counted->costs.nodes.front().total.forward.macs.value(), 5 * 32 * 24);
        QCOMPARE(q(counted->trace.modules[1].className), q("Linear"));
    }

    void convolutionsAreUncountedByName()
    {
        const auto counted = runOf(sourceOf({tensor("stem.weight", {64, 3, 7, 7})}));
        QVERIFY(counted);
        QVERIFY(q(counted->trace.notes.back()).contains(q("Not counted: convolutions (1)")));
        QCOMPARE(counted->costs.nodes.front().total.forward.macs.value(), 0);
    }

    void anUnknownModelTypeIsNamed()
    {
        const auto counted = runOf(sourceOf({tensor("a.weight", {8, 8})}, {{"model_type", "mystery"}}));
        QVERIFY(counted);
        QVERIFY(q(counted->trace.notes[1]).contains(q("\"mystery\"")));
    }

    /// Qwen3-30B-A3B in full: 128 experts a layer, 8 for each token.
    void expertsTakeTheirShareOfTheTokens()
    {
        const auto counted = runOf(sourceOf(qwen3MoeTensors(), qwen3MoeConfig()), {{"text_tokens", "512"}});
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        constexpr std::int64_t attention = 2048 * 4096 + 2 * 2048 * 512 + 4096 * 2048;
        constexpr std::int64_t expert = 3 * 2048 * 768;
        constexpr std::int64_t router = 128 * 2048;
        constexpr std::int64_t norms = 48 * (2 * 2048 + 2 * 128) + 2048;
        constexpr std::int64_t table = 151936 * std::int64_t{2048};
        const Costs& total = counted->costs.root().total;
        QCOMPARE(total.params.value(), 48 * (attention + router + 128 * expert) + 2 * table + norms);
        QCOMPARE(total.activeParams.value(), 48 * (attention + router + 8 * expert) + 2 * table + norms);
        QCOMPARE(total.forward.macs.value(), 512 * (48 * (attention + router + 8 * expert) + table));
        QVERIFY(hasNote(*counted, "Each token passes 8 of 128 experts"));
        QVERIFY(!hasNote(*counted, "is not stored"));
        // 512 * 8 / 128 tokens for each.
        QCOMPARE(nodeAt(*counted, "model.layers.47.mlp.experts.127.up_proj").total.forward.macs.value(),
                 32 * 2048 * 768);
    }

    /// However a class or a tool names the figures and stores the matrices, it is the same model: four
    /// experts of 24 inside 16, two for each token, beside one that all pass.
    void expertsAreFoundByAnyName_data()
    {
        QTest::addColumn<QString>("config");
        QTest::addColumn<int>("layout");
        int layout = 0;
        for (const char* config :
             {R"({"num_local_experts": 4, "num_experts_per_tok": 2})",
              R"({"n_routed_experts": 4, "num_experts_per_token": 2})",
              R"({"num_experts": 4, "moe_topk": [2, 2]})", R"({"moe_num_experts": 4, "moe_k": 2})",
              R"({"ffn_config": {"moe_num_experts": 4, "moe_top_k": 2}})",
              R"({"text_config": {"num_experts": 4, "num_experts_per_tok": 2}, "top_k": 50})",
              R"({"moe": {"num_experts": 4, "num_experts_per_tok": 2}, "dim": 16})",
              R"({"hidden_size": 16, "num_experts": 4, "experts_per_token": 2})"})
            QTest::newRow(config) << q(config) << layout++;
    }
    void expertsAreFoundByAnyName()
    {
        QFETCH(QString, config);
        QFETCH(int, layout);
        const auto counted =
            runOf(sourceOf(smallExperts(layout % 5), nlohmann::json::parse(config.toStdString())),
                  {{"text_tokens", "6"}});
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        const Costs& total = counted->costs.root().total;
        constexpr std::int64_t expert = 2 * 24 * 16 + 16 * 24;
        QCOMPARE(total.params.value(), 4 * 16 + 5 * expert);
        QCOMPARE(total.activeParams.value(), 4 * 16 + 3 * expert);
        QCOMPARE(total.forward.macs.value(), 6 * (4 * 16 + 3 * expert));
        QVERIFY(hasNote(*counted, "Each token passes 2 of 4 experts"));
        QVERIFY(!hasNote(*counted, "is not stored"));
    }

    void tokensThatDoNotDivideAreSpreadExactly()
    {
        // Three tokens pass six experts of four: 2, 1, 2 and 1 of them.
        const auto counted =
            runOf(sourceOf(smallExperts(0), {{"num_experts", 4}, {"num_experts_per_tok", 2}}),
                  {{"text_tokens", "3"}});
        constexpr std::int64_t expert = 2 * 24 * 16 + 16 * 24;
        QCOMPARE(counted->costs.root().total.forward.macs.value(), 3 * (4 * 16 + 3 * expert));
        std::int64_t routed = 0;
        for (const char* name : {"0", "1", "2", "3"}) {
            const std::int64_t macs =
                nodeAt(*counted, std::string("layers.0.mlp.experts.") + name).total.forward.macs.value();
            QVERIFY(macs == expert || macs == 2 * expert);
            routed += macs;
        }
        QCOMPARE(routed, 3 * 2 * expert);
    }

    void expertsWithoutAFigureAreCountedWholly()
    {
        const auto counted = runOf(sourceOf(smallExperts(1)), {{"text_tokens", "6"}});
        constexpr std::int64_t expert = 2 * 24 * 16 + 16 * 24;
        QCOMPARE(counted->costs.root().total.activeParams.value(), 4 * 16 + 5 * expert);
        QCOMPARE(counted->costs.root().total.forward.macs.value(), 6 * (4 * 16 + 5 * expert));
        QVERIFY(hasNote(*counted, "how many it visits is not stored"));
    }

    void expertsInMissingShardsTakeTheirShare()
    {
        // Two of four are stored: each token passes one of them on average.
        auto tensors = smallExperts(0);
        drop(tensors, "experts.1.");
        drop(tensors, "experts.3.");
        const auto counted = runOf(sourceOf(tensors, {{"num_experts", 4}, {"num_experts_per_tok", 2}}),
                                   {{"text_tokens", "4"}});
        constexpr std::int64_t expert = 2 * 24 * 16 + 16 * 24;
        QCOMPARE(counted->costs.root().total.forward.macs.value(), 4 * (4 * 16 + 2 * expert));
    }

    void whatIsNotCountedIsTallied()
    {
        const auto counted =
            runOf(sourceOf({tensor("a.qweight", {8, 8}, DType::I32), tensor("b.weight", {8, 8}, DType::I8),
                            tensor("c.pos_embed", {1, 4, 8}), tensor("experts.w1", {4, 8, 8}, DType::U8)}));
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        QVERIFY(hasNote(*counted, "Not counted: modules with other or packed weights (4)"));
        Count calls;
        for (const Uncounted& entry : counted->costs.uncounted)
            calls += entry.calls;
        QCOMPARE(calls.value(), 4);
    }

    void aKnownModelIsTracedAndCompared()
    {
        const auto counted = runOf(sourceOf(smallLlamaTensors(), smallLlama()));
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        QVERIFY(!counted->trace.isEstimate);
        QVERIFY(q(counted->trace.notes.back()).contains(q("has all 21 tensors")));
        QCOMPARE(q(counted->trace.modules.front().className), q("LlamaForCausalLM"));
    }

    void weightsAreAsStoredUntilAnotherTypeIsAskedFor()
    {
        auto tensors = smallLlamaTensors();
        Count elements;
        for (StoredTensor& one : tensors)
            elements += one.shape.elements();
        // The norms are kept in float32.
        Count norms;
        for (StoredTensor& one : tensors)
            if (one.shape.rank() == 1) {
                one = tensor(one.name, one.shape, DType::F32);
                norms += one.shape.elements();
            }
        const Source source = sourceOf(tensors, smallLlama());
        QCOMPARE(runOf(source)->memory.parts.weights.value(), (elements * 2 + norms * 2).value());
        QCOMPARE(runOf(source, {{"weight_dtype", "fp32"}})->memory.parts.weights.value(),
                 (elements * 4).value());
    }

    void missingExtraAndDifferentTensorsAreListed()
    {
        auto tensors = smallLlamaTensors();
        drop(tensors, "layers.1.mlp.up_proj");
        tensors.push_back(tensor("model.extra.weight", {3}));
        tensors[0] = tensor(tensors[0].name, {321, 64});
        const CheckpointCheck check = checked(tensors);
        QCOMPARE(check.missing, (std::vector<std::string>{"model.layers.1.mlp.up_proj.weight"}));
        QCOMPARE(check.extra, (std::vector<std::string>{"model.extra.weight"}));
        QCOMPARE(check.different.size(), 1u);
        const auto notes = notesOf(check);
        QCOMPARE(q(notes[2]),
                 q("1 tensors have another shape than the model's: model.embed_tokens.weight is [321, 64], "
                   "expected [320, 64]."));
    }

    void fusedProjectionsFit()
    {
        auto tensors = smallLlamaTensors();
        for (const char* part : {"q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"})
            drop(tensors, part);
        for (const char* layer : {"model.layers.0.", "model.layers.1."}) {
            tensors.push_back(tensor(std::string(layer) + "self_attn.qkv_proj.weight", {64 + 32 + 32, 64}));
            tensors.push_back(tensor(std::string(layer) + "mlp.gate_up_proj.weight", {2 * 96, 64}));
        }
        QVERIFY(checked(tensors).isComplete());
        tensors.back() = tensor(tensors.back().name, {2 * 96 + 1, 64});
        QCOMPARE(checked(tensors).different.size(), 1u);
    }

    void tiedHeadsAndBuffersMayBeAbsentOrPresent()
    {
        nlohmann::json config = smallLlama();
        config["tie_word_embeddings"] = true;
        auto tensors = smallLlamaTensors();
        QVERIFY(checked(tensors, config).isComplete());
        drop(tensors, "lm_head");
        QVERIFY(checked(tensors, config).isComplete());
        StoredTensor buffer = tensor("model.layers.0.self_attn.rotary_emb.inv_freq", {8});
        buffer.kind = StoredTensor::Kind::Buffer;
        tensors.push_back(buffer);
        QVERIFY(checked(tensors, config).isComplete());
    }

    void baseModelsLeaveOutTheirPrefix()
    {
        auto tensors = smallLlamaTensors();
        drop(tensors, "lm_head");
        for (StoredTensor& one : tensors)
            one.name.erase(0, std::string_view("model.").size());
        QCOMPARE(checked(tensors).missing, (std::vector<std::string>{"lm_head.weight"}));
    }

    /// transformers 5 builds one tensor of all experts, and stores them one by one as releases before.
    void expertsMayBeStoredOneByOne()
    {
        const nlohmann::json config{{"model_type", "mixtral"},
                                    {"hidden_size", 8},
                                    {"num_attention_heads", 2},
                                    {"num_key_value_heads", 1},
                                    {"head_dim", 4},
                                    {"intermediate_size", 12},
                                    {"vocab_size", 16},
                                    {"num_hidden_layers", 1},
                                    {"num_local_experts", 3},
                                    {"transformers_version", "5.17"}};
        const std::string at = "model.layers.0.";
        const std::string block = at + "block_sparse_moe.";
        std::vector<StoredTensor> tensors{tensor("model.embed_tokens.weight", {16, 8}),
                                          tensor("model.norm.weight", {8}),
                                          tensor("lm_head.weight", {16, 8}),
                                          tensor(at + "input_layernorm.weight", {8}),
                                          tensor(at + "post_attention_layernorm.weight", {8}),
                                          tensor(at + "self_attn.q_proj.weight", {8, 8}),
                                          tensor(at + "self_attn.k_proj.weight", {4, 8}),
                                          tensor(at + "self_attn.v_proj.weight", {4, 8}),
                                          tensor(at + "self_attn.o_proj.weight", {8, 8}),
                                          tensor(block + "gate.weight", {3, 8})};
        for (int expert = 0; expert < 3; ++expert) {
            const std::string in = block + "experts." + std::to_string(expert) + ".";
            tensors.push_back(tensor(in + "w1.weight", {12, 8}));
            tensors.push_back(tensor(in + "w2.weight", {8, 12}));
            tensors.push_back(tensor(in + "w3.weight", {12, 8}));
        }
        QVERIFY(checked(tensors, config).isComplete());
        nlohmann::json older = config;
        older["transformers_version"] = "4.48";
        QVERIFY(checked(tensors, older).isComplete());
        drop(tensors, "experts.2.w3");
        const CheckpointCheck lacking = checked(tensors, config);
        QCOMPARE(lacking.missing, std::vector<std::string>{"model.layers.0.mlp.experts.gate_up_proj"});
        QCOMPARE(lacking.extra.size(), std::size_t(5));
    }
};

QTEST_APPLESS_MAIN(TestWeights)
#include "tst_weights.moc"
