// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/ops.h"
#include "core/timing/roofline.h"
#include "core/timing/steps.h"
#include "tests/support/small_models.h"

#include <QtTest>

#include <functional>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// 1 TFLOP/s over 100 GB/s: a ridge at 10 FLOPs per byte. Matrix products reach 0.5 of the peak.
Device plainDevice()
{
    Device device;
    device.id = "plain";
    device.bandwidth = 100e9;
    device.peaks[static_cast<std::size_t>(Precision::F32)] = 1e12;
    device.peaks[static_cast<std::size_t>(Precision::BF16)] = 1e12;
    device.matmulEfficiency = 0.5;
    return device;
}

/// A model that is one module, and what it calls.
Trace traced(const std::function<void(Tracer&)>& forward, Tracer::Settings settings = {})
{
    Tracer t(settings);
    {
        const auto root = t.module("", "Net");
        forward(t);
    }
    return t.finish().value();
}

Trace oneLinear(std::int64_t rows, Tracer::Settings settings = {})
{
    return traced(
        [&](Tracer& t) {
            linear(t.input({rows, 1000}), t.parameter("weight", {1000, 1000}));
        },
        settings);
}

Timing ideal(const Trace& trace)
{
    return schedule(trace, plainDevice(), {.preset = Preset::Ideal});
}

bool isNear(double a, double b, double tolerance = 1e-9)
{
    return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

} // namespace

#define COMPARE_SECONDS(found, expected)                                                                     \
    QVERIFY2(isNear(found, expected),                                                                        \
             qPrintable(QString::fromUtf8("%1 s, expected %2 s").arg(found).arg(expected)))

