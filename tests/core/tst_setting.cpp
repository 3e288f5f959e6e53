// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/setting.h"
#include "core/run/axis.h"
#include "core/run/fit.h"
#include "core/run/remarks.h"
#include "core/run/sweep_question.h"
#include "tests/support/small_program.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

using Settings = std::vector<Assignment>;

QString text(const Settings& settings)
{
    QStringList all;
    for (const Assignment& setting : settings)
        all << QString::fromStdString(setting.id + "=" + setting.value);
    return all.join(QLatin1Char(' '));
}

const Convention& exact()
{
    return conventions().front();
}

} // namespace

/// What users set of a program's arguments, one dimension at a time.
class TestSetting : public QObject {
    Q_OBJECT

    const Model m_model = smallProgram();

    Settings with(Settings settings, std::string id, std::string value) const
    {
        return withSetting(m_model.inputs, std::move(settings), {std::move(id), std::move(value)});
    }
    QString value(const Settings& settings, std::string_view id) const
    {
        return QString::fromStdString(valueUnder(settings, m_model.inputs, *inputSetBy(m_model.inputs, id)));
    }
    QString refusal(const Settings& settings) const
    {
        const auto workload = Workload::from(m_model.inputs, settings);
        return workload ? QString() : QString::fromStdString(workload.error().text());
    }
    Count macs(const Settings& settings) const
    {
        return runOf(m_model, settings, exact())->costs.root().total.forward.macs;
    }

private Q_SLOTS:
    void wholeShapeIsKeptAsItsFreeDimensions()
    {
        QCOMPARE(text(with({}, "x", "4x333x8")), QStringLiteral("x[1]=333"));
        QCOMPARE(text(with({}, "x", "2x333x8")), QStringLiteral("x[0]=2 x[1]=333"));
        QCOMPARE(text(with({}, "x", "4x16x8")), QString());
    }

    void dimensionReplacesWhatHasItsSymbol()
    {
        const Settings both = with(with({}, "y[0]", "7"), "x[1]", "9");
        QCOMPARE(text(with(both, "x[0]", "5")), QStringLiteral("x[1]=9 x[0]=5"));
        QCOMPARE(text(with(both, "x[0]", "4")), QStringLiteral("x[1]=9")); // the default
        QCOMPARE(text(with(both, "x[0]", "")), QStringLiteral("x[1]=9"));
    }

    void defaultOfAShapeTakesBackAllItsDimensions()
    {
        const Settings set = with(with({}, "y[0]", "7"), "x[1]", "9");
        QCOMPARE(text(with(set, "x", "")), QString());
        QCOMPARE(text(with(set, "y", "")), QStringLiteral("x[1]=9"));
    }

    void shapeThatDoesNotFitStaysForItsRefusal()
    {
        for (const char* wrong : {"4x16x9", "4x16", "4xax8", "65x16x8", "4x16x8,4x16x8"}) {
            const Settings settings = with({}, "x", wrong);
            QVERIFY2(refusal(settings).contains(QLatin1String("x")), wrong);
        }
        QVERIFY(refusal(with({}, "x", "65x16x8")).contains(QLatin1String("1 to 64")));
        QVERIFY(refusal(with({}, "x[1]", "1")).contains(QLatin1String("2 to 4096")));
    }

    void equalDimensionsMoveTogether()
    {
        const Settings set = with({}, "y[0]", "7");
        QCOMPARE(value(set, "x"), QStringLiteral("7x16x8"));
        QCOMPARE(value(set, "y"), QStringLiteral("7x8"));
        QVERIFY(isSetAmong(set, m_model.inputs, *inputSetBy(m_model.inputs, "x")));
        QCOMPARE(macs(set), Count(7 * 16 * 8 * 16));
    }

    void differentSizesOfOneSymbolAreRefused()
    {
        QVERIFY(refusal({{"x", "3x16x8"}, {"y", "5x8"}}).contains(QLatin1String("equal")));
    }

    void lengthOfAListIsFree()
    {
        QCOMPARE(text(with({}, "points", "1x3")), QStringLiteral("points=1x3"));
        QCOMPARE(value(with({}, "points", "1x3,5x3,2x3"), "points"), QStringLiteral("1x3,5x3,2x3"));
    }

