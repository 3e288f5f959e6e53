// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints as models: of unknown architectures, and held against a known family.
#include "core/families/checkpoint_check.h"
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
};

QTEST_APPLESS_MAIN(TestWeights)
#include "tst_weights.moc"
