// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/tracer.h"
#include "core/quantisation/quantisation_config.h"
#include "core/run/remarks.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

#include <functional>

using namespace sunflop;
using namespace sunflop::test;

namespace {

using Bytes = std::function<std::int64_t(std::int64_t out, std::int64_t in)>;

constexpr std::int64_t hidden = 256;
constexpr std::int64_t keys = 2 * 64;
constexpr std::int64_t ffn = 512;
constexpr std::int64_t words = 1000;
constexpr std::int64_t layers = 4;
/// In bf16: the table of words, the head, and the norms.
constexpr std::int64_t table = 2 * words * hidden;
constexpr std::int64_t norms = 2 * (2 * layers + 1) * hidden;

nlohmann::json decoder(const nlohmann::json& changes = nlohmann::json::object())
{
    nlohmann::json config{{"model_type", "llama"},    {"hidden_size", hidden},
                          {"intermediate_size", ffn}, {"num_hidden_layers", layers},
                          {"num_attention_heads", 4}, {"num_key_value_heads", 2},
                          {"vocab_size", words},      {"torch_dtype", "bfloat16"}};
    config.update(changes);
    return config;
}

nlohmann::json quantised(const char* text)
{
    return decoder({{"quantization_config", nlohmann::json::parse(text)}});
}

/// The seven matrices of a layer under `bytes`.
std::int64_t layer(const Bytes& bytes)
{
    return 2 * bytes(hidden, hidden) + 2 * bytes(keys, hidden) + 2 * bytes(ffn, hidden) + bytes(hidden, ffn);
}

std::int64_t weights(const nlohmann::json& config, std::vector<Assignment> settings = {})
{
    settings.push_back({"text_tokens", "8"});
    const Run run = runOf(config, settings);
    // The column, the memory and the pane of details have one source.
    if (run.costs.root().total.weightBytes != run.memory.parts.weights)
        qFatal("%s", "the Weights column is not what memory.weights is");
    return run.memory.parts.weights.value();
}

std::int64_t plain(std::int64_t out, std::int64_t in)
{
    return 2 * out * in;
}

std::string defaultWeights(const nlohmann::json& config)
{
    const auto offered = inputsOf(sourceOf(config)).value();
    return std::ranges::find(offered, "weight_dtype", &Input::id)->defaultValue;
}

struct Layout {
    const char* name;
    const char* config;
    const char* id;
    Bytes matrix;                          ///< of a layer
    std::int64_t rest = 2 * table + norms; ///< what lies outside of the layers, and the norms
};

const std::vector<Layout>& layouts()
{
    // Groups of 128 in 256 inputs are 2, in 512 they are 4: in / 128 of each output.
    static const std::vector<Layout> table_{
        {"gptq 4 bit", R"({"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": false})",
         "gptq-4-g128",
         [](auto out, auto in) { return out * in / 2 + out * (in / 128) * (2 * 2 + 1) / 2 + 4 * in; }},
        {"gptq 3 bit", R"({"quant_method": "gptq", "bits": 3, "group_size": 64, "desc_act": true})",
         "gptq-3-g64",
         [](auto out, auto in) { return out * in * 3 / 8 + out * (in / 64) * (16 + 3) / 8 + 4 * in; }},
        {"gptq 2 bit", R"({"quant_method": "gptq", "bits": 2, "group_size": 32})", "gptq-2-g32",
         [](auto out, auto in) { return out * in / 4 + out * (in / 32) * (16 + 2) / 8 + 4 * in; }},
        {"gptq 8 bit, a scale per output", R"({"quant_method": "gptq", "bits": 8, "group_size": -1})",
         "gptq-8", [](auto out, auto in) { return out * in + out * (2 + 1) + 4 * in; }},
        {"awq", R"({"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemm",
                    "zero_point": true, "modules_to_not_convert": null})",
         "awq-4-g128", [](auto out, auto in) { return out * in / 2 + out * (in / 128) * 5 / 2; }},
        {"fp8 in tiles", R"({"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic",
                             "weight_block_size": [128, 128]})",
         "fp8-tiles", [](auto out, auto in) { return out * in + 4 * (out / 128) * (in / 128); }},
        {"fp8 per tensor", R"({"quant_method": "fp8", "activation_scheme": "static",
                               "ignored_layers": ["lm_head"]})",
         "fp8-tensor", [](auto out, auto in) { return out * in + 4 + 4; }},
        {"bitsandbytes int8", R"({"quant_method": "bitsandbytes", "load_in_8bit": true})", "bnb-int8",
         [](auto out, auto in) { return out * in + 4 * out; }},
        {"bitsandbytes nf4, double", R"({"quant_method": "bitsandbytes", "load_in_4bit": true,
              "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": true})",
         "bnb-nf4-dq",
         // absmax in 8 bits per 64, 32 bits per 256 of those; tables of 16 and 256 values, an offset.
         [](auto out, auto in) {
             return out * in / 2 + out * in / 64 + 4 * (out * in / 64 / 256) + 4 * (16 + 256 + 1);
         }},
        {"bitsandbytes fp4", R"({"load_in_4bit": true})", "bnb-fp4",
         [](auto out, auto in) { return out * in / 2 + 4 * (out * in / 64) + 4 * 16; }},
        {"compressed-tensors w4a16", R"({"quant_method": "compressed-tensors", "format": "pack-quantized",
              "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int",
              "strategy": "group", "group_size": 128, "symmetric": true}}}, "ignore": ["lm_head"]})",
         "int4-g128", [](auto out, auto in) { return out * in / 2 + 2 * out * (in / 128) + 2 * 8; }},
        {"compressed-tensors w4a16, zeros", R"({"quant_method": "compressed-tensors",
              "format": "pack-quantized", "config_groups": {"group_0": {"targets": ["Linear"], "weights":
              {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 128, "symmetric": false,
              "actorder": "group"}}}, "ignore": ["re:.*head$"]})",
         "int4-g128",
         [](auto out, auto in) { return out * in / 2 + (2 * out + out / 2) * (in / 128) + 4 * in + 2 * 8; }},
        {"compressed-tensors w8a8", R"({"quant_method": "compressed-tensors", "format": "int-quantized",
              "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "int",
              "strategy": "channel"}, "input_activations": {"num_bits": 8, "dynamic": true}}},
              "ignore": ["lm_head"]})",
         "int8-channel", [](auto out, auto in) { return out * in + 2 * out; }},
        {"compressed-tensors fp8", R"({"quant_method": "compressed-tensors", "format": "float-quantized",
              "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float",
              "strategy": "tensor"}, "input_activations": {"num_bits": 8, "dynamic": false}}},
              "ignore": ["lm_head"]})",
         "fp8-tensor", [](auto out, auto in) { return out * in + 2 + 4; }},
        {"mlx", R"({"group_size": 64, "bits": 4})", "mlx-4-g64",
         [](auto out, auto in) { return out * in / 2 + (2 + 2) * out * (in / 64); },
         2 * words * (hidden / 2 + 4 * hidden / 64) + norms},
        {"hqq", R"({"quant_method": "hqq", "skip_modules": ["lm_head"], "quant_config":
              {"weight_quant_params": {"nbits": 4, "group_size": 64, "axis": 1}}})",
         "hqq-4-g64", [](auto out, auto in) { return out * in / 2 + (2 + 2) * out * (in / 64); }},
        {"torchao", R"({"quant_method": "torchao", "quant_type": {"default": {"_type":
              "Int4WeightOnlyConfig", "_data": {"group_size": 128}}}, "modules_to_not_convert": null})",
         "torchao-4-g128", [](auto out, auto in) { return out * in / 2 + (2 + 2) * out * (in / 128); }},
        {"ModelOpt", R"({"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["lm_head"]})", "nvfp4",
         [](auto out, auto in) { return out * in / 2 + out * (in / 16) + 4 + 4; }},
    };
    return table_;
}

} // namespace

