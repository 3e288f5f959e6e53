// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/breadcrumb.h"
#include "ui/widgets/convention_box.h"
#include "ui/widgets/drop_overlay.h"
#include "ui/widgets/empty_page.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/kpi_row.h"
#include "ui/widgets/search_box.h"
#include "ui/widgets/segmented.h"
#include "ui/widgets/shortcut_sheet.h"

#include <QAction>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMainWindow>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QTreeWidget>
#include <QtTest>

#include <algorithm>
#include <memory>

using namespace sunflop;

namespace {

void openIn(Session& session, const char* model)
{
    QVERIFY(session.show(*openModel(QLatin1String(model))));
}

std::int32_t nodeAt(const Run& run, const char* path)
{
    for (std::size_t i = 0; i < run.trace.modules.size(); ++i)
        if (run.trace.path(static_cast<std::int32_t>(i)) == path)
            return static_cast<std::int32_t>(i);
    return -1;
}

QStringList visibleTexts(const QWidget& widget)
{
    QStringList texts;
    QList<QToolButton*> buttons = widget.findChildren<QToolButton*>();
    std::ranges::sort(buttons, {}, [](const QToolButton* b) { return b->x(); });
    for (const QToolButton* button : buttons)
        if (button->isVisible())
            texts << button->text();
    return texts;
}

template<typename T>
T* named(const QWidget& widget, const QString& text)
{
    const auto all = widget.findChildren<T*>();
    const auto found = std::ranges::find(all, text, [](const T* t) { return t->text(); });
    return found == all.end() ? nullptr : *found;
}

} // namespace

