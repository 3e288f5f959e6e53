// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/malformed.h"
#include "tests/support/test_window.h"
#include "ui/fonts.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/drop_overlay.h"
#include "ui/widgets/empty_page.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/search_box.h"
#include "ui/widgets/size_row.h"
#include "ui/widgets/tab_drawer.h"
#include "ui/widgets/tree_view.h"

#include <QAccessible>
#include <QDropEvent>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QSplitter>
#include <QTabBar>
#include <QTemporaryDir>
#include <QToolButton>

#include <set>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// A file that is dragged over the window and let go.
class Drag {
public:
    Drag(TestWindow& at, const QUrl& url) : m_at(at) { m_data.setUrls({url}); }

    bool enter()
    {
        QDragEnterEvent event(m_point, Qt::CopyAction, &m_data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&m_at.window(), &event);
        return event.isAccepted();
    }
    void leave()
    {
        QDragLeaveEvent event;
        QCoreApplication::sendEvent(&m_at.window(), &event);
    }
    void drop()
    {
        QVERIFY(enter());
        QDropEvent event(m_point, Qt::CopyAction, &m_data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&m_at.window(), &event);
        QTRY_VERIFY_WITH_TIMEOUT(m_at.window().opener().pending().isEmpty(), 60'000);
        m_at.settle();
    }

private:
    TestWindow& m_at;
    QMimeData m_data;
    QPoint m_point{400, 300};
};

QString wordsOf(const Banner& banner)
{
    QStringList words;
    for (const auto* label : banner.findChildren<QLabel*>())
        words << label->text();
    return words.join(QLatin1Char('\n'));
}

void addNamesBelow(QAccessibleInterface* object, QStringList& nameless)
{
    const QAccessible::State state = object->state();
    if (state.invisible)
        return;
    auto* widget = qobject_cast<QWidget*>(object->object());
    if (widget != nullptr && widget->focusPolicy() != Qt::NoFocus && widget->isVisible() &&
        widget->focusProxy() == nullptr && object->text(QAccessible::Name).isEmpty())
        nameless << QLatin1String(widget->metaObject()->className()) + QLatin1Char(' ') +
                        widget->objectName();
    for (int i = 0; i < object->childCount(); ++i)
        if (QAccessibleInterface* child = object->child(i); child != nullptr && child->object() != nullptr)
            addNamesBelow(child, nameless);
}

} // namespace

class TestWindowState : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString tinyModel() const { return m_folder.filePath(QStringLiteral("tiny.json")); }