class TestTiming : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void largeProductsWaitForArithmetic()
    {
        const Timing timing = ideal(oneLinear(1000));
        COMPARE_SECONDS(timing.seconds, 2.0 * 1000 * 1000 * 1000 / 1e12);
        QVERIFY(timing.modules[0].whole().bound() == Bound::Compute);
        QVERIFY(isNear(timing.modelFlopsUtilization, 1));
        QVERIFY(!timing.tokensPerSecond);
    }

    void oneRowWaitsForTheWeights()
    {
        const Timing timing = ideal(oneLinear(1));
        constexpr double bytes = 2.0 * (1000 + 1000 * 1000 + 1000);
        COMPARE_SECONDS(timing.seconds, bytes / 100e9);
        QVERIFY(timing.modules[0].whole().bound() == Bound::Memory);
        QVERIFY(isNear(timing.bandwidthUtilization, 1));
    }

    void realProductsReachTheDevicesEfficiencyAfterTheirStart()
    {
        const Timing timing = schedule(oneLinear(1000), plainDevice(), {.preset = Preset::Compiled});
        COMPARE_SECONDS(timing.seconds, 2.0 * 1000 * 1000 * 1000 / (0.5 * 1e12) + 4e-6);
    }

    void repeatedModulesRunAsOftenAsTheirAncestorsRepeatThem()
    {
        Tracer t({});
        {
            const auto root = t.module("", "Net");
            const auto outer = t.module("0", "Block", {.repeat = 3});
            const auto inner = t.module("0", "Layer", {.repeat = 4});
            linear(t.input({1000, 1000}), t.parameter("weight", {1000, 1000}));
        }
        const Timing timing = ideal(t.finish().value());
        COMPARE_SECONDS(timing.seconds, 3 * 4 * 2e9 / 1e12);
        QCOMPARE(timing.modules[2].whole().flops.value(), 3 * 4 * 2 * std::int64_t{1000} * 1000 * 1000);
        COMPARE_SECONDS(timing.modules[2].whole().seconds(), timing.modules[0].whole().seconds());
    }

    void viewsTakeNoTime()
    {
        const Timing timing = ideal(traced([](Tracer& t) {
            transpose(view(t.input({8, 6}), {8, 2, 3}), 1, 2);
        }));
        QCOMPARE(timing.seconds, 0.0);
        QVERIFY(timing.modules[0].whole().bound() == Bound::None);
    }

    void eightBitWeightsShrinkOnlyTheBytes()
    {
        const Timing timing = ideal(oneLinear(1, {DType::F8E4M3, DType::BF16}));
        QCOMPARE(timing.phases[0].bytes.value(), 1000 * 1000 + 2 * (1000 + 1000));
        QVERIFY(timing.precision == Precision::BF16);
        QVERIFY(timing.standIns.empty());
    }

    void whatTheDeviceLacksIsSaid()
    {
        const Timing timing = ideal(oneLinear(1, {DType::F16, DType::F16}));
        const std::vector<StandIn> expected{{Precision::F16, Precision::BF16}};
        QVERIFY(timing.standIns == expected);
        QVERIFY(timing.precision == Precision::BF16);
    }

    void anEmbeddingReadsTheRowsItLooksUp()
    {
        const Timing timing = ideal(traced([](Tracer& t) {
            embedding(t.input({9}, DType::I64), t.parameter("weight", {1000, 16}));
        }));
        QCOMPARE(timing.phases[0].bytes.value(), 9 * 8 + 2 * (9 * 16 * 2));
    }

    void fusedAttentionReadsQueriesKeysAndValuesOnce()
    {
        const Timing timing = ideal(traced([](Tracer& t) {
            const Tensor keys = t.input({2, 1, 50, 8});
            scaled_dot_product_attention(t.input({2, 4, 1, 8}), keys, t.input({2, 1, 50, 8}), {});
        }));
        QCOMPARE(timing.phases[0].bytes.value(), 2 * (2 * (2 * 4 * 1 * 8) + 2 * (2 * 1 * 50 * 8)));
    }

    /// 0.9 of the peak in two products, 16 operations of the vector units for the exponential, and 150 tokens
    /// cost two tiles of 128.
    void fusedAttentionComputesWholeTilesAndExponentials()
    {
        const Trace trace = traced([](Tracer& t) {
            const Tensor x = t.input({2, 4, 150, 64});
            scaled_dot_product_attention(x, x, x, {});
        });
        const double scores = 2.0 * 4 * 256 * 256;
        COMPARE_SECONDS(schedule(trace, plainDevice(), {.preset = Preset::Compiled}).seconds,
                        scores * (4 * 64 / 0.9e12 + 16 / 1e12) + 4e-6);
    }

    void fusionKeepsInnerTensorsInside()
    {
        const Trace trace = traced([](Tracer& t) { mul(silu(t.input({64})), t.input({64})); });
        const auto bytes = [&](Preset preset) {
            return schedule(trace, plainDevice(), {.preset = preset}).phases[0].bytes.value();
        };
        QCOMPARE(bytes(Preset::Compiled), 2 * 5 * 64);
        QCOMPARE(bytes(Preset::Fused), 2 * 3 * 64);
        COMPARE_SECONDS(schedule(trace, plainDevice(), {.preset = Preset::Fused}).seconds,
                        2.0 * 3 * 64 / (0.85 * 100e9) + 2e-6);
    }

    void whatLaterKernelsReadIsWritten()
    {
        const Trace trace = traced([](Tracer& t) {
            const Tensor opened = silu(t.input({1, 64}));
            linear(add(opened, opened), t.parameter("weight", {3, 64}));
            relu(opened);
        });
        const Timing timing = schedule(trace, plainDevice(), {.preset = Preset::Fused});
        constexpr std::int64_t first = 3 * 64; // x, silu(x) for relu, the sum
        constexpr std::int64_t product = 64 + 3 * 64 + 3;
        QCOMPARE(timing.phases[0].bytes.value(), 2 * (first + product + 2 * 64));
    }

    void newKeysAreWrittenIntoAStaticCache()
    {
        Tracer t({});
        {
            const auto root = t.module("", "Attention", {.role = Role::Attention});
            cat(t.input({1, 2, 100, 8}), silu(t.input({1, 2, 1, 8})), 2);
        }
        const Trace trace = t.finish().value();
        const auto bytes = [&](Preset preset) {
            return schedule(trace, plainDevice(), {.preset = preset}).phases[0].bytes.value();
        };
        constexpr std::int64_t fresh = 2 * (2 * 1 * 8);
        QCOMPARE(bytes(Preset::Compiled), 2 * fresh + 2 * fresh);
        QCOMPARE(bytes(Preset::Eager), 2 * fresh + 2 * (2 * 100 * 8) + fresh + 2 * (2 * 101 * 8));
    }

    void smallModelsWaitForPython()
    {
        const Trace trace = traced([](Tracer& t) { mul(silu(t.input({64})), t.input({64})); });
        const Timing timing = schedule(trace, plainDevice());
        COMPARE_SECONDS(timing.phases[0].hostSeconds, 2 * 24e-6);
        COMPARE_SECONDS(timing.seconds, 2 * 24e-6);
        QVERIFY(timing.phases[0].deviceSeconds < 5e-6);
        QVERIFY(timing.modules[0].whole().bound() == Bound::Launch);
        COMPARE_SECONDS(timing.modules[0].whole().seconds(), timing.seconds);
    }

    void aDecodePhaseTakesWhatItsStepsTake_data()
    {
        QTest::addColumn<int>("preset");
        for (const Preset preset : presets)
            QTest::newRow(std::string(presetName(preset)).c_str()) << static_cast<int>(preset);
    }

    void aDecodePhaseTakesWhatItsStepsTake()
    {
        QFETCH(int, preset);
        Device device = plainDevice();
        device.bandwidth = 1e9;
        device.peaks[static_cast<std::size_t>(Precision::BF16)] = 4e9; // attention crosses the ridge
        device.peaks[static_cast<std::size_t>(Precision::F32)] = 4e9;
        const auto seconds = [&](std::int64_t cached, std::int64_t tokens, std::int64_t generated) {
            const Trace trace = traceOf(smallDecoder("llama"), {{"cached_tokens", std::to_string(cached)},
                                                                {"text_tokens", std::to_string(tokens)},
                                                                {"new_tokens", std::to_string(generated)}});
            return schedule(trace, device, {.preset = static_cast<Preset>(preset), .sequences = 3});
        };
        const Timing whole = seconds(0, 5, 301);
        double steps = 0;
        for (std::int64_t i = 0; i < 300; ++i)
            steps += seconds(5 + i, 1, 1).firstTokenSeconds;
        // Fused attention computes whole tiles of keys, which the closed form smooths; a host-bound stretch
        // is cut on the straight line between its ends.
        const double tolerance = static_cast<Preset>(preset) == Preset::Ideal ? 1e-9 : 0.02;
        QVERIFY2(isNear(*whole.secondsPerOutputToken * 300, steps, tolerance),
                 qPrintable(QString::number(*whole.secondsPerOutputToken * 300 / steps, 'g', 12)));
        COMPARE_SECONDS(whole.seconds, whole.firstTokenSeconds + *whole.secondsPerOutputToken * 300);
        COMPARE_SECONDS(*whole.tokensPerSecond, 3 / *whole.secondsPerOutputToken);
        QVERIFY(isNear(whole.modules[0].whole().seconds(), whole.seconds));
    }

    void stepsAreSummedInClosedForm()
    {
        for (const std::int64_t steps : {1, 2, 3, 10, 1000})
            for (const Line line : {Line{1, 5}, Line{-4, 3}, Line{5, -2}, Line{-1, -7}, Line{0, 4}}) {
                const Line left = steps == 1 ? Line{line.first, line.first} : line;
                double positive = 0;
                double larger = 0;
                for (std::int64_t i = 0; i < steps; ++i) {
                    const double part =
                        steps == 1 ? 0 : static_cast<double>(i) / static_cast<double>(steps - 1);
                    const double at = left.first + part * (left.last - left.first);
                    positive += std::max(at, 0.0);
                    larger += std::max(at, 2.0);
                }
                QVERIFY(isNear(sumOfPositive(left, steps), positive));
                const Split split = splitByLarger(left, {2, 2}, steps);
                QVERIFY(isNear(split.left + split.right, larger));
            }
    }

    void aTrainingStepIsForwardTwiceItBackwardAndTheOptimizer()
    {
        const Trace trace = traced(
            [](Tracer& t) {
                const Tensor hidden = linear(t.input({1000, 1000}), t.parameter("in", {1000, 1000}));
                linear(hidden, t.parameter("out", {1000, 1000}));
            },
            {.gradients = true});
        const Timing timing =
            schedule(trace, plainDevice(), {.preset = Preset::Ideal, .training = TrainingPlan{14}});
        QVERIFY(timing.backward);
        // No gradient for the model's input.
        COMPARE_SECONDS(timing.backward->seconds, 3 * 2e9 / 1e12);
        COMPARE_SECONDS(timing.optimizerSeconds, 2e6 * 14 / 100e9);
        COMPARE_SECONDS(timing.seconds, 5 * 2e9 / 1e12 + 2e6 * 14 / 100e9);
        COMPARE_SECONDS(timing.modules[0][Part::Backward].seconds(), timing.backward->seconds);
    }

    void modulesStandUnderTheRoof()
    {
        const Device device = plainDevice();
        QCOMPARE(ridge(device, Precision::BF16), 10.0);
        QCOMPARE(attainable(device, Precision::BF16, 4), 4 * 100e9);
        QCOMPARE(attainable(device, Precision::BF16, 40), 1e12);
        const Timing timing = ideal(oneLinear(1));
        const RooflinePoint point = rooflinePoint(timing.modules[0].whole(), device, timing.precision);
        QVERIFY(isNear(point.intensity, 1e6 / (1000 * 1000 + 1000 + 1000)));
        QVERIFY(isNear(point.achieved, point.attainable));
        QCOMPARE(rooflinePoint({}, device, Precision::BF16).intensity, 0.0);
    }

    void presetsAreFoundByName()
    {
        for (const Preset preset : presets)
            QVERIFY(presetNamed(presetName(preset)) == preset);
        QCOMPARE(QString::fromStdString(presetNamed("fast").error().text()),
                 QString::fromUtf8(
                     "preset: \"fast\" is not known, expected one of ideal, eager, compiled, fused"));
    }
};

QTEST_APPLESS_MAIN(TestTiming)
#include "tst_timing.moc"
