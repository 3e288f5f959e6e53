// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "core/memory/states.h"
#include "core/model/tracer.h"
#include "tests/support/small_models.h"

#include <QtTest>

#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Optimizer& named(std::string_view id)
{
    return *optimizerNamed(id).value();
}

std::int64_t states(std::string_view id, const TrainedTensor& tensor, const OptimizerSettings& settings = {})
{
    return stateBytes(named(id), tensor, settings).value();
}

constexpr TrainedTensor matrix(std::int64_t rows, std::int64_t columns, DType dtype = DType::F32)
{
    return {.shape = {rows, columns}, .stateDType = dtype};
}

} // namespace

class TestStates : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void optimizersKeepTheirStates_data()
    {
        QTest::addColumn<qint64>("found");
        QTest::addColumn<qint64>("expected");
        const auto row = [](const char* id, std::int64_t found, std::int64_t expected) {
            QTest::newRow(id) << qint64(found) << qint64(expected);
        };
        constexpr std::int64_t n = 300 * 200;
        const TrainedTensor fp32 = matrix(300, 200);
        row("adamw", states("adamw", fp32), 2 * 4 * n);
        row("adamw in bf16", states("adamw", matrix(300, 200, DType::BF16)), 2 * 2 * n);
        row("amsgrad", states("adamw-amsgrad", fp32), 3 * 4 * n);
        row("sgd", states("sgd", fp32), 0);
        row("momentum", states("sgd-momentum", fp32), 4 * n);
        row("lion", states("lion", fp32), 4 * n);
        row("lamb", states("lamb", fp32), 2 * 4 * n);
        row("adafactor", states("adafactor", fp32), 4 * (300 + 200));
        row("adafactor, vector", states("adafactor", {.shape = {300}}), 4 * 300);
        row("adafactor, experts", states("adafactor", {.shape = {8, 300, 200}}), 4 * 8 * (300 + 200));
        row("shampoo", states("shampoo", fp32), 4 * (300 * 300 + 200 * 200) * 2);
        row("muon", states("muon", fp32), 4 * n);
        row("muon, embedding", states("muon", {.shape = {300, 200}, .isHidden = false}), 2 * 4 * n);
        row("muon, vector", states("muon", {.shape = {300}}), 2 * 4 * 300);
        row("galore", states("galore", fp32, {.rank = 16}), 8 * 16 * 300 + 4 * 200 * 16);
        // 60,000 / 256 is 234.4 blocks, each with a maximum, for both states.
        row("8 bit", states("adamw-8bit", fp32), 2 * (n + 235 * 4));
        row("8 bit, small", states("adamw-8bit", matrix(4095, 1)), 2 * 4 * 4095);
        row("8 bit, no longer small", states("adamw-8bit", matrix(4096, 1)), 2 * (4096 + 16 * 4));
    }

    void optimizersKeepTheirStates()
    {
        QFETCH(qint64, found);
        QTEST(found, "expected");
    }

    void unknownOptimizersAreRefused()
    {
        QVERIFY(!optimizerNamed("adamx"));
        for (const Optimizer& optimizer : optimizers())
            QCOMPARE(optimizerNamed(optimizer.id).value(), &optimizer);
    }

    void stepsNeedWhatTheirKindNeeds()
    {
        const std::array tensors{matrix(30, 20), matrix(10, 5)};
        const std::array instances{Count(4), Count(1)};
        const auto transient = [&](std::string_view id, OptimizerStep step) {
            return optimizerBytes(named(id), tensors, instances, {.step = step}).transient.value();
        };
        QCOMPARE(transient("adamw", OptimizerStep::Foreach), 4 * (4 * 30 * 20 + 10 * 5));
        QCOMPARE(transient("adamw", OptimizerStep::ForLoop), 4 * 30 * 20);
        QCOMPARE(transient("adamw", OptimizerStep::Fused), 0);
        QCOMPARE(transient("sgd-momentum", OptimizerStep::Foreach), 0);
        // Newton-Schulz on the larger one, whatever the setting: two bf16 copies, two squares of 20.
        QCOMPARE(transient("muon", OptimizerStep::Fused), 2 * 2 * 30 * 20 + 2 * 2 * 20 * 20);
        QCOMPARE(transient("adafactor", OptimizerStep::Foreach), 3 * 4 * 30 * 20);
    }

    void fusedStepsCountOnTheDevice()
    {
        QCOMPARE(states("adamw", matrix(30, 20), {.step = OptimizerStep::Fused}), 2 * 4 * 30 * 20 + 4);
        QCOMPARE(states("lion", matrix(30, 20), {.step = OptimizerStep::Fused}), 4 * 30 * 20);
    }

    void recipesHaveTheirBytesPerParameter_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("weights");
        QTest::addColumn<int>("gradients");
        QTest::addColumn<int>("masters");
        QTest::addColumn<int>("states");
        QTest::newRow("fp32") << "fp32" << 4 << 4 << 0 << 8;
        QTest::newRow("bf16") << "bf16" << 2 << 2 << 0 << 4;
        QTest::newRow("bf16, fp32 states") << "bf16-fp32-states" << 2 << 2 << 0 << 8;
        QTest::newRow("ZeRO") << "mixed" << 2 << 2 << 4 << 8;
        QTest::newRow("Megatron") << "megatron" << 2 << 4 << 4 << 8;
    }

    void recipesHaveTheirBytesPerParameter()
    {
        QFETCH(QString, id);
        QFETCH(int, weights);
        QFETCH(int, gradients);
        QFETCH(int, masters);
        QFETCH(int, states);
        const Parameter parameter{.name = "weight", .shape = {30, 20}};
        const StateParts parts = statesOf(parameter, true, recipeNamed(id.toStdString()).value());
        QCOMPARE(parts.weights.value(), weights * 600);
        QCOMPARE(parts.gradients.value(), gradients * 600);
        QCOMPARE(parts.masters.value(), masters * 600);
        QCOMPARE(parts.optimizer.value(), states * 600);
        QCOMPARE(parts.total().value(), (weights + gradients + masters + states) * 600);
    }

    void frozenParametersOnlyWeigh()
    {
        const Parameter frozen{.name = "weight", .shape = {30, 20}, .trainable = false};
        const StateParts parts = statesOf(frozen, true, recipeNamed("fp32").value());
        QCOMPARE(parts.frozen.value(), 2 * 30 * 20);
        QCOMPARE(parts.total().value(), 2 * 30 * 20);
    }

    void quantisedParametersAreFrozen()
    {
        const Parameter quantised{.name = "weight", .shape = {30, 256}, .dtype = DType::Q4_K};
        const StateParts parts = statesOf(quantised, true, recipeNamed("mixed").value());
        QCOMPARE(parts.total().value(), 30 * 144);
        QCOMPARE(parts.frozen.value(), 30 * 144);
    }

    void modulesSumTheirTensorsAndTiesOnce()
    {
        for (const bool isTied : {false, true}) {
            const Trace trace = traceOf(smallDecoder("llama", {{"tie_word_embeddings", isTied}}));
            const CostTree tree = cost(trace, conventions().front());
            const StateBytes states = statesOf(trace, recipeNamed("mixed").value());
            for (std::size_t i = 0; i < trace.modules.size(); ++i) {
                const std::int64_t params = tree.nodes[i].total.params.value();
                QCOMPARE(states.modules[i].weights.value(), 2 * params);
                QCOMPARE(states.modules[i].optimizer.value(), 8 * params);
            }
            QCOMPARE(states.stepTransient.value(), 4 * tree.root().total.params.value());
            // The table: 16 words of width 8; the MLP's 12 x 8 is smaller.
            QCOMPARE(states.largestGradient.value(), 2 * 16 * 8);
        }
    }

    void adaptersAreNarrow()
    {
        QCOMPARE(loraParams(Shape{30, 20}, 8).value(), 8 * (30 + 20));
        QCOMPARE(loraParams(Shape{30}, 8).value(), 0);
        const Trace trace = traceOf(smallDecoder("llama"));
        constexpr std::array<std::string_view, 2> adapted{"q_proj", "v_proj"};
        // Width 8; one key head of 4; four layers.
        QCOMPARE(loraParams(trace, adapted, 2).value(), 4 * 2 * ((8 + 8) + (8 + 4)));
    }
};

QTEST_APPLESS_MAIN(TestStates)
#include "tst_states.moc"
