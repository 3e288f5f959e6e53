// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_window.h"
#include "ui/charts/sweep_view.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/text.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/breadcrumb.h"
#include "ui/widgets/empty_page.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/search_box.h"
#include "ui/widgets/shortcut_sheet.h"
#include "ui/widgets/size_row.h"
#include "ui/widgets/tool_bar.h"
#include "ui/widgets/tree_view.h"
#include "ui/widgets/value_slider.h"

#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QPushButton>
#include <QStyle>
#include <QTimer>
#include <QToolButton>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr auto head = "visual_tokenizer.head";
constexpr auto mlp = "llm.model.layers.0-35.mlp";
/// A tile of 448 x 448 pixels is (448 / 14 / 2)^2 tokens of 2 * 2 * 1536 values; the head knows 65536 words,
/// less the five that are no images.
constexpr std::int64_t headOfOneTile = 256LL * 6144 * 65531;
/// 1344 x 896 pixels are three columns of two tiles, and the whole image as one more.
constexpr std::int64_t tiles = 3 * 2 + 1;

QString lastCrumb(TestWindow& at)
{
    for (const auto* crumb : at.part<Breadcrumb>().findChildren<QToolButton*>())
        if (!crumb->isHidden() && crumb->property("tone").toString() == QLatin1String("lastCrumb"))
            return crumb->text();
    return {};
}

QString detailsPath(TestWindow& at)
{
    const auto* path = at.window().findChild<QWidget*>(QStringLiteral("path"));
    return path->property("text").toString().remove(QChar(0x200B));
}

/// Where the handle of a slider is at a tick.
QPoint handleAt(const ValueSlider& slider, int tick)
{
    const int handle = slider.style()->pixelMetric(QStyle::PM_SliderLength, nullptr, &slider);
    return {handle / 2 + QStyle::sliderPositionFromValue(slider.minimum(), slider.maximum(), tick,
                                                         slider.width() - handle),
            slider.height() / 2};
}

} // namespace

class TestMainWindow : public QObject {
    Q_OBJECT

    PreferencesSandbox m_sandbox;
    std::unique_ptr<TestWindow> m_at;

    Lens& lens() { return m_at->session().lens(); }
    QLineEdit& sizeBox() { return *m_at->part<SizeRow>().findChild<QLineEdit*>(); }
    QToolButton& toolButton(const char* help)
    {
        for (auto* button : m_at->part<ToolBar>().findChildren<QToolButton*>())
            if (button->toolTip().startsWith(QLatin1String(help)))
                return *button;
        qFatal("no such button");
    }
    bool isEmptyPage() { return m_at->part<EmptyPage>().isVisible(); }

private Q_SLOTS:
    void init()
    {
        failOnWarnings();
        m_at = std::make_unique<TestWindow>();
    }
    void cleanup() { m_at.reset(); }

    void theMouseAloneIsEnough()
    {
        TestWindow& at = *m_at;
        QVERIFY(isEmptyPage());
        at.click(at.part<QPushButton>(QStringLiteral("ovis2-4b")));
        QTRY_COMPARE(at.window().opener().place(), QStringLiteral("ovis2-4b"));
        QVERIFY(!isEmptyPage());
        QCOMPARE(at.macs(head), Count(headOfOneTile));
        QCOMPARE(at.cell(head, CostTreeModel::MacsColumn), QStringLiteral("103 G"));

        QWidget& box = sizeBox();
        at.click(*box.findChild<QToolButton*>());
        at.choose(QStringLiteral("1344 × 896 px"));
        QCOMPARE(sizeBox().text(), QStringLiteral("1344 × 896 px"));
        QCOMPARE(at.macs(head), Count(tiles * headOfOneTile));
        QCOMPARE(at.cell(head, CostTreeModel::MacsColumn), QStringLiteral("721 G"));

        QWidget& rows = *at.tree().viewport();
        for (const char* path : {"visual_tokenizer", head})
            if (!at.tree().isExpanded(at.tree().costs().indexOf(at.node(path))))
                at.click(rows, at.chevronAt(path));
        QVERIFY(at.isShown("visual_tokenizer.head.0"));
        QCOMPARE(at.selected(), 0);
        at.doubleClick(rows, at.rowAt(head));
        QCOMPARE(at.root(), at.node(head));
        QCOMPARE(at.selected(), at.node(head));
        at.click(toolButton("Back"));
        QCOMPARE(at.root(), 0);

        at.click(at.sunburst(), at.sliceAt("visual_tokenizer"));
        QCOMPARE(at.root(), at.node("visual_tokenizer"));
        at.click(at.sunburst(), at.sliceAt("visual_tokenizer.head.0"));
        const QString formula = at.window().findChild<QLabel*>(QStringLiteral("formula"))->text();
        const QString macs = text::exact(tiles * headOfOneTile);
        for (const QString& part : {QStringLiteral("6,144"), QStringLiteral("65,531"), macs})
            QVERIFY2(formula.contains(part), qPrintable(formula));
        while (toolButton("Back").isEnabled())
            at.click(toolButton("Back"));
        QCOMPARE(at.root(), 0);
        QCOMPARE(at.selected(), 0);
    }

