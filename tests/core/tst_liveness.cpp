// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/backward.h"
#include "core/memory/liveness.h"
#include "core/model/ops.h"

#include <QtTest>

using namespace sunflop;

namespace {

/// Bytes of a [rows, 4] tensor of 256 rows in fp32: eight blocks of 512.
constexpr std::int64_t tensorBytes = 256 * 4 * 4;

Tensor input(Tracer& t)
{
    return t.create({256, 4}, DType::F32);
}

Tracer::Settings inFloat()
{
    return {.weightDType = DType::F32, .activationDType = DType::F32, .gradients = true};
}

/// Live tensors of tensorBytes at each call.
std::vector<std::int64_t> tensorsAt(const Trace& trace, const LivenessOptions& options = {})
{
    Liveness liveness(trace, 0, options);
    liveness.walk(nullptr);
    std::vector<std::int64_t> counts;
    for (const Count bytes : liveness.liveBytes())
        counts.push_back(bytes.value() / tensorBytes);
    return counts;
}

using Counts = std::vector<std::int64_t>;

/// `layers` equal layers x + act(x), as Python writes them: the layer holds x while it runs.
template<typename Activation>
Trace layered(std::int64_t layers, const Activation& activation)
{
    Tracer t(inFloat());
    {
        const auto model = t.module("", "Model");
        Tensor x = input(t);
        {
            const auto layer = t.module("0", "Layer", {.repeat = layers});
            const Tensor own = t.carried(std::move(x));
            x = t.handOn(add(own, activation(own)));
        }
        t.hold(neg(std::move(x)));
    }
    return *t.finish();
}

} // namespace

