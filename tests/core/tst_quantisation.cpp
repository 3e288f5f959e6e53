// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "core/model/held.h"
#include "core/model/tracer.h"
#include "core/quantisation/quantisation.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

#include <set>

using namespace sunflop;
using namespace sunflop::test;

namespace {

void weight(Tracer& t, std::string_view name, std::string_view className, const Shape& shape,
            const ModuleTraits& traits = {}, std::string_view tie = {})
{
    const auto scope = t.module(name, className, traits);
    t.parameter("weight", shape, {.tie = tie});
}

/// A mixture of eight experts beside a vision tower: 16 layers of width 512.
Trace mixture(bool isTied)
{
    Tracer t({DType::BF16, DType::BF16});
    {
        const auto root = t.module("", "Net");
        {
            const auto tower = t.module("vision_model", "Tower");
            weight(t, "proj", "Linear", {64, 64});
            weight(t, "norm", "LayerNorm", {64}, {.role = Role::Norm});
        }
        weight(t, "mlp1", "Linear", {512, 64}, {.role = Role::Projector});
        {
            const auto model = t.module("model", "Model");
            weight(t, "embed_tokens", "Embedding", {1000, 512}, {.role = Role::Embedding},
                   isTied ? "words" : "");
            const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
            const auto layer = t.module("0", "Layer", {.repeat = 16});
            {
                const auto attention = t.module("self_attn", "Attention", {.role = Role::Attention});
                weight(t, "q_proj", "Linear", {512, 512});
                weight(t, "k_proj", "Linear", {128, 512});
                weight(t, "v_proj", "Linear", {128, 512});
                weight(t, "o_proj", "Linear", {512, 512});
            }
            weight(t, "input_layernorm", "RMSNorm", {512}, {.role = Role::Norm});
            const auto mlp = t.module("mlp", "Moe", {.role = Role::Mlp});
            weight(t, "gate", "Linear", {8, 512}, {.role = Role::Router});
            const auto experts = t.module("experts", "ModuleList", {.isContainer = true});
            const auto expert = t.module("0", "Expert", {.repeat = 8, .visited = 2});
            weight(t, "down_proj", "Linear", {512, 1024});
        }
        weight(t, "lm_head", "Linear", {1000, 512}, {.role = Role::Head}, isTied ? "words" : "");
    }
    return t.finish().value();
}

std::int32_t moduleAt(const Trace& trace, std::string_view path)
{
    for (std::size_t i = 0; i < trace.modules.size(); ++i)
        if (trace.path(static_cast<std::int32_t>(i)) == path)
            return static_cast<std::int32_t>(i);
    return -1;
}

std::int64_t bytesOf(const Trace& trace, std::string_view method, std::string_view path)
{
    const auto weights = weightBytesOf(trace, quantisationNamed(method).value());
    return weights.modules.at(static_cast<std::size_t>(moduleAt(trace, path))).total().value();
}

} // namespace