    void theKeyboardAloneIsEnough()
    {
        TestWindow& at = *m_at;
        at.tabTo(at.part<QLineEdit>(QStringLiteral("Search examples")));
        at.type("ovis2-4b");
        at.key("Return");
        QTRY_COMPARE(at.window().opener().place(), QStringLiteral("ovis2-4b"));
        at.tabTo(sizeBox());
        at.key("Ctrl+A");
        at.type("1344x896");
        QVERIFY2(lens().measure().id == "flops", "digits are typed, not shortcuts");
        at.key("Return");
        QCOMPARE(at.macs(head), Count(tiles * headOfOneTile));
        at.key("Ctrl+Z");
        QCOMPARE(at.macs(head), Count(headOfOneTile));
        at.key("Ctrl+Shift+Z");
        QCOMPARE(at.macs(head), Count(tiles * headOfOneTile));

        at.key("Ctrl+F");
        at.type(head);
        at.key("Return");
        QCOMPARE(at.selected(), at.node(head));
        at.tabTo(at.tree());
        at.key("Return");
        QCOMPARE(at.root(), at.node(head));
        at.key("Alt+Left");
        QCOMPARE(at.root(), 0);
        at.key("Alt+Right");
        QCOMPARE(at.root(), at.node(head));
        at.key("Backspace");
        QCOMPARE(at.root(), at.node("visual_tokenizer"));
        at.key("Home");
        QCOMPARE(at.root(), 0);
    }