    void singleDimensionChangesAWholeShape()
    {
        const auto workload = Workload::from(m_model.inputs, Settings{{"x", "2x333x8"}, {"x[1]", "512"}});
        QVERIFY(workload);
        QCOMPARE(workload->text("x"), std::string("2x512x8"));
        QCOMPARE(workload->text("x[1]"), std::string("512"));
        QCOMPARE(text(settingsOf(*runOf(m_model, {{"x", "2x333x8"}, {"x[1]", "512"}}, exact()))),
                 QStringLiteral("x[0]=2 x[1]=512"));
    }

    void argumentMayHaveTheNameOfAKnob()
    {
        // The program's `mode` is a flag of its own; the run stays an inference.
        const auto workload = Workload::from(m_model.inputs, Settings{{"mode", "true"}});
        QVERIFY(workload);
        QCOMPARE(workload->mode, Mode::Inference);
        QCOMPARE(workload->text("mode"), std::string("true"));
        QCOMPARE(std::ranges::count(m_model.inputs, "mode", &Input::id), 1);
    }

    void argumentsStandInTheProgramsOrder()
    {
        const auto workload = Workload::from(m_model.inputs, Settings{{"steps", "5"}, {"y[0]", "2"}});
        QVERIFY(workload);
        std::vector<std::string> ids;
        for (const Argument& argument : workload->arguments)
            ids.push_back(argument.id);
        QCOMPARE(ids, (std::vector<std::string>{"x", "y", "points", "mode", "steps"}));
        QVERIFY(workload->arguments[4].isSet && !workload->arguments[2].isSet);
    }

    void everyFreeSizeIsAnAxis()
    {
        const auto axes = axesOf(m_model.inputs);
        const auto batch = axisNamed(axes, "x[0]");
        QVERIFY(batch);
        QCOMPARE(batch->title, std::string("x, dimension 0"));
        QCOMPARE(batch->followers, (std::vector<std::string>{"y[0]"}));
        QVERIFY(!axisNamed(axes, "y[0]")); // the same axis
        QVERIFY(!axisNamed(axes, "x[2]")); // has one size
        QVERIFY(axisNamed(axes, "steps"));
        const auto tokens = axisNamed(axes, "x[1]");
        QCOMPARE(tokens->minimum, 2);
        QCOMPARE(tokens->maximum, 4096);
        QCOMPARE(tokens->usual, 256); // 16 times the default of 16
    }

    void sweepVariesADimensionBesideTheOthers()
    {
        const auto axis = axisNamed(axesOf(m_model.inputs), "x[0]");
        const Settings loose = withLooseShapes(m_model.inputs, Settings{{"y", "3x8"}, {"x[1]", "10"}});
        QCOMPARE(text(settingsAt(*axis, loose, 5)), QStringLiteral("x[1]=10 x[0]=5"));
        QCOMPARE(macs(settingsAt(*axis, loose, 5)), Count(5 * 10 * 8 * 16));
        QCOMPARE(currentValue(*axis, *runOf(m_model, loose, exact())), std::optional<std::int64_t>(3));
    }

    void largestBatchThatFitsIsFound()
    {
        const auto traceAt = [&](const Workload& w) { return m_model.family->trace(m_model.source, w); };
        // More than any size of this program needs.
        const auto answer =
            limitThatFits(traceAt, {m_model.inputs, {}, "x[0]", Count(std::int64_t{1} << 40)});
        QVERIFY(answer && answer->isWhole);
        QCOMPARE(*answer->value, 64);
    }

    void refusedProgramKeepsItsTreeAndParameters()
    {
        const Attempt made = attempt(m_model, {{"steps", "13"}}, exact());
        QVERIFY(made.run && made.problem);
        QCOMPARE(made.problem->where, std::string("steps"));
        QCOMPARE(made.run->costs.root().total.params, Count(16 * 8));
        QCOMPARE(made.run->costs.root().total.forward.macs, Count(0));
        QVERIFY(!attempt(m_model, {{"steps", "x"}}, exact()).run);
        QVERIFY(!attempt(m_model, {}, exact()).problem);
    }

    void remarksTellWhatFileAndRunSaid()
    {
        const Run run = *runOf(m_model, {}, exact());
        QCOMPARE(remarksOf(run), (std::vector<std::string>{"Exported by hand.", "The loop ran once."}));
        Run guessed = run;
        guessed.trace.isEstimate = true;
        QCOMPARE(remarksOf(guessed).front(), std::string(estimateRemark));
    }
};

QTEST_GUILESS_MAIN(TestSetting)
#include "tst_setting.moc"
