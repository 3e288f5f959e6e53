// SPDX-License-Identifier: GPL-3.0-or-later
// How long the window takes for what a user waits for on a huge tree: until the new picture is painted.

#include "tests/support/expert_tree.h"
#include "ui/compare/compare_page.h"
#include "ui/compare/comparison_view.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/widgets/tree_view.h"

#include <benchmark/benchmark.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QThread>
#include <QThreadPool>

#include <algorithm>
#include <functional>
#include <malloc.h>
#include <vector>

namespace {

using namespace sunflop;

/// A table of 100,746 rows, all open: modules that all differ, or members of unfolded runs.
struct HugeTable {
    explicit HugeTable(bool unfolds)
    {
        session.lens().setFoldsRepeats(!unfolds);
        const Model model = unfolds ? test::foldedExpertModel(60, 417) : test::expertModel(60, 417);
        if (!session.show(model))
            qFatal("the model is refused");
        view.resize(800, 900);
        view.show();
        view.openTo(TreeView::deepest);
        paint();
    }

    /// What is due on the screen, now.
    void paint()
    {
        QCoreApplication::processEvents();
        view.repaint();
    }

    Session session;
    TreeView view{session};
};

/// A search set and cleared again, turn by turn.
void filter(benchmark::State& state, bool unfolds)
{
    HugeTable table(unfolds);
    bool isOn = false;
    for (auto _ : state) {
        isOn = !isOn;
        // The search itself belongs to all views together.
        table.session.finder().search(isOn ? QStringLiteral("gate") : QString(), &table.session.run());
        table.paint();
    }
}

void sort(benchmark::State& state, bool unfolds)
{
    HugeTable table(unfolds);
    bool isDescending = false;
    for (auto _ : state) {
        isDescending = !isDescending;
        table.view.header()->setSortIndicator(CostTreeModel::ParamsColumn,
                                              isDescending ? Qt::DescendingOrder : Qt::AscendingOrder);
        table.paint();
    }
}

/// The table's part when an input has moved; counting is timed by itself.
void figures(benchmark::State& state, bool unfolds)
{
    HugeTable table(unfolds);
    for (auto _ : state) {
        Q_EMIT table.session.figuresChanged();
        table.paint();
    }
}

/// Repeats of a table folded and unfolded, turn by turn: 1,992,666 rows, just below what is unfolded at all.
void fold(benchmark::State& state)
{
    Session session;
    if (!session.show(test::foldedExpertModel(60, 8300)))
        qFatal("the model is refused");
    TreeView view(session);
    view.resize(800, 900);
    view.show();
    for (auto _ : state) {
        session.lens().setFoldsRepeats(!session.lens().foldsRepeats());
        QCoreApplication::processEvents();
        view.repaint();
    }
}

/// Trace and counts after an input moved, on whatever thread.
void count(benchmark::State& state)
{
    const Model model = test::expertModel(60, 256);
    const Convention& exact = conventions().front();
    int turn = 0;
    for (auto _ : state) {
        const std::vector<Assignment> settings{{"text_tokens", std::to_string(512 + (turn ^= 1))}};
        benchmark::DoNotOptimize(runOf(model, settings, exact));
    }
}

/// Median and 95th percentile of what a loop measured.
void countQuantiles(benchmark::State& state, std::vector<double> milliseconds)
{
    std::ranges::sort(milliseconds);
    const auto quantile = [&](double q) {
        return milliseconds[static_cast<std::size_t>(q * static_cast<double>(milliseconds.size() - 1))];
    };
    state.counters["median_ms"] = quantile(0.5);
    state.counters["p95_ms"] = quantile(0.95);
}

/// A window with a model, and a slider in the user's hand.
struct Drag {
    explicit Drag(const Model& model)
    {
        if (!session.show(model))
            qFatal("the model is refused");
        window.resize(1680, 1050);
        window.show();
        QCoreApplication::processEvents();
        QThreadPool::globalInstance()->waitForDone();
        QCoreApplication::processEvents();
    }
    ~Drag() { session.endMove(); }

    /// Shows every instance of every module as a row of the table.
    void unfold()
    {
        session.lens().setFoldsRepeats(false);
        window.findChild<TreeView*>()->openTo(TreeView::deepest);
        QCoreApplication::processEvents();
    }

    void move()
    {
        tokens = tokens < 2000 ? tokens + 7 : 512;
        session.setInput(QStringLiteral("text_tokens"), QString::number(tokens), true);
    }

