// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/footprint.h"
#include "core/run/axis.h"
#include "core/run/fit.h"
#include "core/sunflop.h"
#include "core/timing/device.h"
#include "tests/support/small_models.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// 1,000 bytes and 7 for each unit.
Result<Count> line(std::int64_t value)
{
    return Count(1'000) + Count(7) * value;
}

} // namespace

class TestFit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theLargestValueIsFoundExactly()
    {
        for (const std::int64_t wanted : {1, 2, 3, 1'000, 65'535}) {
            const auto answer = limitThatFits(line, {1, 65'536, 1}, 1'000 + 7 * wanted + 6);
            QVERIFY(answer && answer->value);
            QCOMPARE(*answer->value, wanted);
            QCOMPARE(answer->bytes.value(), 1'000 + 7 * wanted);
            QVERIFY(!answer->isWhole && answer->isComplete);
            QVERIFY(answer->counts <= 2 + 16); // both ends, and log2 of 65,536
        }
    }

    void valuesKeepToTheStep()
    {
        // 112, 126, ..., 448; 1,000 + 7 * 200 fits, the largest multiple of 14 below 200 is 14 * 14.
        const auto answer = limitThatFits(line, {112, 448, 14}, 1'000 + 7 * 200);
        QVERIFY(answer);
        QCOMPARE(*answer->value, 14 * 14);
    }

    void aRangeThatFitsAsAWholeTakesTwoCounts()
    {
        const auto answer = limitThatFits(line, {1, std::int64_t{1} << 40, 1}, Count::saturated());
        QVERIFY(answer);
        QCOMPARE(*answer->value, std::int64_t{1} << 40);
        QVERIFY(answer->isWhole);
        QCOMPARE(answer->counts, 2);
    }

    /// 1,000 bytes among the devices: 30 of them hold 34 each, 31 hold 33.
    void theSmallestIsFoundWhereTheNeedFalls()
    {
        const auto shared = [](std::int64_t devices) -> Result<Count> {
            return Count((1'000 + devices - 1) / devices);
        };
        for (const auto& [room, wanted] : {std::pair{33, 31}, {34, 30}, {999, 2}, {1, 1'000}}) {
            const auto answer = limitThatFits(shared, {1, 16'384, 1}, room);
            QVERIFY(answer && answer->value);
            QCOMPARE(*answer->value, wanted);
            QCOMPARE(answer->bytes.value(), (1'000 + wanted - 1) / wanted);
            QVERIFY(answer->isSmallest && !answer->isWhole && answer->isComplete);
        }
        const auto whole = limitThatFits(shared, {1, 16'384, 1}, 1'000);
        QVERIFY(whole->value && whole->isSmallest && whole->isWhole);
        QCOMPARE(*whole->value, 1);
        const auto nothing = limitThatFits(shared, {1, 10, 1}, 99);
        QVERIFY(!nothing->value && nothing->isSmallest);
        QCOMPARE(nothing->bytes.value(), 1'000 / 10);
    }

    /// 72.7 billion parameters in bf16 are 135 GiB: one H100 of 79 GiB does not hold them, two hold 68 each.
    void devicesAreAsFewAsHoldTheModel()
    {
        const Source source = *open("qwen2.5-72b");
        const auto offered = inputsOf(source);
        for (const auto& [input, wanted] : {std::pair{"tensor_parallel", 2}, {"pipeline_parallel", 2}}) {
            const auto answer =
                limitThatFits([&](const Workload& workload) { return trace(source, workload); },
                              {*offered, {}, input, deviceNamed("H100")->memoryBytes});
            QVERIFY(answer && answer->value);
            QCOMPARE(*answer->value, wanted);
            QVERIFY(answer->isSmallest && answer->bytes < Count(std::int64_t{79} << 30));
        }
    }

    void nothingFitsIsNoError()
    {
        const auto answer = limitThatFits(line, {1, 100, 1}, 1'006);
        QVERIFY(answer);
        QVERIFY(!answer->value);
        QCOMPARE(answer->bytes.value(), 1'000 + 7);
    }

    void refusedValuesDoNotFit()
    {
        const auto refusing = [](std::int64_t value) -> Result<Count> {
            if (value > 33)
                return failure(ErrorKind::OutOfRange, "x", "too large");
            return line(value);
        };
        QCOMPARE(*limitThatFits(refusing, {1, 1'000, 1}, Count::saturated())->value, 33);
        QVERIFY(!limitThatFits(refusing, {34, 1'000, 1}, Count::saturated()));
    }

    void saturatedBytesDoNotFit()
    {
        const auto grows = [](std::int64_t value) -> Result<Count> {
            return Count(1) * value * value * value;
        };
        // The cube of 2^21 is 2^63: one more than a count can hold.
        const auto answer =
            limitThatFits(grows, {1, std::int64_t{1} << 62, 1}, Count::saturated().value() - 1);
        QVERIFY(answer);
        QCOMPARE(*answer->value, (std::int64_t{1} << 21) - 1);
    }

    void countsAreLimitedAndCanBeStopped()
    {
        const auto few = limitThatFits(line, {1, 1 << 20, 1}, 1'000 + 7 * 999, {}, 5);
        QVERIFY(few);
        QVERIFY(!few->isComplete);
        QCOMPARE(few->counts, 5);
        QVERIFY(few->value && *few->value <= 999);
        std::stop_source stop;
        stop.request_stop();
        const auto stopped = limitThatFits(line, {1, 1 << 20, 1}, 1'000 + 7 * 999, stop.get_token());
        QVERIFY(stopped && !stopped->isComplete);
        QCOMPARE(*stopped->value, 1);
    }

    void theLargestBatchOfAModelIsTheLastThatFits()
    {
        const Source source = sourceOf(smallDecoder("llama"));
        const auto offered = inputsOf(source);
        QVERIFY(offered);
        const std::vector<Assignment> settings{{"text_tokens", "64"}, {"new_tokens", "3"}, {"batch", "2"}};
        const auto bytesAt = [&](std::int64_t batch) {
            const Run run =
                runOf(source.config.json(),
                      {{"text_tokens", "64"}, {"new_tokens", "3"}, {"batch", std::to_string(batch)}});
            return run.memory.parts.total();
        };
        const Count device = bytesAt(37);
        const auto answer = limitThatFits([&](const Workload& workload) { return trace(source, workload); },
                                          {*offered, settings, "batch", device});
        QVERIFY(answer && answer->value);
        QVERIFY(*answer->value >= 37);
        QVERIFY(bytesAt(*answer->value) <= device);
        QVERIFY(bytesAt(*answer->value + 1) > device);
    }

    void theCacheDecidesOverALongPrompt()
    {
        // 28 layers of keys and values of 4 heads of 128 in bf16: 2 * 28 * 4 * 128 * 2 = 57,344 bytes a
        // token.
        const Source source = *open("qwen2.5-7b");
        const auto offered = inputsOf(source);
        const std::vector<Assignment> settings{{"text_tokens", "1"}, {"new_tokens", "2"}};
        const auto traceAt = [&](const Workload& workload) { return trace(source, workload); };
        constexpr std::int64_t perToken = 2 * 28 * 4 * 128 * 2;
        const auto largest = [&](Count device) {
            return *limitThatFits(traceAt, {*offered, settings, "cached_tokens", device})->value;
        };
        // Weights and what does not grow are there in both, so that a difference of devices buys tokens.
        const std::int64_t gib = 1 << 30;
        const std::int64_t more = largest(60 * gib) - largest(40 * gib);
        // Beside the 28 layers at most one of them lives joined to the new token, and one repeated for the 28
        // heads of the queries, 28 / 4 times as large; 1 more for what is small.
        QVERIFY(more <= 20 * gib / perToken + 1);
        QVERIFY(more >= 20 * gib * 28 / (perToken * (28 + 1 + 7 + 1)));
    }

    void imagesAreSquareAndTheirTilesGiveWay()
    {
        const Source source = *open("ovis2-4b");
        const auto offered = inputsOf(source);
        const std::vector<Assignment> settings{{"tiles", "3"}, {"batch", "2"}};
        const auto set = settingsAt(*axisNamed(axesOf(*offered), "image_size"), settings, 448);
        const std::vector<Assignment> expected{
            {"batch", "2"}, {"image_width", "448"}, {"image_height", "448"}};
        QVERIFY(set == expected);
    }

    void whatIsNoNumberIsRefused()
    {
        const Source source = *open("qwen2.5-7b");
        const auto offered = inputsOf(source);
        const auto traceAt = [&](const Workload& workload) { return trace(source, workload); };
        for (const char* input : {"tokens", "attention", "image_size"}) {
            const auto answer = limitThatFits(traceAt, {*offered, {}, input, 1});
            QVERIFY(!answer);
            QVERIFY(answer.error().detail.find("sunflop list inputs") != std::string::npos);
        }
    }
};

QTEST_APPLESS_MAIN(TestFit)
#include "tst_fit.moc"
