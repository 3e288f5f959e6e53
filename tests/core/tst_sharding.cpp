// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/sharding.h"
#include "core/model/tracer.h"
#include "tests/support/small_models.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// The parameter of the module with this name.
const Parameter& parameterOf(const Trace& trace, std::string_view module, std::string_view name = "weight")
{
    for (const Parameter& parameter : trace.parameters)
        if (parameter.name == name &&
            trace.modules[static_cast<std::size_t>(parameter.module)].name == module)
            return parameter;
    qFatal("no such parameter");
}

QString shardOf(const Trace& trace, std::string_view module, std::int64_t tensor,
                std::string_view name = "weight")
{
    return QString::fromStdString(tensorShard(trace, parameterOf(trace, module, name), tensor, 4).text());
}

StateParts sharded(const Trace& trace, const ParallelPlan& plan)
{
    return shardedStates(trace, recipeNamed("mixed").value(), plan, 4);
}

/// Weights of one layer of the small decoder: q, o 8 x 8; k, v 4 x 8; three of 12 x 8; two norms of 8.
constexpr std::int64_t layerParams = 2 * 8 * 8 + 2 * 4 * 8 + 3 * 12 * 8 + 2 * 8;
constexpr std::int64_t tableParams = 16 * 8;

/// Four layers of eight experts, each a matrix of 6 x 8.
Trace mixture()
{
    Tracer t({DType::BF16, DType::BF16});
    {
        const auto root = t.module("", "Net");
        const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
        const auto layer = t.module("0", "Layer", {.repeat = 4});
        const auto experts = t.module("experts", "ModuleList", {.isContainer = true});
        const auto expert = t.module("0", "Expert", {.repeat = 8, .visited = 2});
        const auto up = t.module("up_proj", "Linear");
        t.parameter("weight", {6, 8});
    }
    return t.finish().value();
}

} // namespace