    Preferences preferences;
    MainWindow window{preferences, QPalette()};
    Session& session = window.session();
    int tokens = 512;
};

/// One step of a held slider: from the new value until every visible view is painted with its figures. The
/// sweep is counted on a worker and painted with the step during which it arrives.
void step(benchmark::State& state, const Model& model, bool unfolds = false)
{
    Drag drag(model);
    if (unfolds)
        drag.unfold();
    std::vector<double> milliseconds;
    for (auto _ : state) {
        QElapsedTimer timer;
        timer.start();
        drag.move();
        drag.session.settle();
        QCoreApplication::processEvents();
        milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    countQuantiles(state, std::move(milliseconds));
}

/// The same on the Compare page, where a step moves both models.
void compareStep(benchmark::State& state, const Model& a, const Model& b)
{
    Drag drag(a);
    CompareSession& comparison = drag.window.comparison();
    if (!comparison.session(Side::B).show(b))
        qFatal("the model is refused");
    comparison.setOpen(true);
    QCoreApplication::processEvents();
    std::vector<double> milliseconds;
    for (auto _ : state) {
        QElapsedTimer timer;
        timer.start();
        drag.move();
        comparison.settle();
        QCoreApplication::processEvents();
        milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    countQuantiles(state, std::move(milliseconds));
}

/// What the page itself does of such a step: counting is timed elsewhere, and happens elsewhere.
void compareFigures(benchmark::State& state, const Model& a, const Model& b)
{
    Drag drag(a);
    CompareSession& comparison = drag.window.comparison();
    if (!comparison.session(Side::B).show(b))
        qFatal("the model is refused");
    comparison.setOpen(true);
    drag.window.comparePage()->tree().openTo(9);
    QCoreApplication::processEvents();
    std::vector<double> milliseconds;
    for (auto _ : state) {
        QElapsedTimer timer;
        timer.start();
        for (const Side side : {Side::A, Side::B})
            Q_EMIT comparison.session(side).figuresChanged();
        QCoreApplication::processEvents();
        milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    countQuantiles(state, std::move(milliseconds));
}

/// How long the window is busy in one frame of a drag, sixty a second: what a large model takes to count is
/// spent elsewhere.
void frame(benchmark::State& state, const Model& model)
{
    Drag drag(model);
    std::vector<double> milliseconds;
    for (auto _ : state) {
        QElapsedTimer timer;
        timer.start();
        drag.move();
        QCoreApplication::processEvents();
        milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        // Results that arrive meanwhile are the next frame's business.
        QThread::usleep(static_cast<unsigned long>(1000 * std::max(0.0, 1000.0 / 60 - milliseconds.back())));
    }
    countQuantiles(state, std::move(milliseconds));
}

/// From nothing to a painted window, without the start of the program.
void openWindow(benchmark::State& state)
{
    for (auto _ : state) {
        Preferences preferences;
        MainWindow window(preferences, QPalette());
        if (!window.session().show(*openModel(QStringLiteral("ovis2-4b"))))
            qFatal("the model is refused");
        window.show();
        QCoreApplication::processEvents();
    }
}

void define(const char* name, std::function<void(benchmark::State&)> timing)
{
    benchmark::RegisterBenchmark(name, std::move(timing))->Unit(benchmark::kMillisecond)->UseRealTime();
}

} // namespace

int main(int argc, char** argv)
{
    // As the program does.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication application(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    const PreferencesSandbox sandbox;
    define("ui/step/ovis2-4b", [](auto& state) { step(state, *openModel(QStringLiteral("ovis2-4b"))); });
    define("ui/step/experts-62k", [](auto& state) { step(state, test::expertModel(60, 256)); });
    define("ui/step/unfolded-62k", [](auto& state) { step(state, test::foldedExpertModel(60, 256), true); });
    const auto compareTwo = [](auto& state, auto timing) {
        timing(state, *openModel(QStringLiteral("ovis2-4b")), *openModel(QStringLiteral("internvl2-1b")));
    };
    const auto compareLarge = [](auto& state, auto timing) {
        timing(state, test::expertModel(60, 256), test::expertModel(60, 252));
    };
    define("ui/step/compare-ovis2-4b-internvl2-1b", [=](auto& state) { compareTwo(state, compareStep); });
    define("ui/step/compare-62k-with-counting", [=](auto& state) { compareLarge(state, compareStep); });
    define("ui/step/compare-62k", [=](auto& state) { compareLarge(state, compareFigures); });
    define("ui/frame/ovis2-4b", [](auto& state) { frame(state, *openModel(QStringLiteral("ovis2-4b"))); });
    define("ui/frame/experts-62k", [](auto& state) { frame(state, test::expertModel(60, 256)); });
    define("ui/open/ovis2-4b", openWindow);
    define("tree/filter/100k", [](auto& state) { filter(state, false); });
    define("tree/filter/unfolded-100k", [](auto& state) { filter(state, true); });
    define("tree/sort/100k", [](auto& state) { sort(state, false); });
    define("tree/sort/unfolded-100k", [](auto& state) { sort(state, true); });
    define("tree/figures/100k", [](auto& state) { figures(state, false); });
    define("tree/figures/unfolded-100k", [](auto& state) { figures(state, true); });
    define("tree/fold/unfolded-2m", fold);
    define("count/experts/62k", count);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