    void theSizesAreAKeyAway()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        at.tabTo(sizeBox());
        at.key("Alt+Down");
        QWidget* const menu = QApplication::activePopupWidget();
        QVERIFY(menu != nullptr);
        QTest::keyClick(menu->windowHandle(), Qt::Key_Down);
        QTest::keyClick(menu->windowHandle(), Qt::Key_Down);
        QTest::keyClick(menu->windowHandle(), Qt::Key_Return);
        at.settle();
        QCOMPARE(sizeBox().text(), QStringLiteral("896 × 448 px"));
        // Two tiles side by side and the whole image.
        QCOMPARE(at.macs(head), Count(3 * headOfOneTile));
    }

    void keysChooseWhatIsShown_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::newRow("with a menu bar") << QSize(1680, 1050);
        QTest::newRow("low, without one") << QSize(1680, 780);
    }

    void keysChooseWhatIsShown()
    {
        QFETCH(QSize, size);
        TestWindow& at = *m_at;
        at.window().resize(size);
        at.open(QStringLiteral("ovis2-4b"));
        QCOMPARE(at.window().menuBar()->isVisible(), size.height() >= 800);
        at.tabTo(at.tree());
        const std::initializer_list<std::pair<const char*, std::string_view>> measures{
            {"1", "params"}, {"2", "macs"}, {"4", "peak_bytes"}, {"3", "flops"}};
        for (const auto& [key, measure] : measures) {
            at.key(key);
            QVERIFY2(lens().measure().id == measure, key);
        }
        at.key("F");
        QVERIFY(!lens().foldsRepeats());
        at.key("F");
        QVERIFY(lens().foldsRepeats());
        at.key("L");
        QVERIFY(!lens().showsLabels());
        at.key("Ctrl+-");
        const int rings = lens().rings();
        at.key("Ctrl+-");
        QCOMPARE(lens().rings(), rings - 1);
        at.key("Ctrl++");
        QCOMPARE(lens().rings(), rings);
        at.key("Ctrl+T");
        QVERIFY(at.window().themeChoice() == ThemeChoice::Light);
        at.key("Ctrl+T");
        QVERIFY(at.window().themeChoice() == ThemeChoice::Dark);
        QCOMPARE(&lens().theme(), &Theme::dark());
        at.key("Ctrl+T");
        QVERIFY(at.window().themeChoice() == ThemeChoice::System);
    }

    void altAloneShowsTheHiddenMenuBar()
    {
        TestWindow& at = *m_at;
        at.window().resize(1680, 780);
        at.open(QStringLiteral("ovis2-4b"));
        at.focus().select(at.node(mlp));
        QWindow* const window = at.window().windowHandle();
        const QWidget& bar = *at.window().menuBar();
        QVERIFY(!bar.isVisible());
        at.key("Alt+Left");
        QCOMPARE(at.selected(), 0);
        QVERIFY(!bar.isVisible());
        QTest::keyPress(window, Qt::Key_Alt);
        QTest::keyRelease(window, Qt::Key_Alt, Qt::AltModifier);
        QVERIFY(bar.isVisible());
    }

    void bPinsTheBaseline()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        at.session().setInput(QStringLiteral("text_tokens"), QStringLiteral("1000"));
        at.settle();
        QVERIFY(!at.session().isAtBaseline());
        at.tabTo(at.tree());
        at.key("B");
        QVERIFY(at.session().isAtBaseline());
    }

    void searchGoesRoundItsMatches()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        at.key("Ctrl+F");
        at.type("mlp");
        const std::vector<std::int32_t> matches = at.session().finder().matches();
        QCOMPARE(matches.size(), std::size_t(2)); // one block of the tower, one of the language model
        for (const std::size_t match : {0, 1, 0}) {
            at.key("F3");
            QCOMPARE(at.selected(), matches[match]);
        }
        at.key("Shift+F3");
        QCOMPARE(at.selected(), matches[1]);
    }

    void escapeTakesWhatIsOnTop()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        at.focus().zoom(at.node(mlp));
        at.key("Ctrl+F");
        at.type("head");
        at.window().opener().open(QStringLiteral("no-such-model"));
        auto& banner = at.part<Banner>();
        QTRY_VERIFY(banner.isVisible());
        at.key("Escape");
        QVERIFY(!banner.isVisible());
        QVERIFY(at.session().finder().isActive());
        at.key("Escape");
        QVERIFY(!at.session().finder().isActive());
        QCOMPARE(at.part<SearchBox>().text(), QString());
        QCOMPARE(at.root(), at.node(mlp));
        at.key("Escape");
        QCOMPARE(at.root(), 0);
    }

    void f1ListsTheKeysUntilEscape()
    {
        TestWindow& at = *m_at;
        bool wasShown = false;
        QTimer look;
        connect(&look, &QTimer::timeout, &look, [&] {
            auto* sheet = qobject_cast<ShortcutSheet*>(QApplication::activeModalWidget());
            if (sheet == nullptr || !sheet->isActiveWindow())
                return;
            wasShown = true;
            look.stop();
            QTest::keyClick(sheet->windowHandle(), Qt::Key_Escape);
        });
        look.start(5);
        at.key("F1");
        QVERIFY(wasShown);
        QVERIFY(QApplication::activeModalWidget() == nullptr);
    }

    void aDragOfASliderIsOneUndoStep()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        auto& slider = *at.part<InputsPanel>().row("text_tokens")->findChild<ValueSlider*>();
        const Count before = at.macs({});
        const int tick = slider.value();
        at.press(slider, handleAt(slider, tick));
        Count last = before;
        for (const int moved : {tick + 40, tick + 90, tick + 150}) {
            at.move(slider, handleAt(slider, moved));
            at.settle();
            QVERIFY(at.macs({}) > last);
            last = at.macs({});
        }
        at.release(slider, handleAt(slider, tick + 150));
        QCOMPARE(at.macs({}), last);
        QCOMPARE(at.session().undoStack().count(), 1);
        at.key("Ctrl+Z");
        QCOMPARE(at.macs({}), before);
        QCOMPARE(slider.value(), tick);
    }

    void aClickIntoTheSweepSetsItsInput()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        auto& sweep = at.part<SweepView>();
        QVERIFY(sweep.isVisible());
        sweep.settle();
        at.settle();
        SweepChart& chart = sweep.plot().sweepChart();
        const QPoint point(qRound(chart.xAt(896)), qRound(chart.plotArea().center().y()));
        const std::int64_t side = chart.valueAt(point.x());
        QVERIFY(side > 880 && side < 912);
        at.click(*sweep.plot().viewport(), point);
        QCOMPARE(sizeBox().text(), QStringLiteral("%1 × %1 px").arg(side));
        QCOMPARE(at.session().undoStack().count(), 1);
        at.key("Ctrl+Z");
        QCOMPARE(sizeBox().text(), QStringLiteral("448 × 448 px"));
    }

    void selectionIsOneForAll()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        const auto isEverywhere = [&](const char* path) {
            const std::int32_t node = at.node(path);
            return at.selected() == node && CostTreeModel::node(at.tree().currentIndex()) == node &&
                   nodeOf(at.sunburst().picture()->layout().slice(at.sunburst().current())) == node &&
                   detailsPath(at) == QLatin1String(path) &&
                   lastCrumb(at) == QString::fromLatin1(path).section(QLatin1Char('.'), -1);
        };
        at.click(*at.tree().viewport(), at.rowAt(mlp));
        QVERIFY(isEverywhere(mlp));
        at.click(at.sunburst(), at.sliceAt("visual_tokenizer"), Qt::ControlModifier);
        QVERIFY(isEverywhere("visual_tokenizer"));
        at.click(*at.tree().viewport(), at.rowAt(mlp));
        at.click(at.part<QToolButton>(QStringLiteral("llm")));
        QCOMPARE(at.root(), at.node("llm"));
        QCOMPARE(CostTreeModel::node(at.tree().currentIndex()), at.node("llm"));
        QCOMPARE(detailsPath(at), QStringLiteral("llm"));
    }

    void hoverIsOneForAll()
    {
        TestWindow& at = *m_at;
        at.open(QStringLiteral("ovis2-4b"));
        at.move(*at.tree().viewport(), at.rowAt(mlp));
        QCOMPARE(at.focus().hovered(), at.node(mlp));
        const QImage row = at.tree().grab().toImage();
        at.move(at.sunburst(), at.sliceAt("visual_tokenizer"));
        QCOMPARE(at.focus().hovered(), at.node("visual_tokenizer"));
        QVERIFY(row != at.tree().grab().toImage());
        at.move(at.part<ToolBar>(), QPoint(1, 1));
        QCOMPARE(at.focus().hovered(), -1);
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_window.moc"
