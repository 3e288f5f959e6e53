// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_window.h"
#include "ui/charts/sweep_view.h"
#include "ui/compare/compare_bar.h"
#include "ui/compare/compare_card.h"
#include "ui/compare/compare_inputs.h"
#include "ui/compare/compare_page.h"
#include "ui/compare/comparison_view.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/widgets/tool_bar.h"

#include <QCheckBox>
#include <QDropEvent>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QToolButton>
#include <QTreeWidget>
#include <QtTest>

#include <cmath>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// The window with two models on its Compare page.
struct Page : TestWindow {
    explicit Page(const char* b = "internvl2-1b", QSize size = {1680, 1050}) : TestWindow(size)
    {
        open(QStringLiteral("ovis2-4b"));
        key("Ctrl+D");
        if (b != nullptr)
            openB(b);
    }

    CompareSession& comparison() { return window().comparison(); }
    Session& b() { return comparison().session(Side::B); }
    ComparePage& page() { return *window().comparePage(); }
    SunburstWidget& burst(Side side) { return page().card(side).sunburst(); }

    void openB(const char* name)
    {
        comparison().compareWith(QLatin1String(name));
        QTRY_VERIFY(comparison().opener(Side::B).pending().isEmpty());
        comparison().settle();
        settle();
    }
    std::int32_t row(Side side, std::string_view path)
    {
        const Trace& trace = comparison().run(side).trace;
        for (std::size_t i = 0; i < trace.modules.size(); ++i)
            if (trace.path(static_cast<std::int32_t>(i)) == path)
                return comparison().rowOf(side, static_cast<std::int32_t>(i));
        qFatal("no module at this path");
    }
    /// A point of a module's slice in the sunburst of its side.
    QPoint slice(Side side, std::int32_t node)
    {
        const SunburstLayout& layout = burst(side).picture()->layout();
        const Arc arc = layout.arc(layout.sliceOf(node, comparison().run(side).costs));
        return onCircle(layout.centre(), arc.middleTurns(), arc.middleRadius()).toPoint();
    }
    QPoint rowAt(std::int32_t row)
    {
        page().tree().scrollTo(page().tree().comparison().indexOf(row));
        const QRect rect = page().tree().visualRect(page().tree().comparison().indexOf(row));
        return {rect.left() + 40, rect.center().y()};
    }
};

} // namespace