class TestLiveness : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aNamedLocalLivesToTheEndOfItsScope()
    {
        Tracer t(inFloat());
        {
            const auto model = t.module("", "Model");
            const Tensor x = input(t);
            const Tensor y = silu(x);
            t.hold(neg(y));
        }
        QCOMPARE(tensorsAt(*t.finish()), (Counts{2, 3}));
    }

    void aTemporaryEndsWithTheOperatorThatTakesIt()
    {
        Tracer t(inFloat());
        {
            const auto model = t.module("", "Model");
            Tensor x = input(t);
            t.hold(neg(neg(silu(std::move(x)))));
        }
        QCOMPARE(tensorsAt(*t.finish()), (Counts{2, 2, 2}));
    }

    void viewsShareMemory()
    {
        Tracer t(inFloat());
        {
            const auto model = t.module("", "Model");
            Tensor x = input(t);
            const Tensor seen = view(x, {4, 256});
            x = Tensor();
            t.hold(neg(seen));
        }
        QCOMPARE(tensorsAt(*t.finish()), (Counts{2}));
    }

    void aGraphExecutorFreesAfterTheLastUse()
    {
        Tracer t(inFloat());
        {
            const auto model = t.module("", "Model");
            const Tensor x = input(t);
            const Tensor y = silu(x);
            t.hold(neg(y));
        }
        const Trace trace = *t.finish();
        QCOMPARE(tensorsAt(trace, {.lifetimes = Lifetimes::LastUse}), (Counts{2, 2}));
        QCOMPARE(tensorsAt(trace, {.lifetimes = Lifetimes::InPlace}), (Counts{1, 1}));
    }

    /// The input, the activation and the sum: three at most, however many layers.
    void layersReuseMemory()
    {
        const auto once = [](const Tensor& x) { return silu(x); };
        QCOMPARE(tensorsAt(layered(1, once)), (Counts{2, 3, 2}));
        QCOMPARE(tensorsAt(layered(36, once)), (Counts{2, 3, 2}));
    }

    /// Every layer leaves one tensor in the cache: the last finds 35 of them.
    void whatEveryLayerKeepsAddsUp()
    {
        const auto cached = [](const Tensor& x) {
            Tensor keys = silu(x);
            x.tracer->cache(keys);
            return neg(std::move(keys));
        };
        QCOMPARE(tensorsAt(layered(36, cached)), (Counts{35 + 2, 35 + 3, 35 + 4, 36 + 2}));
    }

    /// Blocks of 10 MiB and more are segments of whole 2 MiB unless more than 1 MiB would be left.
    void theCachingAllocatorRounds()
    {
        constexpr std::int64_t mib = 1024 * 1024;
        QCOMPARE(blockBytes(1, Allocator::Caching), Count(512));
        QCOMPARE(blockBytes(513, Allocator::Caching), Count(1024));
        QCOMPARE(blockBytes(9 * mib + 1, Allocator::Caching), Count(9 * mib + 512));
        QCOMPARE(blockBytes(43 * mib, Allocator::Caching), Count(44 * mib));
        QCOMPARE(blockBytes(43 * mib - 512, Allocator::Caching), Count(43 * mib - 512));
        QCOMPARE(blockBytes(43 * mib, Allocator::Exact), Count(43 * mib));
        QCOMPARE(blockBytes(Count::saturated(), Allocator::Caching), Count::saturated());
    }

    /// silu keeps its input, add nothing: one tensor for each layer.
    void layersKeepForTheBackwardWhatTheirOperatorsDo()
    {
        Tracer t(inFloat());
        {
            const auto model = t.module("", "Model");
            const Tensor weight = t.parameter("weight", {4, 4});
            Tensor x = linear(t.input({256, 4}, DType::F32), weight);
            {
                const auto layer = t.module("0", "Layer", {.repeat = 36});
                const Tensor own = t.carried(std::move(x));
                x = t.handOn(add(own, silu(own)));
            }
            t.hold(neg(std::move(x)));
        }
        const Trace trace = *t.finish();
        const Liveness liveness(trace, 0, {});
        const std::vector<bool> gradients = callsWithGradient(trace, 0);
        constexpr std::int64_t inputBytes = tensorBytes; // of the linear layer
        QCOMPARE(keptForBackward(trace, liveness, gradients, false).bytes,
                 Count(inputBytes + 36 * tensorBytes));
        // Checkpoints keep what layers are handed: the same tensors here.
        QCOMPARE(keptForBackward(trace, liveness, gradients, true).bytes,
                 Count(inputBytes + 36 * tensorBytes));
    }

    void nothingIsKeptBelowFrozenWeights()
    {
        Tracer t(inFloat());
        {
            const auto model = t.module("", "Model");
            const auto frozen = t.frozen(true);
            t.hold(silu(linear(input(t), t.parameter("weight", {4, 4}))));
        }
        const Trace trace = *t.finish();
        const Liveness liveness(trace, 0, {});
        QCOMPARE(keptForBackward(trace, liveness, callsWithGradient(trace, 0), false).bytes, Count(0));
    }

    /// The weight's gradient stays; those of activations end when the call that made them has run backward.
    void aBackwardLeavesTheGradientsOfParameters()
    {
        Tracer t(inFloat());
        {
            const auto model = t.module("", "Model");
            Tensor x = linear(input(t), t.parameter("weight", {4, 4}));
            {
                const auto layer = t.module("0", "Layer", {.repeat = 36});
                const Tensor own = t.carried(std::move(x));
                x = t.handOn(linear(silu(own), t.parameter("weight", {4, 4})));
            }
            t.hold(neg(std::move(x)));
        }
        const Trace trace = *t.finish();
        for (const bool checkpoints : {false, true}) {
            Liveness liveness(trace, 0, {});
            const std::vector<bool> gradients = callsWithGradient(trace, 0);
            const Kept kept = keptForBackward(trace, liveness, gradients, checkpoints);
            Backward backward(trace, liveness, kept, gradients, checkpoints);
            const Count left = backward.walk(liveness.walk(&kept.forward));
            constexpr std::int64_t weightBlock = 512; // 4 * 4 * 4 bytes
            QCOMPARE(backward.gradientBytes(), Count(37 * weightBlock));
            // Besides them there is what the caller holds: the result.
            QCOMPARE(left, Count(37 * weightBlock + tensorBytes));
        }
    }
};

QTEST_APPLESS_MAIN(TestLiveness)
#include "tst_liveness.moc"
