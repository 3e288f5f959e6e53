// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/drawn.h"
#include "tests/support/expert_tree.h"
#include "ui/charts/memory_view.h"
#include "ui/charts/roofline_view.h"
#include "ui/charts/timeline_view.h"
#include "ui/text.h"
#include "ui/views/view.h"
#include "ui/widgets/fit_gauge.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/row_frame.h"

#include <QChartView>
#include <QImage>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QtTest>

#include <algorithm>
#include <set>

using namespace sunflop;
using namespace sunflop::test;

namespace {

QString q(const char* text)
{
    return QString::fromUtf8(text);
}

void show(Session& session, const char* model)
{
    if (const auto shown = session.show(*openModel(q(model))); !shown)
        qFatal("%s", shown.error().text().c_str());
}

void set(Session& session, const char* input, const char* value)
{
    session.setInput(q(input), q(value));
    session.settle();
}

/// A tab on screen.
template<typename View>
struct Shown {
    explicit Shown(Session& session, QSize size = {900, 300}) : view(session, nullptr)
    {
        view.resize(size);
        view.show();
        QCoreApplication::processEvents();
    }
    QWidget& plot() { return *view.template findChild<QChartView*>()->viewport(); }

    View view;
};

/// Every view as a figure, in either scheme; white where it paints nothing.
QImage painted(Session& session, std::string_view id, QSize size)
{
    const auto view = std::ranges::find(views(), id, &View::id);
    QImage image(size, QImage::Format_RGB32);
    image.fill(session.lens().theme().panel);
    QPainter painter(&image);
    view->paint(session, painter, QRectF(QPointF(), QSizeF(size)));
    return image;
}

} // namespace

