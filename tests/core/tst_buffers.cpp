// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/breakdown.h"
#include "core/cost/cost_tree.h"
#include "core/memory/sharding.h"
#include "core/memory/states.h"
#include "core/quantisation/quantisation.h"
#include "tests/support/text.h"

#include <QtTest>

#include <memory>
#include <string>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr std::int64_t weights = 64 + 64; ///< parameters of a batch norm over 64 channels
constexpr std::int64_t bufferBytes = 2 * 64 * 4 + 8;
constexpr std::int64_t bytes = weights * 4 + bufferBytes;

/// A batch norm of 64 channels in fp32: weight and bias, running mean and variance, and an int64 counter.
Trace batchNorm()
{
    Trace trace;
    trace.modules = {{.className = "BatchNorm2d", .role = Role::Norm, .end = 1, .ran = true}};
    trace.phases = {{}};
    const auto add = [&](const char* name, const Shape& shape, DType dtype, bool isBuffer) {
        trace.parameters.push_back({.name = name, .shape = shape, .dtype = dtype, .isBuffer = isBuffer});
    };
    add("weight", {64}, DType::F32, false);
    add("bias", {64}, DType::F32, false);
    add("running_mean", {64}, DType::F32, true);
    add("running_var", {64}, DType::F32, true);
    add("num_batches_tracked", {}, DType::I64, true);
    return trace;
}

} // namespace

class TestBuffers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void buffersHaveBytesAndAreNoParameters()
    {
        const Trace trace = batchNorm();
        const CostTree tree = cost(trace, conventions().front());
        QCOMPARE(tree.root().total.params.value(), weights);
        QCOMPARE(tree.root().total.activeParams.value(), weights);
        QCOMPARE(tree.root().total.weightBytes.value(), bytes);
        const auto groups = breakdown(trace, tree, conventions().front(), Grouping::Role);
        QCOMPARE(groups.size(), std::size_t{1});
        QCOMPARE(groups.front().costs.params.value(), weights);
        QCOMPARE(groups.front().costs.weightBytes.value(), bytes);
    }

    void tiedBuffersAreNoParametersEither()
    {
        Trace trace = batchNorm();
        trace.parameters[2].tieGroup = trace.parameters[3].tieGroup = 0;
        const CostTree tree = cost(trace, conventions().front());
        QCOMPARE(tree.root().total.params.value(), weights);
        QCOMPARE(tree.root().total.weightBytes.value(), bytes - 64 * 4);
    }

    void buffersAreNeverTrained()
    {
        const StateParts states = statesOf(batchNorm(), *recipeNamed("fp32")).root();
        QCOMPARE(states.weights.value(), weights * 4);
        QCOMPARE(states.frozen.value(), bufferBytes);
        QCOMPARE(states.gradients.value(), weights * 4);
        QCOMPARE(states.optimizer.value(), 2 * weights * 4); // two moments of AdamW
    }

    void everyDeviceHasBuffersWhole()
    {
        const ParallelPlan plan{.data = 4, .sharding = DataSharding::Full};
        const StateParts states = shardedStates(batchNorm(), *recipeNamed("fp32"), plan, 1);
        QCOMPARE(states.weights.value(), weights * 4 / 4);
        QCOMPARE(states.frozen.value(), bufferBytes);
    }

    void quantisationLeavesBuffersAsTheyAre()
    {
        for (const char* method : {"bnb-nf4", "gguf-q4_k_m"}) {
            const QuantisedWeights stored = weightBytesOf(batchNorm(), *quantisationNamed(method));
            QCOMPARE(stored.elements.value(), weights);
            Count buffers;
            for (const PackedWeight& weight : stored.weights)
                if (weight.parameter >= 2)
                    buffers += weight.each.total() * weight.count;
            QCOMPARE(buffers.value(), bufferBytes);
        }
    }

    void uncountedOperatorsAreToldApartByTheirNames()
    {
        Trace trace = batchNorm();
        const auto names = std::make_shared<std::string>("nms roi_align");
        trace.names = names;
        const std::string_view nms = std::string_view(*names).substr(0, 3);
        const std::string_view align = std::string_view(*names).substr(4);
        for (const std::string_view name : {nms, align, nms})
            trace.ops.push_back({.kind = OpKind::Unknown, .name = name});
        const auto uncounted = cost(trace, conventions().front()).uncountedBelow(0);
        QCOMPARE(uncounted.size(), std::size_t{2});
        QCOMPARE(q(uncounted[0].name), q("nms"));
        QCOMPARE(uncounted[0].calls.value(), 2);
        QCOMPARE(q(uncounted[1].name), q("roi_align"));
        QCOMPARE(uncounted[1].calls.value(), 1);
        const auto groups =
            breakdown(trace, cost(trace, conventions().front()), conventions().front(), Grouping::Operator);
        QCOMPARE(groups.size(), std::size_t{2});
        QCOMPARE(groups[1].name, std::string("roi_align"));
    }
};

QTEST_APPLESS_MAIN(TestBuffers)
#include "tst_buffers.moc"