class TestQuantisation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void methodsAreFoundByTheirIds()
    {
        std::set<std::string> ids;
        for (const Quantisation& method : quantisations()) {
            QVERIFY2(ids.insert(method.id).second, method.id.c_str());
            QVERIFY(!method.title.empty());
            const auto found = quantisationNamed(method.id);
            QVERIFY(found);
            QCOMPARE(found->id, method.id);
        }
        QCOMPARE(quantisationNamed("gptq-3-g64")->rules.front().format->id, std::string("gptq-3-g64"));
        QCOMPARE(quantisationNamed("awq-8")->rules.front().format->id, std::string("awq-8"));
        for (const char* wrong : {"gptq-9", "gptq-4-g0", "gptq-4-g128x", "gptq-", "q4", "gguf-q9"})
            QVERIFY2(!quantisationNamed(wrong), wrong);
    }

    void nothingQuantisedIsWhatTheCostTreeSays()
    {
        for (const bool isTied : {false, true}) {
            const Trace trace = mixture(isTied);
            const CostTree tree = cost(trace, conventions().front());
            const auto weights = weightBytesOf(trace, quantisations().front());
            for (std::size_t i = 0; i < trace.modules.size(); ++i)
                QCOMPARE(weights.modules[i].total().value(), tree.nodes[i].total.weightBytes.value());
        }
    }

    void bitsandbytesReplacesEveryLinearButTheHead()
    {
        const Trace trace = mixture(false);
        QCOMPARE(bytesOf(trace, "bnb-int8", "lm_head"), 2 * 1000 * 512);
        QCOMPARE(bytesOf(trace, "bnb-int8", "model.embed_tokens"), 2 * 1000 * 512);
        QCOMPARE(bytesOf(trace, "bnb-int8", "vision_model.proj"), 64 * 64 + 64 * 4);
        QCOMPARE(bytesOf(trace, "bnb-int8", "vision_model.norm"), 2 * 64);
        QCOMPARE(bytesOf(trace, "bnb-int8", "mlp1"), 512 * 64 + 512 * 4);
        QCOMPARE(bytesOf(trace, "bnb-int8", "model.layers.0-15.mlp.gate"), 16 * (8 * 512 + 8 * 4));
    }

    void gptqQuantisesTheLayersOnly()
    {
        const Trace trace = mixture(false);
        constexpr std::int64_t groups = 128 * 4;
        QCOMPARE(bytesOf(trace, "gptq-4-g128", "model.layers.0-15.self_attn.k_proj"),
                 16 * (128 * 512 / 2 + groups * 2 + groups / 2 + 512 * 4));
        QCOMPARE(bytesOf(trace, "gptq-4-g128", "vision_model.proj"), 2 * 64 * 64);
        QCOMPARE(bytesOf(trace, "gptq-4-g128", "mlp1"), 2 * 512 * 64);
        QCOMPARE(bytesOf(trace, "gptq-4-g128", "model.layers.0-15.mlp.gate"), 16 * 2 * 8 * 512);
    }

    void expertsAloneCanBeQuantised()
    {
        const Trace trace = mixture(false);
        QCOMPARE(bytesOf(trace, "mxfp4-experts", "model.layers.0-15.mlp.experts"),
                 16 * 8 * (512 * 1024 / 2 + 512 * 1024 / 32));
        QCOMPARE(bytesOf(trace, "mxfp4-experts", "model.layers.0-15.self_attn.q_proj"), 16 * 2 * 512 * 512);
    }

    void stackedExpertsKeepTheirBiases()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto experts = t.module("experts", "Experts");
            t.parameter("gate_up_proj", {8, 64, 32});
            t.parameter("gate_up_proj_bias", {8, 64});
        }
        const Trace trace = t.finish().value();
        QCOMPARE(bytesOf(trace, "mxfp4-experts", "experts"), 8 * 64 * (32 / 2 + 1) + 2 * 8 * 64);
        // bitsandbytes replaces modules; these are parameters of a module of its own kind.
        QCOMPARE(bytesOf(trace, "bnb-nf4", "experts"), 2 * (8 * 64 * 32 + 8 * 64));
    }

    void mixesDifferFromLayerToLayer()
    {
        // Of 16 layers the first and last two, and 4, 7, 10 and 13. Eight experts: values in q8_0.
        const Trace trace = mixture(false);
        constexpr std::int64_t blocks = 512 * 1024 / 256;
        QCOMPARE(bytesOf(trace, "gguf-q4_k_m", "model.layers.0-15.mlp.experts"),
                 8 * (8 * blocks * 210 + 8 * blocks * 144));
        QCOMPARE(bytesOf(trace, "gguf-q4_k_m", "model.layers.0-15.self_attn.v_proj"),
                 16 * (128 * 512 / 32) * 34);
        QCOMPARE(bytesOf(trace, "gguf-q4_k_m", "model.layers.0-15.mlp.gate"), 16 * 8 * 512 * 4);
        QCOMPARE(bytesOf(trace, "gguf-q4_k_m", "model.layers.0-15.input_layernorm"), 16 * 512 * 4);
        QCOMPARE(bytesOf(trace, "gguf-q4_k_m", "vision_model.proj"), 64 * 64 * 2);
    }

    void tiedTablesAreStoredOnceInSixBits()
    {
        const Trace trace = mixture(true);
        constexpr std::int64_t table = 1000 * (512 / 256) * 210;
        QCOMPARE(bytesOf(trace, "gguf-q4_k_m", "lm_head"), table);
        QCOMPARE(bytesOf(trace, "gguf-q4_k_m", "model.embed_tokens"), table);
        const auto all = [](bool isTied) { return bytesOf(mixture(isTied), "gguf-q4_k_m", ""); };
        // Untied: the head in q6_k and a table in q4_k besides.
        QCOMPARE(all(false) - all(true), 1000 * 2 * 144);
    }

    void filesAreAligned()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            weight(t, "norm", "RMSNorm", {5}, {.role = Role::Norm});
        }
        const auto weights = weightBytesOf(t.finish().value(), quantisationNamed("gguf-q8_0").value());
        QCOMPARE(weights.bytes().value(), 5 * 4);
        QCOMPARE(ggufFileBytes(weights).value(), 32);
    }

    void theFirstRuleThatFitsDecides()
    {
        const Trace trace = mixture(false);
        Quantisation own{.id = "own", .title = "own"};
        own.rules = {{.modules = ModuleNames::of(std::array{std::string("q_proj")}).value(),
                      .format = packing::plain(DType::F32)},
                     {.kinds = {WeightKind::LayerMatrix}, .format = packing::mx(8)}};
        own.rest = DType::F32;
        const auto weights = weightBytesOf(trace, own);
        const auto at = [&](std::string_view path) {
            return weights.modules[static_cast<std::size_t>(moduleAt(trace, path))].total().value();
        };
        QCOMPARE(at("model.layers.0-15.self_attn.q_proj"), 16 * 4 * 512 * 512);
        QCOMPARE(at("model.layers.0-15.self_attn.o_proj"), 16 * (512 * 512 + 512 * 16));
        QCOMPARE(at("lm_head"), 4 * 1000 * 512);
    }

    void expertsAreCountedFoldedOrNot()
    {
        QCOMPARE(ggufModel(mixture(false)).experts, 8);
        QCOMPARE(ggufModel(mixture(false)).layers, 16);
        QVERIFY(ggufModel(mixture(false)).sharesKeys()); // 512 rows of queries over 128 of keys
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            const auto experts = t.module("experts", "ModuleList", {.isContainer = true});
            weight(t, "0", "Linear", {4, 4});
            weight(t, "1", "Linear", {4, 4}, {.repeat = 3});
        }
        QCOMPARE(ggufModel(t.finish().value()).experts, 1 + 3);
    }

    void runsOfLayersAreNumberedOn()
    {
        // Layers 0 to 2 keep everything, the last slides: two entries, one list.
        const Trace trace = traceOf(smallDecoder(
            "qwen2", {{"use_sliding_window", true}, {"sliding_window", 8}, {"max_window_layers", 3}}));
        QCOMPARE(layerCount(trace), 4);
        QCOMPARE(layerPlace(trace, moduleAt(trace, "model.layers.3.mlp")).first, 3);
        QCOMPARE(layerPlace(trace, moduleAt(trace, "model.norm")).module, -1);
    }
};

QTEST_APPLESS_MAIN(TestQuantisation)
#include "tst_quantisation.moc"