class TestDeviceViews : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void barsAreInferenceServingAndTraining()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<MemoryView> shown(session);
        shown.view.settle();
        const auto& bars = shown.view.chart().bars();
        QCOMPARE(bars.size(), std::size_t{3});
        QCOMPARE(bars[0].title, q("Inference"));
        QCOMPARE(bars[1].title, q("Serving, batch 32"));
        QCOMPARE(bars[2].title, q("Training, AdamW"));
        QVERIFY(bars[0].isLive && !bars[1].isLive && !bars[2].isLive);
        // 1,235,814,400 parameters in bf16, as published; AdamW keeps two states of as many.
        constexpr std::int64_t params = 1'235'814'400;
        QCOMPARE(bars[0].parts.weights.value(), 2 * params);
        QCOMPARE(bars[1].parts.weights.value(), 2 * params);
        QVERIFY(bars[2].parts.optimizer >= Count(2 * 2 * params));
        QVERIFY(bars[1].parts.total() > bars[0].parts.total());
        QVERIFY(shown.plot().parentWidget()->accessibleName().contains(q("Training, AdamW")));
    }

    void theLiveBarFollowsTheMode()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<MemoryView> shown(session);
        set(session, "mode", "training");
        shown.view.settle();
        const auto& bars = shown.view.chart().bars();
        QVERIFY(!bars[0].isLive && bars[2].isLive);
        QCOMPARE(bars[2].parts.total().value(), session.run().memory.parts.total().value());
        session.undoStack().undo();
        session.settle();
        shown.view.settle();
        QVERIFY(shown.view.chart().bars()[0].isLive);
    }

    void aBarTellsItsPartsUnderTheMouse()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<MemoryView> shown(session);
        shown.view.settle();
        const QImage before = shown.view.grab().toImage();
        QTest::mouseMove(&shown.plot(), {400, 60});
        QVERIFY(shown.view.grab().toImage() != before);
        const QStringList lines = shown.view.chart().readout(shown.view.chart().bars()[2]);
        QVERIFY(lines.filter(q("Optimizer")).size() == 1);
        QVERIFY(lines.filter(q("KV cache")).isEmpty() || !lines.filter(q("KV cache"))[0].contains(q("–")));
    }

    void whatDoesNotFitIsSaidInWordsAndRed()
    {
        Session session;
        show(session, "qwen2.5-72b");
        // 72.7 billion parameters of two bytes are more than the H100's 79 GiB.
        FitGauge gauge(session);
        gauge.resize(236, gauge.sizeHint().height());
        gauge.refresh();
        QVERIFY(gauge.verdict().contains(q("does not fit")));
        gauge.resize(236, gauge.sizeHint().height());
        QVERIFY(isDrawn(gauge.grab().toImage(), Theme::light().danger));
        QVERIFY(gauge.accessibleName().contains(gauge.verdict()));
        set(session, "tensor_parallel", "4");
        gauge.refresh();
        QVERIFY(gauge.verdict().startsWith(q("fits")));
        QVERIFY(gauge.room().contains(q("4 devices")));
    }

    void theTimelineMarksThePeak()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<TimelineView> shown(session);
        const Footprint& memory = session.run().memory;
        const auto most = std::ranges::max_element(memory.timeline, {}, &LivePoint::bytes);
        QCOMPARE(most->bytes.value(), memory.peak().value());
        QVERIFY(shown.view.chart().description().contains(text::bytes(memory.peak())));
        QVERIFY(shown.view.chart().count() <= memory.timeline.size());
    }

    void clickOnTheTimelineSelectsTheModule()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<TimelineView> shown(session);
        const QRectF plot = shown.view.chart().plotArea();
        const QPoint at(qRound(plot.center().x()), qRound(plot.center().y()));
        const std::int32_t module = shown.view.chart().moduleAt(at.x());
        QVERIFY(module > 0);
        QTest::mouseMove(&shown.plot(), at);
        QTest::mouseClick(&shown.plot(), Qt::LeftButton, {}, at);
        QCOMPARE(session.focus().selected(), module);
        QCOMPARE(shown.view.chart().moduleAt(-50), -1);
    }

    void ownersOfThePeakAreListedAndCanBeSelected()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<TimelineView> shown(session);
        const auto& owners = session.run().memory.owners;
        QVERIFY(!owners.empty());
        auto* first = shown.view.findChild<QPushButton*>();
        QVERIFY(first->accessibleName().startsWith(text::path(session.run(), owners.front().module)));
        QTest::mouseClick(first, Qt::LeftButton);
        QCOMPARE(session.focus().selected(), owners.front().module);
        shown.view.resize(420, 300);
        QVERIFY(!first->isVisible());
    }

    void trainingHasThreeStages()
    {
        Session session;
        show(session, "llama-3.2-1b");
        set(session, "mode", "training");
        std::set<Stage> stages;
        for (const LivePoint& point : session.run().memory.timeline)
            stages.insert(point.stage);
        QCOMPARE(stages, (std::set<Stage>{Stage::Forward, Stage::Backward, Stage::Step}));
        Shown<TimelineView> shown(session);
        QVERIFY(!shown.view.grab().isNull());
    }

    void marksStandUnderTheRoof()
    {
        Session session;
        show(session, "llama-3.2-1b");
        set(session, "new_tokens", "8");
        set(session, "preset", "ideal");
        const Run& run = session.run();
        const auto marks = rooflineMarks(run, 1000);
        QVERIFY(!marks.empty());
        QVERIFY(std::ranges::is_sorted(marks, std::greater(),
                                       [](const RooflineMark& mark) { return mark.share.seconds(); }));
        for (const RooflineMark& mark : marks)
            QVERIFY(mark.place.achieved <= 1.001 * mark.place.attainable);
        // Own times of all modules are the whole run's.
        double sum = 0;
        for (const RooflineMark& mark : marks)
            sum += mark.share.seconds();
        QVERIFY(sum <= 1.001 * run.timing.seconds);
    }

    void prefillAndDecodeAreApart()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<RooflineView> shown(session);
        QCOMPARE(shown.view.chart().legend().size(), std::size_t{1});
        QCOMPARE(shown.view.chart().legend()[0].name, q("forward"));
        set(session, "new_tokens", "8");
        QCOMPARE(shown.view.chart().legend().size(), std::size_t{2});
        QCOMPARE(shown.view.chart().legend()[1].name, q("decode"));
        set(session, "new_tokens", "0");
        set(session, "mode", "training");
        QCOMPARE(shown.view.chart().legend()[1].name, q("backward"));
    }

    void clickOnAMarkSelectsItsModule()
    {
        Session session;
        show(session, "llama-3.2-1b");
        Shown<RooflineView> shown(session);
        const auto& marks = shown.view.chart().marks();
        const QPointF at = shown.view.chart().placeOf(marks.front());
        const std::int32_t module = shown.view.chart().moduleAt(at);
        QVERIFY(module >= 0);
        QTest::mouseMove(&shown.plot(), at.toPoint());
        QTest::mouseClick(&shown.plot(), Qt::LeftButton, {}, at.toPoint());
        QCOMPARE(session.focus().selected(), module);
        QCOMPARE(shown.view.chart().moduleAt({-20, -20}), -1);
    }

    void theHeadlineTellsTimesAndDevice()
    {
        Session session;
        show(session, "llama-3.2-1b");
        set(session, "new_tokens", "8");
        set(session, "device", "a100-sxm-80");
        const QString times = timesText(session.run());
        QVERIFY(times.contains(q("first token ")) && times.contains(q("tokens/s")) &&
                times.contains(q("MFU")));
        QVERIFY(deviceText(session.run()).contains(q("A100 SXM4 80GB")));
        QVERIFY(deviceText(session.run()).contains(q("eager")));
    }

    void viewsArePaintedInBothSchemesAndAnySize_data()
    {
        QTest::addColumn<QString>("view");
        for (const char* view : {"memory", "timeline", "roofline"})
            QTest::newRow(view) << q(view);
    }

    void viewsArePaintedInBothSchemesAndAnySize()
    {
        QFETCH(const QString, view);
        Session session;
        show(session, "llama-3.2-1b");
        for (const Theme* theme : {&Theme::light(), &Theme::dark()}) {
            session.lens().setTheme(*theme);
            for (const QSize size : {QSize(800, 320), QSize(320, 160), QSize(64, 64)})
                painted(session, view.toStdString(), size);
            QVERIFY(isDrawn(painted(session, view.toStdString(), {800, 320}), theme->text));
        }
    }

    void aHugeModelHasFewPoints()
    {
        Session session;
        QVERIFY(session.show(expertModel(12, 64)));
        Shown<TimelineView> timeline(session);
        Shown<RooflineView> roofline(session);
        Shown<MemoryView> memory(session);
        memory.view.settle();
        QVERIFY(session.run().memory.timeline.size() > 2'000);
        QVERIFY(timeline.view.chart().count() <= 1'500);
        QVERIFY(roofline.view.chart().marks().size() <= RooflineChart::mostMarks);
    }

    void theLargestBatchIsOneUndoStep()
    {
        Session session;
        show(session, "llama-3.2-1b");
        set(session, "device", "t4");
        InputsPanel panel(session);
        panel.resize(272, 900);
        panel.show();
        auto* button = panel.row("batch")->findChild<QToolButton*>();
        QVERIFY(button != nullptr);
        QTest::mouseClick(button, Qt::LeftButton);
        panel.settle();
        const std::int64_t batch = session.run().workload.batch;
        QVERIFY(batch > 1);
        QVERIFY(session.run().memory.parts.total() <= session.run().device->memoryBytes);
        set(session, "batch", std::to_string(batch + 1).c_str());
        QVERIFY(session.run().memory.parts.total() > session.run().device->memoryBytes);
        session.undoStack().undo();
        session.undoStack().undo();
        session.settle();
        QCOMPARE(session.run().workload.batch, 1);
    }

    void whereNothingFitsTheRowSaysSo()
    {
        Session session;
        show(session, "qwen2.5-72b");
        InputsPanel panel(session);
        panel.show();
        RowFrame* row = panel.row("batch");
        QTest::mouseClick(row->findChild<QToolButton*>(), Qt::LeftButton);
        panel.settle();
        QVERIFY(row->refusal().contains(q("smallest")));
        QCOMPARE(session.run().workload.batch, 1);
    }

    void trainingInputsShowInTrainingOnly()
    {
        Session session;
        show(session, "llama-3.2-1b");
        InputsPanel panel(session);
        panel.resize(272, 900);
        panel.show();
        QVERIFY(!panel.row("optimizer")->isVisible());
        set(session, "mode", "training");
        QVERIFY(panel.row("optimizer")->isVisible());
        QVERIFY(!panel.row("zero_stage")->isVisible()); // in a closed section
        set(session, "data_parallel", "8");
        QVERIFY(panel.row("data_parallel")->isVisible()); // set, so it shows
    }
};

QTEST_MAIN(TestDeviceViews)
#include "tst_device_views.moc"
