// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/drawn.h"
#include "ui/charts/sweep_view.h"
#include "ui/text.h"

#include <QImage>
#include <QLineSeries>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

void show(Session& session, const char* model)
{
    const auto shown = session.show(*openModel(QString::fromLatin1(model)));
    if (!shown)
        qFatal("%s", shown.error().text().c_str());
}

/// Shows a sweep of an axis and waits for its curve.
void settle(SweepView& view, const QString& axis = {})
{
    view.resize(900, 300);
    view.show();
    if (!axis.isEmpty())
        view.setAxis(axis);
    view.settle();
    QCoreApplication::processEvents();
}

/// A sweep tab on screen, up to date.
struct ShownSweep {
    explicit ShownSweep(Session& session, const QString& axis = {}) : view(session, nullptr)
    {
        settle(view, axis);
    }
    SweepChart& chart() { return view.plot().sweepChart(); }
    /// A point of the plot over a value.
    QPoint at(std::int64_t value)
    {
        return {qRound(chart().xAt(value)), qRound(chart().plotArea().center().y())};
    }

    SweepView view;
};

} // namespace

class TestSweepView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aVisionModelSweepsItsImageSizeFirst()
    {
        const auto model = openModel(QStringLiteral("ovis2-4b"));
        QVERIFY(model);
        const auto axes = axesOf(model->inputs);
        QCOMPARE(axes.front().id, std::string("image_size"));
        QCOMPARE(axes.front().inputs, (std::vector<std::string>{"image_width", "image_height"}));
        const auto language = axesOf(openModel(QStringLiteral("qwen2.5-7b"))->inputs);
        QCOMPARE(language.front().id, std::string("text_tokens"));
    }

    void theRangeReachesTheCurrentValue()
    {
        Session session;
        show(session, "qwen2.5-7b");
        session.setInput(QStringLiteral("batch"), QStringLiteral("1000"));
        session.settle();
        const auto axes = axesOf(session.model().inputs);
        const auto batch = std::ranges::find(axes, "batch", &Axis::id);
        const SweepQuestion question = questionOf(session, *batch, Grouping::Branch);
        QCOMPARE(question.range.from, 1);
        QCOMPARE(question.range.to, 1000);
        QVERIFY(question.range.isLogarithmic);
    }

    void theCurveAgreesWithTheFigures()
    {
        Session session;
        show(session, "ovis2-4b");
        ShownSweep sweep(session);
        const auto& answer = sweep.chart().answer();
        QVERIFY(answer);
        const auto here = std::ranges::find(answer->sweep.points, 448, &SweepPoint::value);
        QVERIFY(here != answer->sweep.points.end());
        Costs sum;
        for (const Costs& costs : here->costs)
            sum = sum + costs;
        QCOMPARE(sum.forward.flops, session.run().costs.root().total.forward.flops);
        QCOMPARE(sweep.chart().cursor()->value, 448);
        QCOMPARE(sweep.chart().cursor()->figures.front(), sum.forward.flops);
    }

    /// A generation computes no gradients: its backward is nothing, which is no zero.
    void whatHasNoBackwardHasNoCurve()
    {
        Session session;
        show(session, "qwen2.5-0.5b");
        session.lens().setMeasure(measureNamed("backward_flops"));
        ShownSweep sweep(session, QStringLiteral("new_tokens"));
        QVERIFY(sweep.chart().hasFigures());
        QCOMPARE(sweep.chart().cursor()->figures.size(), std::size_t{1});
        for (const QAbstractSeries* series : sweep.chart().series())
            if (const auto* line = qobject_cast<const QLineSeries*>(series))
                QVERIFY2(line->count() <= 1, "only without new tokens");
        session.setInput(QStringLiteral("new_tokens"), QStringLiteral("4"));
        settle(sweep.view, QStringLiteral("text_tokens"));
        QVERIFY(!sweep.chart().hasFigures());
        QVERIFY(sweep.chart().cursor()->figures.empty());
        QVERIFY(sweep.chart().cursor()->label.contains(QStringLiteral("n/a")));
        session.lens().setMeasure(measureNamed("flops"));
        settle(sweep.view);
        QVERIFY(sweep.chart().hasFigures());
    }

    void aPressSetsTheInputAsOneUndoStep()
    {
        Session session;
        show(session, "ovis2-4b");
        ShownSweep sweep(session);
        const QPoint from = sweep.at(700);
        const QPoint to = sweep.at(1200);
        const std::int64_t chosen = sweep.chart().valueAt(to.x());
        QVERIFY(std::abs(chosen - 1200) < 4);
        QTest::mousePress(sweep.view.plot().viewport(), Qt::LeftButton, {}, from);
        QTest::mouseMove(sweep.view.plot().viewport(), to);
        QTest::mouseRelease(sweep.view.plot().viewport(), Qt::LeftButton, {}, to);
        session.settle();
        QCOMPARE(session.run().workload.imageWidth, chosen);
        QCOMPARE(session.run().workload.imageHeight, chosen);
        QCOMPARE(session.undoStack().count(), 1);
        QCOMPARE(sweep.chart().cursor()->value, chosen);
        session.undoStack().undo();
        session.settle();
        QCOMPARE(session.run().workload.imageWidth, 448);
    }

    void arrowKeysGoFromPointToPoint()
    {
        Session session;
        show(session, "qwen2.5-7b");
        ShownSweep sweep(session, QStringLiteral("text_tokens"));
        const auto points = sweep.chart().answer()->sweep.points;
        const auto here = std::ranges::find(points, 512, &SweepPoint::value);
        QVERIFY(here != points.end());
        QTest::keyClick(&sweep.view.plot(), Qt::Key_Right);
        session.settle();
        QCOMPARE(session.run().workload.textTokens, std::next(here)->value);
    }

    void movingTheCursorCountsNoNewCurve()
    {
        Session session;
        show(session, "ovis2-4b");
        ShownSweep sweep(session);
        const auto before = sweep.chart().answer();
        session.setInputs({{"image_width", "700"}, {"image_height", "700"}});
        sweep.view.settle();
        QCOMPARE(sweep.chart().answer(), before);
        QCOMPARE(sweep.chart().cursor()->value, 700);
        session.setInput(QStringLiteral("text_tokens"), QStringLiteral("1024"));
        sweep.view.settle();
        QVERIFY(sweep.chart().answer() != before);
    }

    void theCursorIsLabelled()
    {
        Session session;
        show(session, "ovis2-4b");
        ShownSweep sweep(session);
        const QString label = sweep.chart().cursor()->label;
        QVERIFY(label.startsWith(withUnit(448, QStringLiteral("px"))));
        QVERIFY(label.endsWith(QStringLiteral("FLOPs")));
        session.setInput(QStringLiteral("image_width"), QStringLiteral("672"));
        session.settle();
        QCOMPARE(currentText(axesOf(session.model().inputs).front(), session.run()),
                 QStringLiteral("672 × ") + withUnit(448, QStringLiteral("px")));
    }

    void aCrossingIsShownAndHolds()
    {
        Session session;
        show(session, "internvl2-1b");
        ShownSweep sweep(session, QStringLiteral("text_tokens"));
        const auto shown = sweep.chart().shownCrossings();
        QCOMPARE(shown.size(), std::size_t{1});
        const Crossing& crossing = shown.front();
        QCOMPARE(crossing.at, crossing.before + 1);
        QVERIFY(sweep.chart().crossingText(crossing).contains(text::exact(crossing.at)));
        // Counted again on both sides of it.
        const auto over = [&](std::int64_t tokens) {
            session.setInput(QStringLiteral("text_tokens"), QString::number(tokens));
            session.settle();
            const auto groups =
                breakdown(session.run().trace, session.run().costs, session.convention(), Grouping::Branch);
            const auto named = [&](std::size_t group) {
                const std::string& name = sweep.chart().answer()->sweep.groups[group].name;
                return std::ranges::find(groups, name, &Group::name)->costs.forward.flops;
            };
            return named(crossing.over) > named(crossing.under);
        };
        QVERIFY(!over(crossing.before));
        QVERIFY(over(crossing.at));
    }

    void wideRangesAreLinesAndNarrowOnesAreStacks()
    {
        Session session;
        show(session, "ovis2-4b");
        ShownSweep sweep(session);
        QVERIFY(!sweep.chart().answer()->question.range.isLogarithmic);
        QCOMPARE(sweep.chart().series().size(), qsizetype(sweep.chart().answer()->sweep.groups.size()));
        sweep.view.setAxis(QStringLiteral("text_tokens"));
        sweep.view.settle();
        QVERIFY(sweep.chart().answer()->question.range.isLogarithmic);
        sweep.view.setGrouping(Grouping::Role);
        sweep.view.settle();
        // A line for each group and one for the total.
        QCOMPARE(sweep.chart().series().size(), qsizetype(sweep.chart().answer()->sweep.groups.size()) + 1);
        sweep.view.setAxis(QStringLiteral("image_size"));
        sweep.view.settle();
        QCOMPARE(sweep.chart().series().size(), qsizetype(sweep.chart().answer()->sweep.groups.size()));
    }

    void aSweepFollowsThemeMeasureAndModel()
    {
        Session session;
        show(session, "ovis2-4b");
        ShownSweep sweep(session);
        QVERIFY(isDrawn(sweep.view.grab().toImage(), Theme::light().branch(0, 0)));
        session.lens().setTheme(Theme::dark());
        QVERIFY(isDrawn(sweep.view.grab().toImage(), Theme::dark().branch(0, 0)));
        session.lens().setMeasure(measureNamed("kv_cache_bytes"));
        sweep.view.settle();
        QCOMPARE(sweep.chart().answer()->question.measure().id, std::string_view("kv_cache_bytes"));
        show(session, "qwen2.5-7b");
        sweep.view.settle();
        QCOMPARE(sweep.chart().answer()->question.axis.id, std::string("text_tokens"));
        session.close();
    }

    void impossibleValuesLeaveAWord()
    {
        Session session;
        show(session, "ovis2-4b");
        session.setInput(QStringLiteral("images"), QStringLiteral("0"));
        session.settle();
        ShownSweep sweep(session);
        QVERIFY(sweep.chart().answer()->sweep.points.empty());
        sweep.view.grab();
        QTest::mouseClick(sweep.view.plot().viewport(), Qt::LeftButton, {}, {400, 100});
        QCOMPARE(session.run().workload.images, 0);
    }

    void twoModelsAreTwoLinesWithTheirOwnFigures()
    {
        Session a;
        Session b;
        show(a, "ovis2-4b");
        show(b, "internvl2-1b");
        SweepView view(a, b, nullptr);
        settle(view);
        SweepChart& chart = view.plot().sweepChart();
        QVERIFY(chart.answer() && chart.answer()->question.isComparison());
        const auto& sweep = chart.answer()->sweep;
        QCOMPARE(sweep.groups.size(), std::size_t{2});
        const auto here = std::ranges::find(sweep.points, chart.cursor()->value, &SweepPoint::value);
        QVERIFY(here != sweep.points.end());
        QCOMPARE(here->costs[0].forward, a.run().costs.root().total.forward);
        QCOMPARE(here->costs[1].forward, b.run().costs.root().total.forward);
        QCOMPARE(chart.cursor()->figures.size(), std::size_t{2});
        QCOMPARE(chart.legend().size(), std::size_t{2});
        QVERIFY(chart.legend()[0].name.contains(QStringLiteral("ovis2-4b")));
        const QImage image = view.grab().toImage();
        QVERIFY(isDrawn(image, chart.legend()[0].colour));
        QVERIFY(isDrawn(image, chart.legend()[1].colour));
    }

    void aModelThatOvertakesAnotherIsMarkedWhereItDoes()
    {
        // Attention grows with the square of the tokens: the smaller model with the wider attention
        // overtakes.
        Session a;
        Session b;
        show(a, "qwen2.5-0.5b");
        show(b, "qwen2.5-0.5b");
        b.setInputs({{"attention", "eager"}, {"batch", "1"}});
        a.setInput(QStringLiteral("batch"), QStringLiteral("1"));
        a.setInput(QStringLiteral("new_tokens"), QStringLiteral("2"));
        SweepView view(a, b, nullptr);
        settle(view, QStringLiteral("text_tokens"));
        const auto& answer = view.plot().sweepChart().answer();
        for (const Crossing& crossing : answer->sweep.crossings) {
            const auto flops = [&](const Session& session, std::int64_t tokens) {
                const auto run =
                    runOf(session.model(), settingsAt(answer->question.axis, session.settings(), tokens),
                          session.convention());
                return run->costs.root().total.forward.flops;
            };
            const Session& over = crossing.over == 0 ? a : b;
            const Session& under = crossing.over == 0 ? b : a;
            QVERIFY(flops(over, crossing.at) > flops(under, crossing.at));
            QVERIFY(flops(over, crossing.before) <= flops(under, crossing.before));
        }
        QVERIFY(!answer->sweep.crossings.empty());
    }

    void aValueThatIsPickedGoesToBothModels()
    {
        Session a;
        Session b;
        show(a, "qwen2.5-7b");
        show(b, "qwen2.5-0.5b");
        SweepView view(a, b, nullptr);
        settle(view, QStringLiteral("text_tokens"));
        const QPoint at(view.plot().width() / 2, view.plot().height() / 2);
        QTest::mouseClick(view.plot().viewport(), Qt::LeftButton, {}, at);
        view.settle();
        QVERIFY(a.run().workload.textTokens != 512);
        QCOMPARE(b.run().workload.textTokens, a.run().workload.textTokens);
    }

    void onlyWhatBothModelsOfferIsSwept()
    {
        const auto vision = openModel(QStringLiteral("ovis2-4b"));
        const auto language = openModel(QStringLiteral("qwen2.5-7b"));
        const auto shared = sharedAxes(vision->inputs, language->inputs);
        const auto has = [&](std::string_view id) {
            return std::ranges::find(shared, id, &Axis::id) != shared.end();
        };
        QVERIFY(has("text_tokens"));
        QVERIFY(!has("image_size"));
        QVERIFY(!has("images"));
    }
};

QTEST_MAIN(TestSweepView)
#include "tst_sweep_view.moc"