class TestWidgets : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void segmentsFollowKeysAndTheMouse()
    {
        Segmented segments;
        for (const char* title : {"Params", "MACs", "FLOPs"})
            segments.addSegment(QLatin1String(title));
        segments.setCurrent(0);
        segments.show();
        QSignalSpy chosen(&segments, &Segmented::chosen);
        auto* last = named<QToolButton>(segments, QStringLiteral("FLOPs"));
        QTest::mouseClick(last, Qt::LeftButton);
        QCOMPARE(segments.current(), 2);
        QTest::keyClick(last, Qt::Key_Right);
        QCOMPARE(segments.current(), 2);
        QTest::keyClick(last, Qt::Key_Left);
        QCOMPARE(segments.current(), 1);
        QTest::keyClick(named<QToolButton>(segments, QStringLiteral("MACs")), Qt::Key_Home);
        QCOMPARE(segments.current(), 0);
        QCOMPARE(chosen.count(), 3);
    }

    void measureSegmentsAndLensAgree()
    {
        Session session;
        const std::unique_ptr<Segmented> segments(measureSegments(session));
        QCOMPARE(segments->current(), 2);
        QTest::mouseClick(named<QToolButton>(*segments, QStringLiteral("Memory")), Qt::LeftButton);
        QVERIFY(session.lens().measure().id == "peak_bytes");
        session.lens().setMeasure(measureNamed("macs"));
        QCOMPARE(segments->current(), 1);
        session.lens().setMeasure(measureNamed("kv_cache_bytes"));
        QCOMPARE(segments->current(), -1);
    }

    void cardsShowFiguresAndTheirChange()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        KpiRow row(session);
        row.resize(1100, 70);
        row.show();
        auto* params = named<KpiCard>(row, QStringLiteral("Parameters"));
        // 7,615,616,512: the count that transformers prints for Qwen2.5-7B.
        QCOMPARE(params->figure().exact, QStringLiteral("7,615,616,512 parameters"));
        QCOMPARE(params->figure().change, QString());
        session.setInput(QStringLiteral("batch"), QStringLiteral("3"));
        session.settle();
        QCOMPARE(params->figure().change, QString());
        auto* macs = named<KpiCard>(row, text::title(measureNamed("macs")));
        QCOMPARE(macs->figure().change, QStringLiteral("+200\u202F%"));
        QVERIFY(macs->figure().isMore);
        session.pinBaseline();
        QCOMPARE(macs->figure().change, QString());
        QTest::mouseDClick(params, Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("7,615,616,512 parameters"));
    }

    void clickOnACardChoosesItsMeasure()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        KpiRow row(session);
        row.show();
        auto* flops = named<KpiCard>(row, text::title(measureNamed("flops")));
        auto* weights = named<KpiCard>(row, text::title(measureNamed("weight_bytes")));
        QVERIFY(flops->isChecked());
        QTest::mouseClick(weights, Qt::LeftButton);
        QVERIFY(weights->isChecked());
        QVERIFY(!flops->isChecked());
        QVERIFY(session.lens().measure().id == "weight_bytes");
        QTest::mouseClick(weights, Qt::LeftButton);
        QVERIFY(weights->isChecked());
    }

    void theCardOfPeakMemoryTellsItsParts()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        KpiRow row(session);
        const auto* card = named<KpiCard>(row, QStringLiteral("Peak memory"));
        const Footprint& memory = session.run().memory;
        QCOMPARE(card->figure().exact, text::exact(memory.peak()) + QStringLiteral(" bytes"));
        // 7,615,616,512 parameters in bf16.
        QVERIFY(card->toolTip().contains(text::exact(2 * std::int64_t{7'615'616'512})));
        QVERIFY(card->toolTip().contains(text::exact(memory.reserved)));
        QVERIFY(card->toolTip().contains(text::exact(memory.parts.total())));
        QVERIFY(card->toolTip().contains(QStringLiteral("prefill")) ||
                card->toolTip().contains(QStringLiteral("decode")));
    }

    void sixCardsFitInto900Pixels()
    {
        Session session;
        openIn(session, "llama-3.1-405b");
        KpiRow row(session);
        QVERIFY(row.minimumSizeHint().width() <= 900);
    }

    void breadcrumbLeadsToTheSelectedModule()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        Breadcrumb crumbs(session);
        crumbs.resize(900, 30);
        crumbs.show();
        const std::int32_t node = nodeAt(session.run(), "model.layers.0-27.mlp");
        QVERIFY(node > 0);
        session.focus().select(node);
        QCOMPARE(visibleTexts(crumbs),
                 QStringList({QStringLiteral("qwen2.5-7b"), QStringLiteral("model"), QStringLiteral("layers"),
                              text::name(session.run(), session.run().costs.nodes[std::size_t(node)].parent),
                              QStringLiteral("mlp")}));
        QTest::mouseClick(named<QToolButton>(crumbs, QStringLiteral("layers")), Qt::LeftButton);
        QCOMPARE(session.focus().root(), nodeAt(session.run(), "model.layers"));
        QCOMPARE(visibleTexts(crumbs).back(), QStringLiteral("layers"));
    }

    void breadcrumbPutsTheMiddleIntoAMenu()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        Breadcrumb crumbs(session);
        crumbs.resize(900, 30);
        crumbs.show();
        session.focus().select(nodeAt(session.run(), "model.layers.0-27.mlp"));
        const int needed = crumbs.sizeHint().width();
        crumbs.resize(needed - 20, 30);
        const QStringList texts = visibleTexts(crumbs);
        QCOMPARE(texts.front(), QStringLiteral("qwen2.5-7b"));
        QCOMPARE(texts[1], QStringLiteral("…"));
        QCOMPARE(texts.back(), QStringLiteral("mlp"));
        const auto actions = crumbs.findChild<QMenu*>()->actions();
        QCOMPARE(actions.front()->text(), QStringLiteral("model"));
        actions.front()->trigger();
        QCOMPARE(session.focus().selected(), nodeAt(session.run(), "model"));
    }

    void searchTellsHowMuchItFound()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        SearchBox box(session);
        box.resize(300, 30);
        box.show();
        box.setFocus();
        QTest::keyClicks(&box, QStringLiteral("gate_proj"));
        const Run& run = session.run();
        const std::int32_t gate = nodeAt(run, "model.layers.0-27.mlp.gate_proj");
        const auto flops = [](const CostNode& node) { return node.total.forward.flops; };
        QCOMPARE(box.tally(),
                 QStringLiteral("1 match · ") +
                     text::share(flops(run.costs.nodes[std::size_t(gate)]), flops(run.costs.root())));
        QTest::keyClick(&box, Qt::Key_Return);
        QCOMPARE(session.focus().selected(), gate);
        QTest::keyClick(&box, Qt::Key_Escape);
        QCOMPARE(box.text(), QString());
        QCOMPARE(box.tally(), QString());
        QVERIFY(!session.finder().isActive());
        QTest::keyClicks(&box, QStringLiteral("zzz"));
        QCOMPARE(box.tally(), QStringLiteral("no match"));
    }

    void enterGoesFromMatchToMatch()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        SearchBox box(session);
        QTest::keyClicks(&box, QStringLiteral("_proj"));
        const auto& matches = session.finder().matches();
        QVERIFY(matches.size() > 2);
        QTest::keyClick(&box, Qt::Key_Return);
        QTest::keyClick(&box, Qt::Key_Return);
        QCOMPARE(session.focus().selected(), matches[1]);
        QTest::keyClick(&box, Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClick(&box, Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(session.focus().selected(), matches.back());
    }

    void conventionBoxSetsTheConvention()
    {
        Session session;
        openIn(session, "qwen2.5-7b");
        ConventionBox box(session);
        QCOMPARE(box.count(), static_cast<int>(conventions().size()));
        QCOMPARE(box.currentIndex(), 0);
        box.setFocus();
        QTest::keyClick(&box, Qt::Key_Down);
        QCOMPARE(&session.convention(), &conventions()[1]);
        QVERIFY(box.toolTip().contains(text::from(conventions()[1].notes.front()).toHtmlEscaped()));
        session.setConvention(conventions()[2]);
        QCOMPARE(box.currentIndex(), 2);
    }

    void bannerTellsUntilItIsDismissed()
    {
        QWidget page;
        Banner banner(&page);
        page.show();
        QVERIFY(banner.isHidden());
        const Error error{ErrorKind::Malformed, "config.json", "no model_type, expected one"};
        banner.show(error, QStringLiteral("Not opened"));
        QVERIFY(banner.isVisible());
        QCOMPARE(banner.accessibleName(),
                 QStringLiteral("Not opened\nconfig.json: no model_type, expected one"));
        QTest::mouseClick(named<QPushButton>(banner, QStringLiteral("Copy details")), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), banner.accessibleName());
        QSignalSpy dismissed(&banner, &Banner::dismissed);
        QTest::keyClick(&banner, Qt::Key_Escape);
        QVERIFY(banner.isHidden());
        banner.show(error, {});
        QTest::mouseClick(named<QPushButton>(banner, QStringLiteral("Dismiss")), Qt::LeftButton);
        QVERIFY(banner.isHidden());
        QCOMPARE(dismissed.count(), 2);
    }

    void emptyPageOpensWhatIsClicked()
    {
        const Session session;
        EmptyPage page(session);
        page.resize(1000, 720);
        page.show();
        QSignalSpy opened(&page, &EmptyPage::openRequested);
        QSignalSpy browsed(&page, &EmptyPage::browseRequested);
        QTest::mouseClick(named<QPushButton>(page, QStringLiteral("ovis2-4b")), Qt::LeftButton);
        QCOMPARE(opened.takeFirst().first().toString(), QStringLiteral("ovis2-4b"));
        QTest::mouseClick(named<QPushButton>(page, QStringLiteral("Open…")), Qt::LeftButton);
        QCOMPARE(browsed.count(), 1);

        auto* examples = page.findChild<QTreeWidget*>();
        page.findChild<QLineEdit*>()->setText(QStringLiteral("405"));
        const auto found = examples->findItems(QStringLiteral("llama-3.1-405b"), Qt::MatchRecursive);
        QCOMPARE(found.size(), 1);
        QTest::mouseClick(examples->viewport(), Qt::LeftButton, {},
                          examples->visualItemRect(found.front()).center());
        QCOMPARE(opened.takeFirst().first().toString(), QStringLiteral("llama-3.1-405b"));
        QVERIFY(examples->findItems(QStringLiteral("ovis2-4b"), Qt::MatchRecursive).front()->isHidden());
    }

    void emptyPageListsEveryBundledModel()
    {
        const Session session;
        const EmptyPage page(session);
        const auto* examples = page.findChild<QTreeWidget*>();
        for (const BundledModel& model : bundledModels()) {
            const QString name = text::from(model.name);
            QCOMPARE(examples->findItems(name, Qt::MatchExactly | Qt::MatchRecursive).size(), 1);
        }
    }

    void emptyPageListsRecentFiles()
    {
        const Session session;
        EmptyPage page(session);
        page.resize(1000, 720);
        page.show();
        auto* recent = page.findChild<QListWidget*>();
        QVERIFY(!recent->isVisible());
        page.setRecent({QStringLiteral("/models/Ovis2-4B/config.json"), QStringLiteral("/reports/run.txt")});
        QVERIFY(recent->isVisible());
        QCOMPARE(recent->item(0)->text(), QStringLiteral("Ovis2-4B"));
        QCOMPARE(recent->item(1)->text(), QStringLiteral("run.txt"));
        QSignalSpy opened(&page, &EmptyPage::openRequested);
        QTest::mouseClick(recent->viewport(), Qt::LeftButton, {},
                          recent->visualItemRect(recent->item(0)).center());
        QCOMPARE(opened.first().first().toString(), QStringLiteral("/models/Ovis2-4B/config.json"));
    }

    void overlayCoversTheWindowAndLetsEventsThrough()
    {
        QWidget window;
        window.resize(300, 200);
        DropOverlay overlay(&window);
        window.show();
        QVERIFY(overlay.isHidden());
        overlay.invite(QStringLiteral("Drop to open"), Theme::light());
        window.resize(400, 300);
        QCOMPARE(overlay.geometry(), QRect(0, 0, 400, 300));
        QCOMPARE(window.childAt(10, 10), nullptr);
    }

    void sheetListsTheKeysOfTheWindow()
    {
        QMainWindow window;
        auto* open = window.addAction(QStringLiteral("&Open…"));
        open->setShortcut(QKeySequence(QStringLiteral("Ctrl+O")));
        auto* back = window.addAction(QStringLiteral("Back"));
        back->setShortcuts(
            {QKeySequence(QStringLiteral("Alt+Left")), QKeySequence(QStringLiteral("Backspace"))});
        window.addAction(QStringLiteral("No key"));
        const ShortcutSheet sheet(&window);
        QVERIFY(named<QLabel>(sheet, QStringLiteral("Open")) != nullptr);
        QVERIFY(named<QLabel>(sheet, QStringLiteral("Ctrl+O")) != nullptr);
        QVERIFY(named<QLabel>(sheet, QStringLiteral("Alt+Left or Backspace")) != nullptr);
        QVERIFY(named<QLabel>(sheet, QStringLiteral("No key")) == nullptr);
    }

    void iconsWearTheThemesColours()
    {
        const auto hasInk = [](const QImage& image, const QColor& ink) {
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    if (image.pixelColor(x, y) == ink)
                        return true;
            return false;
        };
        const QIcon search = icon(QLatin1String("search"), Theme::dark());
        QVERIFY(hasInk(search.pixmap(64, 64).toImage(), Theme::dark().text));
        QVERIFY(!hasInk(search.pixmap(64, 64, QIcon::Disabled).toImage(), Theme::dark().text));
        QCOMPARE(search.pixmap(QSize(20, 20), 2.0).size(), QSize(40, 40));
    }
};

QTEST_MAIN(TestWidgets)
#include "tst_widgets.moc"