class TestSharding : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stagesShareMoreAndMore()
    {
        const StateParts whole{
            .weights = 200, .frozen = 10, .gradients = 200, .masters = 400, .optimizer = 800};
        const auto total = [&](DataSharding sharding) {
            return dataSharded(whole, sharding, 10).total().value();
        };
        QCOMPARE(total(DataSharding::Replicated), 200 + 10 + 200 + 400 + 800);
        QCOMPARE(total(DataSharding::Optimizer), 200 + 10 + 200 + 40 + 80);
        QCOMPARE(total(DataSharding::Gradients), 200 + 10 + 20 + 40 + 80);
        QCOMPARE(total(DataSharding::Full), 20 + 1 + 20 + 40 + 80);
        QCOMPARE(dataSharded(whole, DataSharding::Full, 1).total(), whole.total());
    }

    void rowsAreCutRoundedUp()
    {
        QCOMPARE(firstShard({10, 7}, 4).value(), 3 * 7);
        QCOMPARE(firstShard({3}, 8).value(), 1);
        QCOMPARE(firstShard({}, 8).value(), 1);
    }

    void tensorParallelismCutsColumnsThenRows()
    {
        const Trace trace = traceOf(smallDecoder("qwen2", {{"num_key_value_heads", 2}}));
        QCOMPARE(shardOf(trace, "q_proj", 2), QStringLiteral("[4, 8]"));
        QCOMPARE(shardOf(trace, "q_proj", 2, "bias"), QStringLiteral("[4]"));
        QCOMPARE(shardOf(trace, "k_proj", 2), QStringLiteral("[4, 8]"));
        QCOMPARE(shardOf(trace, "o_proj", 2), QStringLiteral("[8, 4]"));
        QCOMPARE(shardOf(trace, "up_proj", 2), QStringLiteral("[6, 8]"));
        QCOMPARE(shardOf(trace, "down_proj", 2), QStringLiteral("[8, 6]"));
        QCOMPARE(shardOf(trace, "embed_tokens", 2), QStringLiteral("[8, 8]"));
        QCOMPARE(shardOf(trace, "lm_head", 2), QStringLiteral("[8, 8]"));
        QCOMPARE(shardOf(trace, "input_layernorm", 2), QStringLiteral("[8]"));
    }

    void keyHeadsAreCopiedWhereThereAreTooFew()
    {
        const Trace trace = traceOf(smallDecoder("llama"));
        QCOMPARE(shardOf(trace, "k_proj", 2), QStringLiteral("[4, 8]"));
        QCOMPARE(kvHeadsPerDevice(8, 2), 4);
        QCOMPARE(kvHeadsPerDevice(8, 16), 1);
    }

    void vocabulariesArePadded()
    {
        // Korthikanti et al.: 51,200 words are GPT-2's 50,257 for eight devices.
        QCOMPARE(paddedVocabulary(50'257, 8), 51'200);
        const Trace trace = traceOf(smallDecoder("llama", {{"vocab_size", 15}}));
        QCOMPARE(shardOf(trace, "embed_tokens", 2), QStringLiteral("[128, 8]"));
    }

    void stagesTakeEvenRunsOfLayers()
    {
        QCOMPARE(stageLayers(10, 4, 0).count(), 3);
        QCOMPARE(stageLayers(10, 4, 1).first, 3);
        QCOMPARE(stageLayers(10, 4, 3).first, 8);
        QCOMPARE(stageLayers(10, 4, 3).last, 10);
        QCOMPARE(microBatchesInFlight(4, 1, 8), 3);
        QCOMPARE(microBatchesInFlight(4, 0, 2), 2);
        QCOMPARE(interleavedFactor(8, 3), 1 + 7.0 / 24);
        QCOMPARE(interleavedFactor(8, 1), 1.0);
        QCOMPARE(pipelineBubble(4, 12, 2), 3.0 / 24);
    }

    void activationsAreCutByTensorsAndContext()
    {
        const ActivationShares plain = activationShares({.tensor = 4, .context = 2});
        QCOMPARE(plain.split, 1.0 / 8);
        QCOMPARE(plain.common, 1.0 / 2);
        QCOMPARE(plain.inFlight, 1.0);
        QCOMPARE(activationShares({.tensor = 4, .sequenceParallel = true}).common, 1.0 / 4);
        QCOMPARE(activationShares({.pipeline = 4, .stage = 1}, 8).inFlight, 3.0);
    }

    void stagesHoldTheirPartOfTheModel()
    {
        const Trace trace = traceOf(smallDecoder("llama"));
        const auto weights = [&](std::int64_t stage) {
            return sharded(trace, {.pipeline = 2, .stage = stage}).weights.value();
        };
        QCOMPARE(weights(0), 2 * (2 * layerParams + tableParams));
        QCOMPARE(weights(1), 2 * (2 * layerParams + 8 + tableParams));
        QCOMPARE(sharded(trace, {}).total().value(), 16 * (4 * layerParams + 8 + 2 * tableParams));
    }

    void plansMultiply()
    {
        const Trace trace = traceOf(smallDecoder("llama"));
        // Two tensor-parallel devices: key heads whole, the rest of a layer's matrices and the tables halved.
        constexpr std::int64_t half = 8 * 8 + 2 * 4 * 8 + 3 * 6 * 8 + 2 * 8;
        constexpr std::int64_t params = 4 * half + 8 + 2 * tableParams / 2;
        const StateParts whole = sharded(trace, {.tensor = 2});
        QCOMPARE(whole.weights.value(), 2 * params);
        const StateParts full = sharded(trace, {.data = 4, .sharding = DataSharding::Full, .tensor = 2});
        QCOMPARE(full.total().value(), 16 * params / 4);
        const StateParts hybrid =
            sharded(trace, {.data = 4, .shardGroup = 2, .sharding = DataSharding::Full, .tensor = 2});
        QCOMPARE(hybrid.total().value(), 16 * params / 2);
    }

    void bucketsHoldGradientsTwice()
    {
        const Trace trace = traceOf(smallDecoder("llama"));
        const StateParts once = sharded(trace, {.data = 2});
        const StateParts twice = sharded(trace, {.data = 2, .hasBucketCopies = true});
        QCOMPARE(twice.gradients.value(), 2 * once.gradients.value());
    }

    void expertsAreSpreadAndSharedByFewer()
    {
        const Trace trace = mixture();
        constexpr std::int64_t all = 4 * 8 * 6 * 8;
        QCOMPARE(sharded(trace, {.data = 4, .expert = 4}).weights.value(), 2 * all / 4);
        // Two of the eight devices hold the same experts: their states are cut in two.
        const StateParts states =
            sharded(trace, {.data = 8, .sharding = DataSharding::Optimizer, .expert = 4});
        QCOMPARE(states.weights.value(), 2 * all / 4);
        QCOMPARE(states.optimizer.value(), 8 * all / 4 / 2);
    }

    void unitsAreGatheredWithThoseThatFollow()
    {
        const GatheredBytes units = gathered(100, 30, DType::BF16, DType::F32);
        QCOMPARE(units.weights.value(), 2 * (2 * 100 + 30));
        QCOMPARE(units.gradients.value(), 4 * 100);
        QCOMPARE(gathered(100, 30, DType::BF16, DType::BF16, 0).total().value(), 2 * 130 + 2 * 100);
    }

    void deepspeedEstimatesFollowItsFormulas()
    {
        using namespace deepspeed;
        QCOMPARE(zero2(1000, 4, 2, Offload::None).deviceBytes.value(), 4 * 1000 + 16 * 1000 / 8);
        QCOMPARE(zero2(1000, 4, 2, Offload::Optimizer).hostBytes.value(), 1000 * 32 * 3 / 2);
        QCOMPARE(zero2(1000, 1, 1, Offload::Optimizer).hostBytes.value(), 1000 * 16 * 3 / 2);
        QCOMPARE(zero3(1000, 100, 4, 2, Offload::None).deviceBytes.value(), 4 * 100 + 18 * 1000 / 8);
        QCOMPARE(zero3(1000, 100, 4, 2, Offload::Optimizer).deviceBytes.value(), 4 * 100 + 2 * 1000 / 8);
        QCOMPARE(zero3(1000, 100, 4, 2, Offload::Optimizer).hostBytes.value(), 16 * 1000 / 2 * 3 / 2);
        QCOMPARE(zero3(1000, 100, 4, 2, Offload::OptimizerAndWeights).deviceBytes.value(), 4 * 100);
    }
};

QTEST_APPLESS_MAIN(TestSharding)
#include "tst_sharding.moc"
