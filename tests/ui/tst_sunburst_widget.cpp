// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/sunburst_window.h"
#include "ui/text.h"

#include <QAccessible>
#include <QClipboard>
#include <QImage>
#include <QMenu>
#include <QProxyStyle>
#include <QScopeGuard>
#include <QtTest>

#include <cmath>
#include <memory>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Animates whatever the desktop wishes.
class AnimatingStyle : public QProxyStyle {
public:
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* answer) const override
    {
        return hint == SH_Widget_Animation_Duration ? 200
                                                    : QProxyStyle::styleHint(hint, option, widget, answer);
    }
};

} // namespace

class TestSunburstWidget : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<SunburstWindow> m_window;

private Q_SLOTS:
    void init()
    {
        m_window = std::make_unique<SunburstWindow>();
        QVERIFY(QTest::qWaitForWindowExposed(&m_window->widget));
    }

    void cleanup() { m_window.reset(); }

    void aClickZoomsToWhatHasChildren()
    {
        m_window->click(m_window->sliceOf("llm"));
        QCOMPARE(m_window->root(), m_window->nodeAt("llm"));
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm"));
        m_window->click(m_window->sliceOf("llm.lm_head"));
        QCOMPARE(m_window->root(), m_window->nodeAt("llm"));
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm.lm_head"));
    }

    void aClickWithControlOnlySelects()
    {
        m_window->click(m_window->sliceOf("llm"), Qt::ControlModifier);
        QCOMPARE(m_window->root(), 0);
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm"));
    }

    void aPressOnOneSliceAndReleaseOnAnotherDoesNothing()
    {
        QTest::mousePress(&m_window->widget, Qt::LeftButton, {},
                          m_window->middleOf(m_window->sliceOf("llm")));
        QTest::mouseRelease(&m_window->widget, Qt::LeftButton, {},
                            m_window->middleOf(m_window->sliceOf("visual_tokenizer")));
        QCOMPARE(m_window->root(), 0);
        QCOMPARE(m_window->selected(), 0);
    }

    void theMiddleGoesUp()
    {
        m_window->click(m_window->sliceOf("llm"));
        QTest::mouseClick(&m_window->widget, Qt::LeftButton, {}, m_window->layout().centre().toPoint());
        QCOMPARE(m_window->root(), 0);
        QVERIFY(!m_window->widget.canGoUp());
    }

    void theMiddleButtonGoesUp()
    {
        m_window->click(m_window->sliceOf("llm"));
        QTest::mouseClick(&m_window->widget, Qt::MiddleButton, {}, QPoint(3, 3));
        QCOMPARE(m_window->root(), 0);
    }

    void upPassesContainersThatWouldShowTheSame()
    {
        m_window->session.focus().zoom(m_window->nodeAt("visual_tokenizer.backbone.trunk.blocks"));
        m_window->widget.goUp();
        QCOMPARE(m_window->root(), m_window->nodeAt("visual_tokenizer"));
    }

    void theRightButtonSelectsNothing()
    {
        QTest::mouseClick(&m_window->widget, Qt::RightButton, {},
                          m_window->middleOf(m_window->sliceOf("llm")));
        QCOMPARE(m_window->selected(), 0);
        QCOMPARE(m_window->root(), 0);
    }

    void theWheelChangesTheRingsThatAreDrawn()
    {
        QCOMPARE(m_window->layout().rings(), 5);
        m_window->wheel(-120);
        QCOMPARE(m_window->session.lens().rings(), 4);
        QCOMPARE(m_window->layout().rings(), 4);
        m_window->wheel(60); // half a notch
        QCOMPARE(m_window->layout().rings(), 4);
        m_window->wheel(60);
        QCOMPARE(m_window->layout().rings(), 5);
        for (int i = 0; i < 9; ++i)
            m_window->wheel(-120);
        QCOMPARE(m_window->session.lens().rings(), 1);
    }

    void hoveringIsSharedAndLightsWhatBelongsTogether()
    {
        const int mlp = m_window->sliceOf("llm.model.layers.0-35.mlp");
        QSignalSpy spy(&m_window->session.focus(), &Focus::hoveredChanged);
        QTest::mouseMove(&m_window->widget, m_window->middleOf(mlp));
        QCOMPARE(m_window->widget.hovered(), mlp);
        QCOMPARE(m_window->session.focus().hovered(), m_window->nodeAt("llm.model.layers.0-35.mlp"));
        QCOMPARE(spy.count(), 1);
        QVERIFY(m_window->layout().isRelated(m_window->sliceOf("llm"), mlp));
        QVERIFY(m_window->layout().isRelated(m_window->sliceOf("llm.model.layers.0-35.mlp.up_proj"), mlp));
        QVERIFY(!m_window->layout().isRelated(m_window->sliceOf("llm.lm_head"), mlp));
        // What is not related recedes.
        const QImage picture = m_window->widget.grab().toImage();
        const int head = m_window->sliceOf("visual_tokenizer.head");
        const Arc arc = m_window->layout().arc(head);
        const QPoint at = (onCircle(m_window->layout().centre(), arc.middleTurns(), arc.inner + 4) *
                           picture.devicePixelRatio())
                              .toPoint();
        const QColor expected = mix(m_window->picture().fill(head), m_window->session.lens().theme().panel,
                                    SunburstPainter::dimming);
        QVERIFY(std::abs(picture.pixelColor(at).red() - expected.red()) <= 2);
        QVERIFY(std::abs(picture.pixelColor(at).blue() - expected.blue()) <= 2);
        QTest::mouseMove(&m_window->widget, QPoint(2, 2));
        QCOMPARE(m_window->session.focus().hovered(), -1);
    }

    void aSearchDimsTheRest()
    {
        m_window->session.finder().search(QStringLiteral("lm_head"), &m_window->session.run());
        const QImage picture = m_window->widget.grab().toImage();
        const auto colourIn = [&](int slice) {
            const Arc arc = m_window->layout().arc(slice);
            const QPointF at =
                onCircle(m_window->layout().centre(), arc.start + arc.span * 0.9, arc.inner + 4);
            return picture.pixelColor((at * picture.devicePixelRatio()).toPoint());
        };
        const int head = m_window->sliceOf("llm.lm_head");
        const int tower = m_window->sliceOf("visual_tokenizer");
        QCOMPARE(colourIn(head), m_window->picture().fill(head));
        QVERIFY(colourIn(tower) != m_window->picture().fill(tower));
    }

    void keysWalkAlongTheRings()
    {
        m_window->widget.setFocus();
        QCOMPARE(m_window->widget.current(), -1);
        m_window->press(Qt::Key_Down);
        QCOMPARE(m_window->widget.current(), m_window->sliceOf("llm"));
        m_window->press(Qt::Key_Right);
        QCOMPARE(m_window->selected(), m_window->nodeAt("visual_tokenizer"));
        m_window->press(Qt::Key_Left);
        m_window->press(Qt::Key_Down);
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm.model.layers"));
        m_window->press(Qt::Key_Up);
        m_window->press(Qt::Key_Left); // round the end
        QCOMPARE(m_window->layout().slice(m_window->widget.current()).ring, 0);
        QVERIFY(m_window->widget.current() > m_window->sliceOf("visual_tokenizer"));
        m_window->press(Qt::Key_Right);
        m_window->press(Qt::Key_Return);
        QCOMPARE(m_window->root(), m_window->nodeAt("llm"));
        m_window->press(Qt::Key_Backspace);
        QCOMPARE(m_window->root(), 0);
        m_window->session.focus().zoom(m_window->nodeAt("llm.model"));
        m_window->press(Qt::Key_Home);
        QCOMPARE(m_window->root(), 0);
        m_window->press(Qt::Key_Up);
        QCOMPARE(m_window->widget.current(), -1);
    }

    void keysReachAPartOfAModule()
    {
        m_window->widget.setFocus();
        m_window->session.focus().select(m_window->nodeAt("llm.model.layers.0-35.self_attn.o_proj"));
        m_window->press(Qt::Key_Right);
        QCOMPARE(m_window->layout().slice(m_window->widget.current()).kind, Slice::Kind::Own);
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm.model.layers.0-35.self_attn"));
        m_window->press(Qt::Key_Left);
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm.model.layers.0-35.self_attn.o_proj"));
    }

    void theMenuCopiesWhatIsUnderThePointer()
    {
        const int slice = m_window->sliceOf("llm.lm_head");
        const std::unique_ptr<QMenu> menu(m_window->widget.menuFor(slice));
        const auto trigger = [&](const QString& text) {
            for (QAction* action : menu->actions())
                if (action->text() == text)
                    action->trigger();
            return QGuiApplication::clipboard()->text();
        };
        QCOMPARE(trigger(QStringLiteral("Copy path")), QStringLiteral("llm.lm_head"));
        const Costs& total = m_window->session.run()
                                 .costs.nodes[static_cast<std::size_t>(m_window->nodeAt("llm.lm_head"))]
                                 .total;
        QCOMPARE(trigger(QStringLiteral("Copy value")), QString::number(total.forward.flops.value()));
        QVERIFY(trigger(QStringLiteral("Copy row as Markdown"))
                    .contains(QStringLiteral("\n| `llm.lm_head` | Linear | 311 M |")));
        QCOMPARE(m_window->selected(), 0);
        trigger(QStringLiteral("Show in tree"));
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm.lm_head"));
        QVERIFY(!menu->actions().front()->isEnabled()); // a leaf is not zoomed to
    }

    void figuresThatChangeAreDrawnAnew()
    {
        const double before = m_window->layout().arc(m_window->sliceOf("visual_tokenizer")).span;
        m_window->session.setInput(QStringLiteral("text_tokens"), QStringLiteral("8192"));
        m_window->session.settle();
        QVERIFY(m_window->layout().arc(m_window->sliceOf("visual_tokenizer")).span < before / 4);
    }

    void aZoomEndsInThePictureOfItsGoal()
    {
        AnimatingStyle style;
        m_window->widget.setStyle(&style);
        const QScopeGuard restored([this] { m_window->widget.setStyle(nullptr); });
        m_window->session.lens().setAnimates(true);
        m_window->widget.grab();
        m_window->click(m_window->sliceOf("llm"));
        QVERIFY(m_window->widget.isZooming());
        m_window->widget.grab();
        QTRY_VERIFY(!m_window->widget.isZooming());
        QCOMPARE(m_window->layout().slice(0).node, m_window->nodeAt("llm.model"));
        QTest::mouseMove(&m_window->widget, QPoint(2, 2));
        const QImage moved = m_window->widget.grab().toImage();
        m_window->session.lens().setAnimates(false);
        m_window->session.focus().zoom(0);
        m_window->session.focus().zoom(m_window->nodeAt("llm"));
        QCOMPARE(m_window->widget.grab().toImage(), moved);
    }

    void noModelIsNoSlices()
    {
        m_window->session.close();
        QVERIFY(m_window->widget.picture() == nullptr);
        QCOMPARE(m_window->widget.current(), -1);
        m_window->widget.grab();
        m_window->press(Qt::Key_Down);
        QTest::mouseMove(&m_window->widget, QPoint(300, 200));
        QTest::mouseClick(&m_window->widget, Qt::LeftButton, {}, QPoint(300, 200));
        m_window->wheel(120);
    }

    void slicesAreTreeItemsWithWords()
    {
        QAccessibleInterface* tree = QAccessible::queryAccessibleInterface(&m_window->widget);
        QCOMPARE(tree->role(), QAccessible::Tree);
        QCOMPARE(tree->childCount(), m_window->layout().count());
        const int slice = m_window->sliceOf("llm.lm_head");
        QAccessibleInterface* item = tree->child(slice);
        QCOMPARE(item->role(), QAccessible::TreeItem);
        QCOMPARE(tree->indexOfChild(item), slice);
        QCOMPARE(item->parent(), tree);
        const Run& run = m_window->session.run();
        const Count flops =
            run.costs.nodes[static_cast<std::size_t>(m_window->nodeAt("llm.lm_head"))].total.forward.flops;
        const double percent = 100 * text::fraction(flops, run.costs.root().total.forward.flops);
        QCOMPARE(item->text(QAccessible::Name),
                 QStringLiteral("lm_head, Linear, %1 FLOPs, %2 percent")
                     .arg(text::brief(flops, measureNamed("flops")), QString::number(percent, 'f', 1)));
        const QPoint middle = m_window->widget.mapToGlobal(m_window->middleOf(slice));
        QVERIFY(item->rect().contains(middle));
        QCOMPARE(tree->childAt(middle.x(), middle.y()), item);
        QVERIFY(!item->state().focused);
        m_window->widget.setFocus();
        item->actionInterface()->doAction(QAccessibleActionInterface::setFocusAction());
        QCOMPARE(m_window->selected(), m_window->nodeAt("llm.lm_head"));
        QCOMPARE(tree->focusChild(), item);
        QVERIFY(item->state().focused);
    }

    void slicesThatAreGoneAreInvalid()
    {
        QAccessibleInterface* tree = QAccessible::queryAccessibleInterface(&m_window->widget);
        QAccessibleInterface* last = tree->child(m_window->layout().count() - 1);
        QVERIFY(last->isValid());
        m_window->session.lens().setRings(1);
        QVERIFY(!last->isValid());
        QVERIFY(last->text(QAccessible::Name).isEmpty());
        QVERIFY(tree->child(m_window->layout().count()) == nullptr);
    }
};

QTEST_MAIN(TestSunburstWidget)
#include "tst_sunburst_widget.moc"
