// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/expert_tree.h"
#include "tests/support/tree_table.h"
#include "ui/views/view.h"
#include "ui/widgets/tree_view.h"

#include <QClipboard>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

class TestTreeView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void opensTheCostliestPathFirst();
    void clickedRowIsTheSelection();
    void selectionElsewhereRevealsItsRow();
    void enterAndDoubleClickPutContainersIntoTheMiddle();
    void hoverIsShared();
    void controlAndDigitsOpenToADepth();
    void asteriskOpensAllBelow();
    void arrowsOpenAndCloseRows();
    void copyTakesTheRow();
    void searchOpensMatchesAndLeavesTheOutlineAlone();
    void newFiguresKeepRowsSelectionAndScroll();
    void sortingKeepsRowsOpen();
    void thirdClickOnAHeadRestoresTheOrderOfTheModel();
    void otherModulesKeepOpenWhatIsStillThere();
    void narrowTablesGiveUpMacsFirst();
    void measureOfTheLensIsAlwaysShown();
    void figureShowsWhatTheOutlineShows();

private:
    QTemporaryDir m_settings;
};

void TestTreeView::initTestCase()
{
    QCoreApplication::setOrganizationName(QStringLiteral("sunflop"));
    QCoreApplication::setApplicationName(QStringLiteral("test"));
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_settings.path());
}

void TestTreeView::init()
{
    QSettings().clear();
}

void TestTreeView::opensTheCostliestPathFirst()
{
    const Shown shown("qwen2.5-7b");
    QVERIFY(shown.isOpen("model.layers.0-27.mlp"));
    QVERIFY(shown.isOpen("model.layers.0-27.self_attn"));
    QCOMPARE(CostTreeModel::node(shown.view.currentIndex()), 0);
}

void TestTreeView::clickedRowIsTheSelection()
{
    Shown shown("qwen2.5-7b");
    const QRect rect = shown.view.visualRect(shown.row("lm_head"));
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, rect.center());
    QCOMPARE(shown.session.focus().selected(), nodeAt(shown.session, "lm_head"));
}

void TestTreeView::selectionElsewhereRevealsItsRow()
{
    Shown shown("ovis2-4b");
    const std::string_view deep = "visual_tokenizer.backbone.trunk.blocks.0-23.mlp";
    QVERIFY(!shown.isOpen("visual_tokenizer"));
    shown.session.focus().select(nodeAt(shown.session, deep));
    QCOMPARE(shown.view.currentIndex(), shown.row(deep));
    QVERIFY(shown.isOnScreen(deep));
    QVERIFY(!shown.isOpen(deep));
    QVERIFY(shown.session.outline().isOpen(nodeAt(shown.session, "visual_tokenizer")));
}

void TestTreeView::enterAndDoubleClickPutContainersIntoTheMiddle()
{
    Shown shown("qwen2.5-7b");
    Focus& focus = shown.session.focus();
    focus.select(nodeAt(shown.session, "model.layers.0-27.mlp"));
    QTest::keyClick(&shown.view, Qt::Key_Return);
    QCOMPARE(focus.root(), nodeAt(shown.session, "model.layers.0-27.mlp"));
    focus.select(nodeAt(shown.session, "lm_head"));
    QTest::keyClick(&shown.view, Qt::Key_Enter); // nothing inside
    QCOMPARE(focus.root(), nodeAt(shown.session, "model.layers.0-27.mlp"));
    const QPoint model = shown.view.visualRect(shown.row("model")).center();
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, model);
    QTest::mouseDClick(shown.view.viewport(), Qt::LeftButton, {}, model);
    QCOMPARE(focus.root(), nodeAt(shown.session, "model"));
    QVERIFY(shown.isOpen("model"));
}