class TestQuantisationConfig : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyMethodIsReadFromItsConfig_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < layouts().size(); ++i)
            QTest::newRow(layouts()[i].name) << static_cast<int>(i);
    }

    void everyMethodIsReadFromItsConfig()
    {
        QFETCH(int, index);
        const Layout& layout = layouts()[static_cast<std::size_t>(index)];
        const nlohmann::json config = quantised(layout.config);
        QCOMPARE(q(defaultWeights(config)), q(layout.id));
        QCOMPARE(weights(config), layers * layer(layout.matrix) + layout.rest);
        // Unpacked at the user's wish.
        QCOMPARE(weights(config, {{"weight_dtype", "bf16"}}), layers * layer(plain) + 2 * table + norms);
        // Operators stay those of the model.
        QCOMPARE(runOf(config, {{"text_tokens", "8"}}).costs.root().total.forward.flops.value(),
                 runOf(decoder(), {{"text_tokens", "8"}}).costs.root().total.forward.flops.value());
    }

    void qwenHasTheBytesOfItsLayouts()
    {
        // The sizes of Qwen2.5-7B as GPTQ and as AWQ store them, 4 bits in groups of 128: by the layouts
        // alone.
        nlohmann::json config{{"model_type", "qwen2"},        {"hidden_size", 3584},
                              {"intermediate_size", 18944},   {"num_hidden_layers", 28},
                              {"num_attention_heads", 28},    {"num_key_value_heads", 4},
                              {"vocab_size", 152064},         {"torch_dtype", "float16"},
                              {"tie_word_embeddings", false}, {"transformers_version", "4.45.0"}};
        constexpr std::int64_t matrices =
            28 * (2 * 3584 * 3584 + 2 * 512 * 3584 + 3 * std::int64_t{18944} * 3584);
        constexpr std::int64_t inputs = 28 * (6 * 3584 + 18944);
        constexpr std::int64_t rest =
            2 * (2 * std::int64_t{152064} * 3584 + 28 * (3584 + 2 * 512) + (2 * 28 + 1) * 3584);
        constexpr std::int64_t packed = matrices / 2 + matrices / 128 * 5 / 2;
        config["quantization_config"] = {{"quant_method", "gptq"}, {"bits", 4}, {"group_size", 128}};
        QCOMPARE(weights(config), packed + 4 * inputs + rest);
        config["quantization_config"]["quant_method"] = "awq";
        QCOMPARE(weights(config), packed + rest);
    }

    void listsOfModulesStayAsTheyAre_data()
    {
        QTest::addColumn<QString>("list");
        QTest::addColumn<qint64>("projections"); // of the four down projections, how many stay
        QTest::newRow("by name") << R"(["down_proj"])" << qint64{4};
        QTest::newRow("with the parent") << R"(["mlp.down_proj"])" << qint64{4};
        QTest::newRow("full name") << R"(["model.layers.2.mlp.down_proj"])" << qint64{1};
        QTest::newRow("two full names")
            << R"(["model.layers.0.mlp.down_proj", "model.layers.3.mlp.down_proj"])" << qint64{2};
        QTest::newRow("wrapped") << R"(["model.language_model.layers.1.mlp.down_proj"])" << qint64{1};
        QTest::newRow("any text") << R"(["model.layers.*.mlp.down_proj"])" << qint64{4};
        QTest::newRow("expression") << R"(["re:.*layers\\.(0|1|3)\\..*down_proj$"])" << qint64{3};
        QTest::newRow("lookahead") << R"(["re:.*layers\\.(?!2)\\d\\.mlp\\.down.*"])" << qint64{3};
        QTest::newRow("part of a name") << R"(["down"])" << qint64{0};
        QTest::newRow("another layer") << R"(["model.layers.12.mlp.down_proj"])" << qint64{0};
    }

    void listsOfModulesStayAsTheyAre()
    {
        QFETCH(QString, list);
        QFETCH(qint64, projections);
        const auto tiles = [](std::int64_t out, std::int64_t in) {
            return out * in + 4 * (out / 128) * (in / 128);
        };
        const std::int64_t saved = plain(hidden, ffn) - tiles(hidden, ffn);
        const std::string text = R"({"quant_method": "fp8", "weight_block_size": [128, 128], )"
                                 R"("modules_to_not_convert": )" +
                                 list.toStdString() + "}";
        const nlohmann::json config = quantised(text.c_str());
        QCOMPARE(weights(config), layers * layer(tiles) + 2 * table + norms + projections * saved);
    }

    void aWholeLayerCanStay()
    {
        const auto int8 = [](std::int64_t out, std::int64_t in) { return out * in + 4 * out; };
        const nlohmann::json config = quantised(
            R"({"quant_method": "bitsandbytes", "load_in_8bit": true,
                "llm_int8_skip_modules": ["lm_head", "model.layers.3"]})");
        QCOMPARE(weights(config), (layers - 1) * layer(int8) + layer(plain) + 2 * table + norms);
    }

    void aListWithoutTheHeadQuantisesIt()
    {
        const auto int8 = [](std::int64_t out, std::int64_t in) { return out * in + 4 * out; };
        const nlohmann::json config = quantised(
            R"({"quant_method": "bitsandbytes", "load_in_8bit": true, "llm_int8_skip_modules": ["q_proj"]})");
        QCOMPARE(weights(config), layers * (layer(int8) + plain(hidden, hidden) - int8(hidden, hidden)) +
                                      table + int8(words, hidden) + norms);
    }

    void singleModulesHaveBitsOfTheirOwn()
    {
        const auto mlx = [](std::int64_t bits) {
            return
                [bits](std::int64_t out, std::int64_t in) { return out * in * bits / 8 + 4 * out * in / 64; };
        };
        const nlohmann::json config = quantised(
            R"({"group_size": 64, "bits": 4, "model.embed_tokens": false,
                "model.layers.0.mlp.down_proj": {"group_size": 64, "bits": 8}})");
        QCOMPARE(weights(config), layers * layer(mlx(4)) + mlx(8)(hidden, ffn) - mlx(4)(hidden, ffn) + table +
                                      mlx(4)(words, hidden) + norms);
        const auto gptq = [](std::int64_t bits) {
            return [bits](std::int64_t out, std::int64_t in) {
                return out * in * bits / 8 + out * (in / 128) * (16 + bits) / 8 + 4 * in;
            };
        };
        const nlohmann::json dynamic = quantised(
            R"({"quant_method": "gptq", "bits": 4, "group_size": 128, "dynamic":
                {"-:.*layers\\.0\\.mlp\\.down_proj": {}, "+:.*\\.q_proj": {"bits": 8}}})");
        QCOMPARE(weights(dynamic),
                 layers * (layer(gptq(4)) + gptq(8)(hidden, hidden) - gptq(4)(hidden, hidden)) +
                     plain(hidden, ffn) - gptq(4)(hidden, ffn) + 2 * table + norms);
    }

    void unknownMethodsAreNamed_data()
    {
        QTest::addColumn<QString>("config");
        QTest::addColumn<QString>("named");
        QTest::newRow("method") << R"({"quant_method": "vptq"})"
                                << "\"vptq\"";
        QTest::newRow("no method") << R"({"some": 1})"
                                   << "no method";
        QTest::newRow("algorithm") << R"({"quant_method": "modelopt", "quant_algo": "W2A2"})"
                                   << "\"W2A2\"";
        QTest::newRow("bits") << R"({"quant_method": "gptq", "bits": 17})"
                              << "17";
        QTest::newRow("expression") << R"({"quant_method": "fp8", "ignore": ["re:(?<=a)b"]})"
                                    << "(?<=a)b";
        QTest::newRow("type") << R"({"quant_method": "awq", "bits": "four"})"
                              << "four";
        QTest::newRow("sparse") << R"({"quant_method": "compressed-tensors", "format": "marlin-24"})"
                                << "marlin-24";
    }

    void unknownMethodsAreNamed()
    {
        QFETCH(QString, config);
        QFETCH(QString, named);
        const nlohmann::json json = quantised(config.toUtf8().constData());
        QCOMPARE(q(defaultWeights(json)), q("bf16"));
        const Run run = runOf(json, {{"text_tokens", "8"}});
        QCOMPARE(run.memory.parts.weights.value(), layers * layer(plain) + 2 * table + norms);
        const std::vector<std::string> remarks = remarksOf(run);
        QVERIFY(std::ranges::any_of(remarks, [&](const std::string& remark) {
            return remark.find(named.toStdString()) != std::string::npos;
        }));
    }

    void theCacheTakesTheTypeThatTheConfigWants()
    {
        const nlohmann::json config = quantised(
            R"({"quant_method": "compressed-tensors", "format": "dense", "config_groups": {},
                "kv_cache_scheme": {"num_bits": 8, "type": "float", "strategy": "tensor"}})");
        QCOMPARE(runOf(config, {{"text_tokens", "8"}}).memory.parts.cache.value(), layers * 8 * 2 * keys);
        QCOMPARE(runOf(config, {{"text_tokens", "8"}, {"kv_dtype", "bf16"}}).memory.parts.cache.value(),
                 2 * layers * 8 * 2 * keys);
    }

    void aFileBesideTheConfigTells_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("id");
        QTest::newRow("ModelOpt")
            << "hf_quant_config.json"
            << R"({"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8",
                   "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]}})"
            << "fp8-tensor";
        QTest::newRow("AutoGPTQ") << "quantize_config.json"
                                  << R"({"bits": 4, "group_size": 32, "desc_act": true})"
                                  << "gptq-4-g32";
        QTest::newRow("AutoAWQ") << "quant_config.json"
                                 << R"({"w_bit": 4, "q_group_size": 64, "version": "GEMM"})"
                                 << "awq-4-g64";
        QTest::newRow("broken") << "quant_config.json"
                                << R"({"w_bit": )"
                                << "bf16";
        QTest::newRow("of something else") << "quant.json"
                                           << R"({"w_bit": 4})"
                                           << "bf16";
    }

    void aFileBesideTheConfigTells()
    {
        QFETCH(QString, name);
        QFETCH(QString, text);
        QFETCH(QString, id);
        QTemporaryDir folder;
        const auto write = [&](const QString& file, const QByteArray& contents) {
            QFile out(folder.filePath(file));
            QVERIFY(out.open(QIODevice::WriteOnly));
            out.write(contents);
        };
        write(QStringLiteral("config.json"), QByteArray::fromStdString(decoder().dump()));
        write(name, text.toUtf8());
        const auto source = openFile(folder.filePath(QStringLiteral("config.json")).toStdString());
        QVERIFY(source);
        const auto offered = inputsOf(*source).value();
        const auto valueOf = [&](std::string_view input) {
            return q(std::ranges::find(offered, input, &Input::id)->defaultValue);
        };
        QCOMPARE(valueOf("weight_dtype"), id);
        QCOMPARE(valueOf("kv_dtype"), id == "fp8-tensor" ? QStringLiteral("fp8") : QStringLiteral("bf16"));
    }

    void mxfp4HoldsTheExpertsOnly()
    {
        const auto method =
            readQuantisation(Config({{"quant_method", "mxfp4"},
                                     {"modules_to_not_convert", {"model.layers.*.self_attn", "lm_head"}}}));
        QVERIFY(method);
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto model = t.module("model", "Model");
            const auto all = t.module("layers", "ModuleList", {.isContainer = true});
            const auto one = t.module("0", "Layer", {.repeat = 3});
            {
                const auto attention = t.module("self_attn", "Attention", {.role = Role::Attention});
                const auto projection = t.module("q_proj", "Linear");
                t.parameter("weight", {64, 64});
            }
            const auto mlp = t.module("mlp", "Mlp", {.role = Role::Mlp});
            const auto experts = t.module("experts", "Experts");
            t.parameter("gate_up_proj", {8, 64, 96});
            t.parameter("gate_up_proj_bias", {8, 96});
        }
        QCOMPARE(weightBytesOf(t.finish().value(), *method).bytes().value(),
                 3 * (2 * 64 * 64 + 8 * 64 * 96 * 17 / 32 + 2 * 8 * 96));
    }
};

QTEST_APPLESS_MAIN(TestQuantisationConfig)
#include "tst_quantisation_config.moc"