class TestComparePage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { failOnWarnings(); }

    void partnersHaveOneColour()
    {
        Page page;
        page.window().session().lens().setColourBy(ColourBy::Branch);
        page.settle();
        const auto colour = [&](Side side, std::string_view path) {
            const std::int32_t row = page.row(side, path);
            const SunburstPainter& picture = *page.burst(side).picture();
            const std::int32_t node = page.comparison().node(side, row);
            return picture.fill(picture.layout().sliceOf(node, page.comparison().run(side).costs));
        };
        // internvl2-1b registers its vision tower first, ovis2-4b its language model.
        QCOMPARE(colour(Side::B, "language_model"), colour(Side::A, "llm"));
        QCOMPARE(colour(Side::B, "vision_model"), colour(Side::A, "visual_tokenizer"));
        QVERIFY(colour(Side::A, "llm") != colour(Side::A, "visual_tokenizer"));
        page.comparison().compareWith(QStringLiteral("ovis2-4b"));
        QTRY_VERIFY(page.comparison().opener(Side::B).pending().isEmpty());
        page.comparison().settle();
        page.settle();
        QCOMPARE(colour(Side::B, "visual_tokenizer"), colour(Side::A, "visual_tokenizer"));
    }

    /// What has no partner must not look like the partner of something else.
    void whatIsOnlyInBHasAColourOfItsOwn()
    {
        Page page("qwen2.5-0.5b");
        QCOMPARE(branchColours(page.comparison(), Side::A), BranchColours());
        const BranchColours colours = branchColours(page.comparison(), Side::B);
        page.comparison().swap();
        page.comparison().settle();
        page.settle();
        // A is the language model alone now: of Ovis' three branches one is all of A, which has no one
        // colour, and the other two are new.
        const BranchColours swapped = branchColours(page.comparison(), Side::B);
        const int branchesOfA = 2; // model, lm_head
        QCOMPARE(swapped, BranchColours({branchesOfA, branchesOfA + 1, branchesOfA + 2}));
        QCOMPARE(colours.size(), std::size_t(branchesOfA));
    }

    void invitesASecondModel()
    {
        const PreferencesSandbox sandbox;
        Page at(nullptr);
        QVERIFY(at.page().isVisible());
        QVERIFY(!at.part<ToolBar>().isVisible());
        at.click(at.part<QPushButton>(QStringLiteral("Itself, with other inputs")));
        QVERIFY(at.comparison().isAligned());
        QVERIFY(!at.comparison().linksInputs());
        QVERIFY(at.page().tree().isVisible());
    }

    void secondModelRunsWithTheInputsOfTheFirst()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        at.open(QStringLiteral("ovis2-4b"));
        at.session().setInput(QStringLiteral("text_tokens"), QStringLiteral("777"));
        at.settle();
        at.window().comparison().compareWith(QStringLiteral("internvl2-1b"));
        QTRY_VERIFY(at.window().comparison().isAligned());
        at.window().comparison().settle();
        QCOMPARE(at.window().comparison().session(Side::B).run().workload.textTokens, 777);
    }

    void leavingShowsAAsItWas()
    {
        const PreferencesSandbox sandbox;
        Page at;
        const auto run = at.session().sharedRun();
        at.key("Esc");
        QVERIFY(!at.comparison().isOpen());
        QVERIFY(!at.page().isVisible());
        QVERIFY(at.part<ToolBar>().isVisible());
        QCOMPARE(at.session().sharedRun(), run);
        at.key("Ctrl+D");
        QVERIFY(at.page().isVisible());
        QVERIFY(at.comparison().isAligned());
        at.click(at.part<QToolButton>(QStringLiteral("Back to model A alone (Esc)")));
        QVERIFY(!at.page().isVisible());
    }

    void escapeLeavesTheZoomBeforeThePage()
    {
        const PreferencesSandbox sandbox;
        Page at;
        at.comparison().focus().zoom(at.row(Side::A, "llm"));
        at.key("Esc");
        QCOMPARE(at.root(), 0);
        QVERIFY(at.comparison().isOpen());
        at.key("Esc");
        QVERIFY(!at.comparison().isOpen());
    }

    void swapExchangesTheModels()
    {
        const PreferencesSandbox sandbox;
        Page at;
        const auto a = at.session().sharedModel();
        at.page().tree().setFocus();
        at.key("X");
        QCOMPARE(at.b().sharedModel(), a);
        QCOMPARE(at.window().opener().place(), QStringLiteral("internvl2-1b"));
        QCOMPARE(at.comparison().opener(Side::B).place(), QStringLiteral("ovis2-4b"));
        at.key("X");
        QCOMPARE(at.session().sharedModel(), a);
    }

    void pointingAtASliceShowsItsPartner()
    {
        const PreferencesSandbox sandbox;
        Page at;
        const std::int32_t tower = at.row(Side::B, "vision_model.encoder.layers.0-23");
        at.move(at.burst(Side::B), at.slice(Side::B, at.comparison().node(Side::B, tower)));
        QCOMPARE(at.comparison().focus().hovered(), tower);
        QCOMPARE(at.session().focus().hovered(), at.comparison().node(Side::A, tower));
        at.move(at.page().bar(), {700, 5});
        QCOMPARE(at.session().focus().hovered(), -1);
    }

    void aClickOnOneSunburstZoomsBoth()
    {
        const PreferencesSandbox sandbox;
        Page at;
        const std::int32_t layers = at.row(Side::A, "llm.model.layers");
        at.click(at.burst(Side::A), at.slice(Side::A, at.comparison().node(Side::A, layers)));
        QVERIFY(at.root() > 0);
        QCOMPARE(at.b().focus().root(),
                 at.comparison().nearestNode(Side::B, at.comparison().rowOf(Side::A, at.root())));
        QVERIFY(at.b().focus().root() > 0);
    }

    void aRowSelectsInBothSunbursts()
    {
        const PreferencesSandbox sandbox;
        Page at;
        const std::int32_t tower = at.row(Side::A, "visual_tokenizer");
        at.click(*at.page().tree().viewport(), at.rowAt(tower));
        QCOMPARE(at.selected(), at.comparison().node(Side::A, tower));
        QCOMPARE(at.b().focus().selected(), at.comparison().node(Side::B, tower));
    }

    void circlesAreToScale()
    {
        const PreferencesSandbox sandbox;
        Page at;
        const auto radius = [&](Side side) { return at.burst(side).picture()->layout().radius(); };
        const auto total = [&](Side side) {
            return static_cast<double>(at.comparison().run(side).costs.root().total.forward.flops.value());
        };
        const double areas = std::pow(radius(Side::B) / radius(Side::A), 2);
        QVERIFY(std::abs(areas - total(Side::B) / total(Side::A)) < 0.01);
        at.click(at.part<QCheckBox>(QStringLiteral("Same scale")), {8, 10});
        QVERIFY(std::abs(radius(Side::B) - radius(Side::A)) < 1);
    }

    void unlinkedInputsHaveAPanelEach()
    {
        const PreferencesSandbox sandbox;
        Page at;
        at.click(at.part<QCheckBox>(QStringLiteral("Link inputs")), {8, 10});
        at.page().inputs().show(Side::B);
        at.b().setInput(QStringLiteral("text_tokens"), QStringLiteral("999"));
        at.comparison().settle();
        QVERIFY(at.session().run().workload.textTokens != 999);
        at.key("Ctrl+Z");
        at.comparison().settle();
        QVERIFY(at.b().run().workload.textTokens != 999);
    }

    void rowsArePairedFromTheMenu()
    {
        const PreferencesSandbox sandbox;
        Page at("qwen2.5-0.5b");
        at.comparison().setPairs({{"vte", "lm_head"}});
        const std::int32_t vte = at.row(Side::A, "vte");
        QMenu* const menu = at.page().tree().menuFor(vte);
        const auto actions = menu->actions();
        const auto unpair = std::ranges::find(actions, QStringLiteral("Unpair"), &QAction::text);
        (*unpair)->trigger();
        delete menu;
        QVERIFY(at.row(Side::A, "vte") != at.row(Side::B, "lm_head"));
        at.key("Ctrl+Z");
        QCOMPARE(at.row(Side::A, "vte"), at.row(Side::B, "lm_head"));
    }

    void anotherConventionSaysWhy()
    {
        const PreferencesSandbox sandbox;
        Page at(nullptr);
        at.comparison().compareWithConvention(**conventionNamed("calflops"));
        at.settle();
        QVERIFY(at.comparison().isOneTrace());
        at.page().showTab(QStringLiteral("why"));
        auto& why = at.part<QTreeWidget>(QStringLiteral("Why the two conventions differ"));
        QVERIFY(why.isVisible());
        QVERIFY(why.topLevelItemCount() >= 3);
    }

    void bothModelsAreSweptInTheirOwnColours()
    {
        const PreferencesSandbox sandbox;
        Page at("qwen2.5-0.5b");
        at.page().showTab(QStringLiteral("sweep"));
        auto* const sweep = at.page().findChild<SweepView*>();
        QVERIFY(sweep != nullptr && sweep->isVisible());
        sweep->settle();
        const auto legend = sweep->plot().sweepChart().legend();
        QCOMPARE(legend.size(), std::size_t(2));
        const Theme& theme = at.session().lens().theme();
        QCOMPARE(legend[0].colour, theme.badgeA);
        QCOMPARE(legend[1].colour, theme.badgeB);
        // Lines are read on the panel: WCAG 2.1 asks for 3 to 1.
        for (const Theme& each : {Theme::light(), Theme::dark()})
            for (const QColor& colour : {each.badgeA, each.badgeB})
                QVERIFY(contrast(colour, each.panel) >= 3);
    }

    void askingForASweepBringsItToTheFront()
    {
        const PreferencesSandbox sandbox;
        Page at;
        Q_EMIT at.page().inputs().sweepRequested(QStringLiteral("text_tokens"));
        QVERIFY(at.page().findChild<SweepView*>()->isVisible());
        QCOMPARE(at.session().lens().sweptInput(), QStringLiteral("text_tokens"));
    }

    void aDropAsksWhetherToCompare()
    {
        const PreferencesSandbox sandbox;
        Page at(nullptr);
        at.key("Esc");
        QMimeData data;
        data.setUrls(
            {QUrl::fromLocalFile(QStringLiteral(TEST_DATA "/../resources/models/internvl2-1b.json"))});
        QDragEnterEvent enter({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&at.window(), &enter);
        QDropEvent event({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&at.window(), &event);
        at.choose(QStringLiteral("Compare %1 with it")
                      .arg(QString::fromStdString(at.session().model().source.name)));
        QTRY_VERIFY(at.comparison().isAligned());
        QVERIFY(at.page().isVisible());
    }

    void closingTheModelLeavesThePage()
    {
        const PreferencesSandbox sandbox;
        Page at;
        at.key("Ctrl+W");
        QVERIFY(!at.comparison().isOpen());
        QVERIFY(!at.page().isVisible());
    }

    void fitsASmallWindow()
    {
        const PreferencesSandbox sandbox;
        Page at("internvl2-1b", {1180, 720});
        QVERIFY(at.page().minimumSizeHint().width() <= 1180);
        QVERIFY(!at.page().inputs().isVisible());
        at.key("F9");
        QVERIFY(at.page().inputs().isVisible());
        at.key("Esc");
        QVERIFY(!at.page().inputs().isVisible());
    }
};

QTEST_MAIN(TestComparePage)
#include "tst_compare_page.moc"