void TestTreeView::hoverIsShared()
{
    Shown shown("qwen2.5-7b");
    const QPointF head = shown.view.visualRect(shown.row("lm_head")).center();
    QMouseEvent move(QEvent::MouseMove, head, head, Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QCoreApplication::sendEvent(shown.view.viewport(), &move);
    QCOMPARE(shown.session.focus().hovered(), nodeAt(shown.session, "lm_head"));
    const int scroll = shown.view.verticalScrollBar()->value();
    shown.session.focus().hover(nodeAt(shown.session, "model"));
    QCOMPARE(shown.view.verticalScrollBar()->value(), scroll);
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(shown.view.viewport(), &leave);
    QCOMPARE(shown.session.focus().hovered(), -1);
}

void TestTreeView::controlAndDigitsOpenToADepth()
{
    Shown shown("qwen2.5-7b");
    QVERIFY(QTest::qWaitForWindowActive(&shown.view));
    QTest::keyClick(&shown.view, Qt::Key_2, Qt::ControlModifier);
    QVERIFY(shown.isOpen("model"));
    QVERIFY(!shown.isOpen("model.layers"));
    QTest::keyClick(&shown.view, Qt::Key_9, Qt::ControlModifier);
    QVERIFY(shown.isOpen("model.layers.0-27.self_attn"));
    QTest::keyClick(&shown.view, Qt::Key_1, Qt::ControlModifier);
    QVERIFY(!shown.isOpen("model"));
    QVERIFY(shown.view.isExpanded(shown.view.costs().indexOf(0)));
}

void TestTreeView::asteriskOpensAllBelow()
{
    Shown shown("ovis2-4b");
    shown.session.focus().select(nodeAt(shown.session, "visual_tokenizer"));
    QTest::keyClick(&shown.view, Qt::Key_Asterisk);
    QVERIFY(shown.isOpen("visual_tokenizer.backbone.trunk.blocks.0-23.attn"));
    QVERIFY(shown.session.outline().isOpen(nodeAt(shown.session, "visual_tokenizer.backbone")));
}

void TestTreeView::arrowsOpenAndCloseRows()
{
    Shown shown("qwen2.5-7b");
    shown.session.focus().select(nodeAt(shown.session, "model.layers"));
    QTest::keyClick(&shown.view, Qt::Key_Left);
    QVERIFY(!shown.isOpen("model.layers"));
    QVERIFY(!shown.session.outline().isOpen(nodeAt(shown.session, "model.layers")));
    QTest::keyClick(&shown.view, Qt::Key_Right);
    QVERIFY(shown.isOpen("model.layers.0-27")); // as it was left
    QTest::keyClick(&shown.view, Qt::Key_Down);
    QCOMPARE(shown.session.focus().selected(), nodeAt(shown.session, "model.layers.0-27"));
}

void TestTreeView::copyTakesTheRow()
{
    Shown shown("qwen2.5-7b");
    shown.session.focus().select(nodeAt(shown.session, "model.embed_tokens"));
    QTest::keyClick(&shown.view, Qt::Key_C, Qt::ControlModifier);
    // 152064 * 3584 = 544,997,376
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("model.embed_tokens\t545 M\t–\t–\t–"));
}

void TestTreeView::searchOpensMatchesAndLeavesTheOutlineAlone()
{
    Shown shown("ovis2-4b");
    shown.session.focus().select(nodeAt(shown.session, "llm.lm_head"));
    shown.search("fc3");
    const std::string_view match = "visual_tokenizer.backbone.trunk.blocks.0-23.mlp.fc3";
    QVERIFY(shown.isOnScreen(match));
    QVERIFY(shown.isOpen("visual_tokenizer"));
    shown.view.collapse(shown.row("visual_tokenizer"));
    shown.search("");
    QVERIFY(!shown.isOpen("visual_tokenizer"));
    QVERIFY(shown.isOpen("llm.model.layers.0-35.mlp"));
    QCOMPARE(shown.view.currentIndex(), shown.row("llm.lm_head"));
    QCOMPARE(shown.session.focus().selected(), nodeAt(shown.session, "llm.lm_head"));
}

void TestTreeView::newFiguresKeepRowsSelectionAndScroll()
{
    Shown shown("ovis2-4b");
    shown.view.openBelow(0);
    shown.session.focus().select(nodeAt(shown.session, "visual_tokenizer.backbone.trunk.blocks.0-23.attn"));
    shown.view.verticalScrollBar()->setValue(200);
    const QModelIndex current = shown.view.currentIndex();
    shown.session.setInput(QStringLiteral("text_tokens"), QStringLiteral("3000"));
    shown.session.settle();
    QCOMPARE(shown.view.currentIndex(), current);
    QCOMPARE(shown.view.verticalScrollBar()->value(), 200);
    QVERIFY(shown.isOpen("visual_tokenizer.backbone.trunk.blocks.0-23.attn"));
}