private Q_SLOTS:
    void initTestCase()
    {
        QFile file(tinyModel());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2,
                       "intermediate_size": 12, "vocab_size": 16, "num_hidden_layers": 2})");
    }

    void init() { failOnWarnings(); }

    void aDropOpensTheFile()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        auto& overlay = at.part<DropOverlay>();
        Drag drag(at, QUrl::fromLocalFile(tinyModel()));
        QVERIFY(drag.enter());
        QVERIFY(overlay.isVisible());
        drag.leave();
        QVERIFY(!overlay.isVisible());
        drag.drop();
        QVERIFY(!overlay.isVisible());
        QCOMPARE(at.window().opener().place(), tinyModel());
        // Embedding, two layers of attention, MLP and norms, the last norm, the head.
        constexpr std::int64_t params = 16 * 8 + 2 * (4 * 8 * 8 + 3 * 8 * 12 + 2 * 8) + 8 + 16 * 8;
        QCOMPARE(at.session().run().costs.root().total.params, Count(params));
    }

    void whatIsNoFileIsNotInvited()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        QVERIFY(!Drag(at, QUrl(QStringLiteral("https://example.org/config.json"))).enter());
        QVERIFY(!at.part<DropOverlay>().isVisible());
    }

    void aRefusedFileLeavesTheModelAlone()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        at.open(QStringLiteral("ovis2-4b"));
        at.session().setInput(QStringLiteral("text_tokens"), QStringLiteral("1000"));
        at.settle();
        const auto run = at.session().sharedRun();
        Drag(at, QUrl::fromLocalFile(QStringLiteral(TEST_DATA "/malformed/hfconfig/float-layers.json")))
            .drop();
        at.choose(QStringLiteral("Replace ovis2-4b"));
        const auto& banner = at.part<Banner>();
        QTRY_VERIFY_WITH_TIMEOUT(banner.isVisible(), 60'000);
        QVERIFY(at.window().opener().pending().isEmpty());
        for (const char* part : {"float-layers.json", "num_hidden_layers", "expected"})
            QVERIFY2(wordsOf(banner).contains(QLatin1String(part)), qPrintable(wordsOf(banner)));
        QCOMPARE(at.session().sharedRun(), run);
        QCOMPARE(at.window().opener().place(), QStringLiteral("ovis2-4b"));
        QCOMPARE(at.session().run().workload.textTokens, 1000);
        at.open(tinyModel());
        QVERIFY(!banner.isVisible());
    }

    void everyMalformedFileIsExplained()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        auto& banner = at.part<Banner>();
        const QStringList paths = malformedFiles();
        QVERIFY(paths.size() >= 25);
        for (const QString& path : paths) {
            Drag(at, QUrl::fromLocalFile(path)).drop();
            QVERIFY2(banner.isVisible(), qPrintable(path));
            const QString words = wordsOf(banner);
            QVERIFY2(words.contains(malformedExpectation(path)),
                     qPrintable(path + QLatin1Char('\n') + words));
            QVERIFY2(banner.height() < 200, qPrintable(path));
            banner.dismiss();
            // A program that does not run at its own sizes opens all the same: with its tree.
            const bool hasProgram =
                at.window().session().hasModel() && at.window().session().model().source.program != nullptr;
            QCOMPARE(at.window().session().hasModel(), hasProgram);
            at.window().opener().close();
        }
        QVERIFY(at.part<EmptyPage>().isVisible());
    }

    void inputsAreADrawerInANarrowWindow()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        at.open(QStringLiteral("ovis2-4b"));
        auto& inputs = at.part<InputsPanel>();
        QVERIFY(inputs.isVisible());
        const int besideInputs = at.tree().mapTo(&at.window(), QPoint()).x();
        at.window().resize(1180, 900);
        at.settle();
        QVERIFY(!inputs.isVisible());
        const int without = at.tree().mapTo(&at.window(), QPoint()).x();
        QVERIFY(without < besideInputs);
        at.key("F9");
        QVERIFY(inputs.isVisible());
        QCOMPARE(at.tree().mapTo(&at.window(), QPoint()).x(), without);
        // It lies above the tree: a click on it is not the tree's.
        at.click(*at.part<SizeRow>().findChild<QLineEdit*>());
        at.key("Escape");
        QVERIFY(!inputs.isVisible());
        at.window().resize(1680, 900);
        at.settle();
        QVERIFY(inputs.isVisible());
        QCOMPARE(at.tree().mapTo(&at.window(), QPoint()).x(), besideInputs);
        at.key("F9");
        QVERIFY(!inputs.isVisible());
        at.key("F9");
        QVERIFY(inputs.isVisible());
    }

    void tabsAreADrawerInALowWindow()
    {
        const PreferencesSandbox sandbox;
        TestWindow at({1680, 900});
        at.open(QStringLiteral("ovis2-4b"));
        auto& tabs = at.part<TabDrawer>();
        QTabBar& bar = *tabs.tabBar();
        at.click(bar, bar.tabRect(0).center());
        QVERIFY(tabs.currentWidget()->isVisible() && tabs.currentWidget()->height() > 100);
        at.window().resize(1680, 720);
        at.settle();
        QCOMPARE(tabs.height(), bar.height());
        const int treeHeight = at.tree().height();
        at.click(bar, bar.tabRect(1).center());
        QCOMPARE(tabs.currentIndex(), 1);
        QVERIFY(tabs.currentWidget()->height() > 100);
        QVERIFY(at.tree().height() < treeHeight);
        at.click(bar, bar.tabRect(1).center());
        QCOMPARE(tabs.height(), bar.height());
        QCOMPARE(at.tree().height(), treeHeight);
    }

    void aNarrowWindowNamesWhatIsSelected_data()
    {
        QTest::addColumn<int>("percent");
        for (const int percent : {100, 115, 130})
            QTest::addRow("letters %d %% as far apart", percent) << percent;
    }
    void aNarrowWindowNamesWhatIsSelected()
    {
        QFETCH(int, percent);
        const QScopeGuard restored([before = QApplication::font()] { QApplication::setFont(before); });
        QFont wide = bundledFont(13);
        wide.setLetterSpacing(QFont::PercentageSpacing, percent);
        QApplication::setFont(wide);
        const PreferencesSandbox sandbox;
        TestWindow at({1280, 900});
        at.open(QStringLiteral("ovis2-4b"));
        QCOMPARE(at.window().width(), 1280);
        at.focus().select(at.node("llm.model.layers.0-35.self_attn"));
        at.settle();
        const auto& crumb = at.part<QToolButton>(QStringLiteral("self_attn"));
        QVERIFY(crumb.isVisible());
        QVERIFY(crumb.width() >= crumb.sizeHint().width());
        QVERIFY(crumb.parentWidget()->rect().contains(crumb.geometry()));
        QVERIFY(at.part<SearchBox>().width() >= 150);
    }

    void theNextWindowIsAsTheLastOne()
    {
        const PreferencesSandbox sandbox;
        // The system shrinks what is larger than its screen.
        const QSize size =
            QSize(1400, 900).boundedTo(QGuiApplication::primaryScreen()->availableSize() * 0.9);
        const QStringList splitters = size.height() == 900
                                          ? QStringList{QStringLiteral("panes"), QStringLiteral("leftPanes"),
                                                        QStringLiteral("rightPanes")}
                                          : QStringList{QStringLiteral("panes")};
        QList<QList<int>> dragged;
        {
            TestWindow at(size);
            at.open(tinyModel());
            at.window().setThemeChoice(ThemeChoice::Dark);
            for (const QString& name : splitters) {
                auto& splitter = *at.window().findChild<QSplitter*>(name);
                QWidget& handle = *splitter.handle(1);
                const QPoint grip = handle.rect().center();
                const QList<int> before = splitter.sizes();
                at.press(handle, grip);
                at.move(handle, grip - QPoint(30, 30));
                at.release(handle, handle.rect().center());
                QVERIFY2(splitter.sizes() != before, qPrintable(name));
                dragged << splitter.sizes();
            }
            at.window().close();
        }
        TestWindow at{QSize()};
        QCOMPARE(at.window().size(), size.expandedTo(at.window().minimumSize()));
        QVERIFY(at.window().themeChoice() == ThemeChoice::Dark);
        QCOMPARE(&at.session().lens().theme(), &Theme::dark());
        QCOMPARE(at.window().opener().recent(), QStringList{tinyModel()});
        auto& recent = at.part<QListWidget>(QStringLiteral("Recent models"));
        QVERIFY(recent.isVisible());
        at.click(*recent.viewport(), recent.visualItemRect(recent.item(0)).center());
        QTRY_COMPARE(at.window().opener().place(), tinyModel());
        at.settle();
        QList<QList<int>> sizes;
        for (const QString& name : splitters)
            sizes << at.window().findChild<QSplitter*>(name)->sizes();
        QCOMPARE(sizes, dragged);
    }

    void whatTakesTheKeyboardHasAName_data()
    {
        QTest::addColumn<QString>("model");
        QTest::newRow("no model") << QString();
        QTest::newRow("a vision-language model") << QStringLiteral("ovis2-4b");
    }

    void whatTakesTheKeyboardHasAName()
    {
        QFETCH(QString, model);
        const PreferencesSandbox sandbox;
        TestWindow at;
        if (!model.isEmpty())
            at.open(model);
        auto& tabs = at.part<TabDrawer>();
        for (int tab = 0; tab < tabs.count(); ++tab) {
            tabs.setCurrentIndex(tab);
            at.settle();
            QStringList nameless;
            addNamesBelow(QAccessible::queryAccessibleInterface(&at.window()), nameless);
            QCOMPARE(nameless, QStringList());
        }
    }

    void slicesAreReadOut()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        at.open(QStringLiteral("ovis2-4b"));
        QAccessibleInterface* sunburst = QAccessible::queryAccessibleInterface(&at.sunburst());
        QCOMPARE(sunburst->childCount(), at.sunburst().picture()->layout().count());
        QVERIFY(sunburst->childCount() > 10);
        QCOMPARE(sunburst->child(0)->text(QAccessible::Description), QStringLiteral("llm"));
    }

    void tabReachesEveryPane()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        at.open(QStringLiteral("ovis2-4b"));
        std::set<const QWidget*> reached;
        for (int i = 0; i < 150; ++i) {
            QTest::keyClick(at.window().windowHandle(), Qt::Key_Tab);
            const QWidget* widget = QApplication::focusWidget();
            reached.insert(widget);
            // The inputs scroll: what is reached is seen, whatever is out of sight later.
            QVERIFY2(widget->isVisible() && !widget->visibleRegion().isEmpty(),
                     qPrintable(widget->accessibleName()));
        }
        QVERIFY(reached.contains(&at.tree()));
        QVERIFY(reached.contains(&at.sunburst()));
        QVERIFY(reached.contains(at.part<SizeRow>().findChild<QLineEdit*>()));
    }
};

QTEST_MAIN(TestWindowState)
#include "tst_window_state.moc"
