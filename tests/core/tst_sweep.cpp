// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/sweep.h"
#include "core/exporters/tables/sweep_text.h"
#include "core/sunflop.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <algorithm>

using namespace sunflop;

namespace {

const Measure& flops()
{
    return measureNamed("flops");
}

Group group(std::string_view name, std::int64_t count)
{
    return {.name = std::string(name), .costs = {.forward = {0, count}}};
}

/// A straight line and a parabola that passes it behind 100: 100 n and n * n.
std::optional<std::vector<Group>> lineAndParabola(std::int64_t n)
{
    return std::vector{group("line", 100 * n), group("parabola", n * n)};
}

using Values = std::vector<std::int64_t>;

} // namespace

class TestSweep : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void valuesAreEvenAndIncludeBothEnds()
    {
        QCOMPARE(sweepValues({.from = 0, .to = 100, .points = 5}, {}), (Values{0, 25, 50, 75, 100}));
    }

    void logarithmicValuesGrowByEqualFactors()
    {
        QCOMPARE(sweepValues({.from = 1, .to = 10000, .points = 5, .isLogarithmic = true}, {}),
                 (Values{1, 10, 100, 1000, 10000}));
    }

    void valuesLieOnTheStepsOfTheInput()
    {
        // 14, 28, 42, ...: a step of 14 from a minimum of 14.
        QCOMPARE(sweepValues({.from = 14, .to = 84, .minimum = 14, .step = 14, .points = 4}, {}),
                 (Values{14, 42, 56, 84}));
    }

    void theCurrentValueIsAmongThem()
    {
        QCOMPARE(sweepValues({.from = 0, .to = 100, .points = 3}, 37), (Values{0, 37, 50, 100}));
        QCOMPARE(sweepValues({.from = 0, .to = 100, .points = 3}, 101), (Values{0, 50, 100}));
    }

    void fewValuesAreNotRepeated()
    {
        QCOMPARE(sweepValues({.from = 1, .to = 3, .points = 48, .isLogarithmic = true}, 2),
                 (Values{1, 2, 3}));
        QCOMPARE(sweepValues({.from = 0, .to = 2, .points = 48, .isLogarithmic = true}, {}),
                 (Values{0, 1, 2}));
        QCOMPARE(sweepValues({.from = 4, .to = 4}, 4), (Values{4}));
    }

    void everyPointHoldsTheCostsOfEveryGroup()
    {
        const auto result = sweep({1, 7}, lineAndParabola, flops(), 1, {});
        QVERIFY(result);
        QCOMPARE(result->groups.size(), std::size_t{2});
        QCOMPARE(result->points[1].value, 7);
        QCOMPARE(result->points[1].costs[0].forward.flops.value(), 100 * 7);
        QCOMPARE(result->points[1].costs[1].forward.flops.value(), 7 * 7);
    }

    void aCrossingIsFoundBetweenTwoPoints()
    {
        const auto result = sweep({1, 64, 1024}, lineAndParabola, flops(), 1, {});
        QVERIFY(result);
        QCOMPARE(result->crossings.size(), std::size_t{1});
        const Crossing& crossing = result->crossings.front();
        QCOMPARE(result->groups[crossing.over].name, std::string("parabola"));
        QCOMPARE(result->groups[crossing.under].name, std::string("line"));
        QCOMPARE(crossing.before, 100); // equal there: 100 * 100
        QCOMPARE(crossing.at, 101);
        QCOMPARE(crossing.figure.value(), 101 * 101);
    }

    void aCrossingOnAPointIsNotMissed()
    {
        const auto result = sweep({1, 100, 200}, lineAndParabola, flops(), 1, {});
        QVERIFY(result);
        QCOMPARE(result->crossings.size(), std::size_t{1});
        QCOMPARE(result->crossings.front().at, 101);
    }

    void crossingsKeepToTheStepsOfTheInput()
    {
        const auto result = sweep({7, 700}, lineAndParabola, flops(), 7, {});
        QVERIFY(result);
        QCOMPARE(result->crossings.front().before, 14 * 7); // 98 < 100
        QCOMPARE(result->crossings.front().at, 15 * 7);
    }

    void theSearchEndsWhenItsEffortIsSpent()
    {
        int counted = 0;
        const auto countAt = [&](std::int64_t n) {
            ++counted;
            return lineAndParabola(n);
        };
        const auto result = sweep({1, 1 << 30}, countAt, flops(), 1, {}, 3);
        QVERIFY(result);
        QCOMPARE(counted, 2 + 3);
        QVERIFY(result->crossings.front().before < 101);
        QVERIFY(result->crossings.front().at > 101);
    }

    void groupsThatNeverDifferDoNotCross()
    {
        const auto same = [](std::int64_t n) {
            return std::optional(std::vector{group("a", n), group("b", n)});
        };
        QVERIFY(sweep({1, 2, 3}, same, flops(), 1, {})->crossings.empty());
    }

    void valuesThatCannotRunAreLeftOut()
    {
        const auto odd = [](std::int64_t n) { return n % 2 == 0 ? std::nullopt : lineAndParabola(n); };
        const auto result = sweep({1, 2, 3}, odd, flops(), 1, {});
        QVERIFY(result);
        QCOMPARE(result->points.size(), std::size_t{2});
        QCOMPARE(result->points[1].value, 3);
    }

    void groupsThatComeLaterAreZeroBefore()
    {
        const auto growing = [](std::int64_t n) {
            std::vector<Group> groups{group("a", 5)};
            if (n > 1)
                groups.push_back(group("b", n));
            return std::optional(groups);
        };
        const auto result = sweep({1, 2}, growing, flops(), 1, {});
        QVERIFY(result);
        QCOMPARE(result->points[0].costs.size(), std::size_t{2});
        QCOMPARE(result->points[0].costs[1].forward.flops.value(), 0);
        QCOMPARE(result->points[1].costs[1].forward.flops.value(), 2);
    }

    void aRunWithoutABackwardHasNoFigureOfIt()
    {
        const Source source = *open("qwen2.5-0.5b");
        const auto model =
            std::make_shared<const Model>(Model{source, *familyOf(source), *inputsOf(source), {}, {}});
        const SweepSide side{model, {{"text_tokens", "4"}}, &conventions().front()};
        SweepQuestion question{.sides = {side},
                               .measures = {&measureNamed("backward_flops")},
                               .axis = *axisNamed(axesOf(model->inputs), "new_tokens"),
                               .range = {.from = 0, .to = 1}};
        const auto textOf = [&] { return SweepText{question, *answer(question, {}), {}}; };
        const auto plain = run(source, side.settings, conventions().front());
        const std::int64_t backward = plain->costs.root().total.backward.flops.value();
        QVERIFY(backward > 0);
        QCOMPARE(sweepCsv(textOf()), "new_tokens,backward_flops\n0," + std::to_string(backward) + "\n1,\n");
        question.sides.push_back(side);
        const auto points = nlohmann::json::parse(sweepJson(textOf()))["points"];
        for (const char* name : {"a", "b"}) {
            QVERIFY(points[0][name]["backward_flops"] == backward);
            QVERIFY(points[1][name]["backward_flops"].is_null());
        }
    }

    void aStoppedSweepHasNoResult()
    {
        std::stop_source source;
        int counted = 0;
        const auto countAt = [&](std::int64_t n) {
            if (++counted == 2)
                source.request_stop();
            return lineAndParabola(n);
        };
        QVERIFY(!sweep({1, 2, 3, 4}, countAt, flops(), 1, source.get_token()));
        QCOMPARE(counted, 2);
    }
};

QTEST_APPLESS_MAIN(TestSweep)
#include "tst_sweep.moc"