void TestTreeView::sortingKeepsRowsOpen()
{
    Shown shown("ovis2-4b");
    shown.session.focus().select(nodeAt(shown.session, "llm.model.layers.0-35.mlp.up_proj"));
    shown.view.header()->setSortIndicator(CostTreeModel::ParamsColumn, Qt::AscendingOrder);
    QVERIFY(shown.isOpen("llm.model.layers.0-35.mlp"));
    QVERIFY(!shown.isOpen("visual_tokenizer"));
    QCOMPARE(shown.view.currentIndex(), shown.row("llm.model.layers.0-35.mlp.up_proj"));
    // Below vte and visual_tokenizer, which hold less, and the choice of visual tokens, which holds nothing.
    QCOMPARE(shown.row("llm").row(), 3);
}

void TestTreeView::thirdClickOnAHeadRestoresTheOrderOfTheModel()
{
    Shown shown("qwen2.5-7b");
    QWidget* head = shown.view.header()->viewport();
    const QPoint params(shown.view.header()->sectionViewportPosition(CostTreeModel::ParamsColumn) + 20, 10);
    const auto click = [&] {
        QTest::mouseClick(head, Qt::LeftButton, {}, params);
        return shown.row("model.layers.0-27.mlp").row();
    };
    QCOMPARE(click(), 0); // most parameters first
    QCOMPARE(click(), 4); // behind the residuals too
    QCOMPARE(click(), 1); // behind self_attn
    QVERIFY(!shown.session.outline().sorting());
}

void TestTreeView::otherModulesKeepOpenWhatIsStillThere()
{
    Shown shown("qwen2.5-7b");
    shown.session.focus().select(nodeAt(shown.session, "lm_head"));
    const std::size_t modules = shown.session.run().trace.modules.size();
    // Every attention module still had a rotary embedding of its own then.
    shown.session.setInput(QStringLiteral("transformers"), QStringLiteral("4.46"));
    shown.session.settle();
    QVERIFY(shown.session.run().trace.modules.size() != modules);
    QVERIFY(shown.isOpen("model.layers.0-27.mlp"));
    QCOMPARE(shown.view.currentIndex(), shown.row("lm_head"));
}

void TestTreeView::narrowTablesGiveUpMacsFirst()
{
    Shown shown("qwen2.5-7b");
    const auto hidden = [&](int column) { return shown.view.isColumnHidden(column); };
    QVERIFY(!hidden(CostTreeModel::MacsColumn));
    int width = shown.view.width();
    while (!hidden(CostTreeModel::MacsColumn) && width > 200)
        shown.view.resize(width -= 10, 400);
    QVERIFY(width > 300);
    QVERIFY(!hidden(CostTreeModel::ParamsColumn));
    QVERIFY(!hidden(CostTreeModel::ShareColumn));
    shown.view.resize(200, 400);
    QVERIFY(!hidden(CostTreeModel::FlopsColumn)); // the lens's measure
    shown.view.resize(700, 400);
    QVERIFY(!hidden(CostTreeModel::MacsColumn));
    QCOMPARE(shown.view.header()->length(), shown.view.viewport()->width());
}

void TestTreeView::measureOfTheLensIsAlwaysShown()
{
    Shown shown("qwen2.5-7b");
    QVERIFY(shown.view.isColumnHidden(CostTreeModel::KvCacheColumn));
    shown.session.lens().setMeasure(*CostTreeModel::measureOf(CostTreeModel::KvCacheColumn));
    QVERIFY(!shown.view.isColumnHidden(CostTreeModel::KvCacheColumn));
}

void TestTreeView::figureShowsWhatTheOutlineShows()
{
    Shown shown("qwen2.5-7b");
    const auto table = std::ranges::find(views(), std::string_view("table"), &View::id);
    QVERIFY(table != views().end());
    const auto inked = [&] {
        QImage image(400, 600, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        table->paint(shown.session, painter, QRectF(10, 10, 380, 580));
        painter.end();
        int last = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (image.pixel(x, y) != QColor(Qt::white).rgb())
                    last = y;
        return last;
    };
    shown.view.openTo(1);
    const int low = inked();
    shown.view.openTo(2);
    const int high = inked();
    QVERIFY(low > 20);
    QVERIFY(high > low + 20); // a few rows more
    QVERIFY(high < 590);
}

QTEST_MAIN(TestTreeView)
#include "tst_tree_view.moc"
