// SPDX-License-Identifier: GPL-3.0-or-later
// What modules have themselves, as rows of the module table and of a comparison.
#include "core/cost/own_parts.h"
#include "tests/support/compared.h"
#include "tests/support/sunburst_window.h"
#include "tests/support/tree_table.h"
#include "ui/compare/comparison_model.h"
#include "ui/compare/comparison_view.h"
#include "ui/session/session_state.h"

#include <QClipboard>
#include <QSignalSpy>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;
using Tree = CostTreeModel;

namespace {

constexpr std::string_view attention = "llm.model.layers.0-35.self_attn";

OwnKey fused()
{
    return {OwnKind::Operator, "scaled_dot_product_attention"};
}

QString path(const QModelIndex& index)
{
    return index.data(Tree::PathRole).toString();
}

/// Rows below `parent` whose own figure is not the sum of what is below them.
QStringList rowsThatDoNotAddUp(const Tree& model, const Measure& measure, const QModelIndex& parent = {})
{
    QStringList wrong;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        const Count whole = model.value(Tree::node(index), measure);
        Count sum;
        for (int below = 0; below < model.rowCount(index); ++below)
            sum += model.value(Tree::node(model.index(below, 0, index)), measure);
        if (model.rowCount(index) > 0 && sum != whole)
            wrong << QStringLiteral("%1: %2, not %3").arg(path(index)).arg(sum.value()).arg(whole.value());
        wrong += rowsThatDoNotAddUp(model, measure, index);
    }
    return wrong;
}

/// Names of own rows below a row.
QStringList ownNames(const Tree& model, const QModelIndex& parent)
{
    QStringList names;
    for (int row = 0; row < model.rowCount(parent); ++row)
        if (const QModelIndex index = model.index(row, 0, parent); index.data(Tree::OwnRole).toBool())
            names << index.data().toString();
    return names;
}

} // namespace

class TestOwnRows : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rowsAreAllOfTheirRow_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("inputs");
        QTest::newRow("prefill") << QStringLiteral("ovis2-4b") << QString();
        QTest::newRow("generation") << QStringLiteral("ovis2-4b") << QStringLiteral("new_tokens=5");
        QTest::newRow("training") << QStringLiteral("qwen2.5-7b") << QStringLiteral("mode=training");
        QTest::newRow("vision") << QStringLiteral("vit-base-patch16-224") << QString();
        QTest::newRow("program") << QStringLiteral(TEST_DATA "/programs/files/decoder.pt2") << QString();
    }

    void rowsAreAllOfTheirRow()
    {
        QFETCH(QString, model);
        QFETCH(QString, inputs);
        Session session;
        open(session, qPrintable(model));
        if (!inputs.isEmpty())
            session.setInput(inputs.section(QLatin1Char('='), 0, 0), inputs.section(QLatin1Char('='), 1));
        session.settle();
        const Tree tree(session);
        for (const bool folds : {true, false}) {
            session.lens().setFoldsRepeats(folds);
            for (const char* id : {"macs", "flops", "backward_flops", "kv_cache_bytes"}) {
                session.lens().setMeasure(measureNamed(id));
                QCOMPARE(rowsThatDoNotAddUp(tree, measureNamed(id)), QStringList());
            }
        }
        session.lens().setFoldsRepeats(true); // instances may differ by a nanosecond
        session.lens().setMeasure(measureNamed("nanoseconds"));
        QCOMPARE(rowsThatDoNotAddUp(tree, measureNamed("nanoseconds")), QStringList());
    }

    void rowsFollowTheChildrenAndAreNoModules()
    {
        Session session;
        open(session, "ovis2-4b");
        const Tree model(session);
        const QModelIndex parent = model.indexOf(nodeAt(session, attention));
        const QStringList names = childNames(model, nodeAt(session, attention));
        QCOMPARE(names.mid(0, 4), QStringList({QStringLiteral("q_proj"), QStringLiteral("k_proj"),
                                               QStringLiteral("v_proj"), QStringLiteral("o_proj")}));
        QCOMPARE(ownNames(model, parent), names.mid(4));
        QVERIFY(names.mid(4).contains(QStringLiteral("scaled_dot_product_attention")));
        const QModelIndex own = model.indexOf(model.ownRow(nodeAt(session, attention), fused()));
        QCOMPARE(path(own), QStringLiteral("llm.model.layers.0-35.self_attn::scaled_dot_product_attention"));
        QCOMPARE(own.parent(), parent);
        QCOMPARE(own.data(Tree::ContainerRole).toBool(), false);
        QCOMPARE(own.data(Tree::ClassRole).toString(), QStringLiteral("operator"));
        QCOMPARE(own.data(Tree::ModuleRole).toInt(), int(Role::Attention));
        QCOMPARE(own.data(Tree::NodeRole).toInt(), nodeAt(session, attention));
        QVERIFY(own.data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("in self_attn itself")));
        QVERIFY(own.data(Qt::ToolTipRole).toString().contains(QStringLiteral("36 calls")));
        // Its share of its parent is told as that of a child.
        const double share = own.siblingAtColumn(Tree::ParentShareColumn).data(Tree::FractionRole).toDouble();
        const Measure& flops = measureNamed("flops");
        QCOMPARE(share, static_cast<double>(model.value(Tree::node(own), flops).value()) /
                            static_cast<double>(model.value(nodeAt(session, attention), flops).value()));
        QCOMPARE(model.rowCount(own), 0);
    }

    void rowsAreThoseOfTheMeasure()
    {
        Session session;
        open(session, "ovis2-4b");
        const Tree model(session);
        const auto own = [&] { return ownNames(model, model.indexOf(nodeAt(session, attention))); };
        session.lens().setMeasure(measureNamed("macs"));
        QCOMPARE(own(), QStringList(QStringLiteral("scaled_dot_product_attention")));
        session.lens().setMeasure(measureNamed("params"));
        QCOMPARE(own(), QStringList());
        session.lens().setMeasure(measureNamed("kv_cache_bytes"));
        QCOMPARE(own(), QStringList(QStringLiteral("KV cache")));
        session.lens().setMeasure(measureNamed("macs"));
        session.setInput(QStringLiteral("attention"), QStringLiteral("eager"));
        session.settle();
        QCOMPARE(own(), QStringList(QStringLiteral("matmul")));
    }

    void sortingPutsTheLargestFirst()
    {
        Session session;
        open(session, "ovis2-4b");
        session.setInput(QStringLiteral("text_tokens"), QStringLiteral("100000"));
        session.settle();
        Tree model(session);
        const std::int32_t node = nodeAt(session, attention);
        model.sort(Tree::FlopsColumn, Qt::DescendingOrder);
        QCOMPARE(childNames(model, node).front(), QStringLiteral("scaled_dot_product_attention"));
        model.sort(Tree::ModuleColumn, Qt::AscendingOrder);
        QCOMPARE(childNames(model, node).front(), QStringLiteral("k_proj"));
        QVERIFY(!ownNames(model, model.indexOf(node)).contains(childNames(model, node)[3]));
        model.sort(-1, Qt::AscendingOrder);
        QCOMPARE(childNames(model, node).front(), QStringLiteral("q_proj"));
    }

    void sliceAndRowAreOneSelection()
    {
        SunburstWindow window;
        QVERIFY(QTest::qWaitForWindowExposed(&window.widget));
        TreeView view(window.session);
        view.resize(700, 760);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        const int slice = window.ownSliceOf(attention);
        QVERIFY(slice >= 0);
        QCOMPARE(window.picture().text().name(slice), QStringLiteral("scaled_dot_product_attention"));
        window.click(slice);
        const Focus& focus = window.session.focus();
        QCOMPARE(focus.selected(), window.nodeAt(attention));
        QCOMPARE(focus.selectedOwn(), std::optional(fused()));
        QCOMPARE(view.currentIndex().data().toString(), QStringLiteral("scaled_dot_product_attention"));
        QCOMPARE(window.widget.current(), slice);

        // The module itself, then the other way round.
        view.setCurrentIndex(view.costs().indexOf(window.nodeAt(attention)));
        QCOMPARE(focus.selectedOwn(), std::optional<OwnKey>());
        QCOMPARE(window.widget.current(), window.sliceOf(attention));
        view.setCurrentIndex(view.costs().indexOf(view.costs().ownRow(window.nodeAt(attention), fused())));
        QCOMPARE(focus.selectedOwn(), std::optional(fused()));
        QCOMPARE(window.widget.current(), slice);

        // Back and forward through both.
        window.session.focus().back();
        QCOMPARE(view.currentIndex(), view.costs().indexOf(window.nodeAt(attention)));
        window.session.focus().forward();
        QCOMPARE(view.currentIndex().data().toString(), QStringLiteral("scaled_dot_product_attention"));
    }

    void hoverIsShared()
    {
        SunburstWindow window;
        QVERIFY(QTest::qWaitForWindowExposed(&window.widget));
        TreeView view(window.session);
        view.resize(700, 760);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        const Instance row = view.costs().ownRow(window.nodeAt(attention), fused());
        QTest::mouseMove(&window.widget, window.middleOf(window.ownSliceOf(attention)));
        QTRY_VERIFY(view.costs().isHovered(row));
        QVERIFY(!view.costs().isHovered(window.nodeAt(attention)));
        const QPointF at = view.visualRect(view.costs().indexOf(window.nodeAt(attention))).center();
        QMouseEvent move(QEvent::MouseMove, at, at, Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(view.viewport(), &move);
        QVERIFY(!view.costs().isHovered(row));
        QVERIFY(view.costs().isHovered(window.nodeAt(attention)));
    }

    void keysAndCopyingTakeTheRow()
    {
        Shown shown("ovis2-4b");
        const Instance row = shown.view.costs().ownRow(nodeAt(shown.session, attention), fused());
        shown.session.focus().select(nodeAt(shown.session, attention), Focus::anyInstance, fused());
        QCOMPARE(shown.view.currentIndex(), shown.view.costs().indexOf(row));
        QTest::keyClick(&shown.view, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text().section(QLatin1Char('\t'), 0, 0),
                 QStringLiteral("llm.model.layers.0-35.self_attn::scaled_dot_product_attention"));
        QCOMPARE(QGuiApplication::clipboard()->text(), shown.view.rowText(row));
        QVERIFY(shown.view.rowMarkdown(row).contains(
            QStringLiteral("`llm.model.layers.0-35.self_attn::scaled_dot_product_attention`")));
        const std::int32_t root = shown.session.focus().root();
        QTest::keyClick(&shown.view, Qt::Key_Return); // nothing inside
        QTest::keyClick(&shown.view, Qt::Key_Asterisk);
        QCOMPARE(shown.session.focus().root(), root);
        QCOMPARE(shown.view.currentIndex(), shown.view.costs().indexOf(row));
        QTest::keyClick(&shown.view, Qt::Key_Left);
        QCOMPARE(shown.view.currentIndex(), shown.row(attention));
        QCOMPARE(shown.session.focus().selectedOwn(), std::optional<OwnKey>());
    }

    void theSelectionOutlivesAMeasureWithoutTheRow()
    {
        Shown shown("ovis2-4b");
        shown.session.focus().select(nodeAt(shown.session, attention), Focus::anyInstance, fused());
        shown.session.lens().setMeasure(measureNamed("params"));
        QCOMPARE(shown.view.currentIndex(), shown.row(attention));
        shown.session.lens().setMeasure(measureNamed("flops"));
        QCOMPARE(shown.view.currentIndex().data().toString(), QStringLiteral("scaled_dot_product_attention"));
        // A run that does not call it shows the module.
        shown.session.setInput(QStringLiteral("attention"), QStringLiteral("eager"));
        shown.session.settle();
        QCOMPARE(shown.view.currentIndex(), shown.row(attention));
    }

    void newFiguresOfTheSameCallsAreNoReset()
    {
        Session session;
        open(session, "ovis2-4b");
        const Tree model(session);
        const QSignalSpy resets(&model, &Tree::modelReset);
        session.setInput(QStringLiteral("text_tokens"), QStringLiteral("333"));
        session.settle();
        QCOMPARE(resets.count(), 0);
        session.setInput(QStringLiteral("attention"), QStringLiteral("eager"));
        session.settle();
        QVERIFY(resets.count() > 0);
    }

    void searchFindsOperators()
    {
        Shown shown("ovis2-4b");
        shown.search("dot_product");
        const Tree& model = shown.view.costs();
        const QModelIndex parent = model.indexOf(nodeAt(shown.session, attention));
        QVERIFY(parent.isValid());
        QCOMPARE(childNames(model, nodeAt(shown.session, attention)),
                 QStringList(QStringLiteral("scaled_dot_product_attention")));
        QVERIFY(!model.indexOf(nodeAt(shown.session, "llm.lm_head")).isValid());
        const Finder& finder = shown.session.finder();
        const auto found = finder.ownMatches(shown.session.run(), measureNamed("flops"));
        QCOMPARE(found.size(), std::size_t(2)); // language model and vision tower
        QCOMPARE(finder.sum(shown.session.run(), measureNamed("flops")),
                 found[0]->total.forward.flops + found[1]->total.forward.flops);
        shown.session.selectMatch(false);
        QCOMPARE(shown.session.focus().selectedOwn(), std::optional(fused()));
        const std::int32_t first = shown.session.focus().selected();
        shown.session.selectMatch(false);
        QVERIFY(shown.session.focus().selected() != first);
        shown.session.selectMatch(true);
        QCOMPARE(shown.session.focus().selected(), first);
        shown.search("self_attn::scaled");
        QCOMPARE(finder.ownMatches(shown.session.run(), measureNamed("flops")).size(), std::size_t(1));
    }

    void slicesOfFoundOperatorsKeepTheirColour()
    {
        SunburstWindow window;
        QVERIFY(QTest::qWaitForWindowExposed(&window.widget));
        window.session.lens().setShowsLabels(false);
        const auto colourAt = [&](int slice) {
            return window.widget.grab().toImage().pixelColor(window.middleOf(slice));
        };
        const int own = window.ownSliceOf(attention);
        const int other = window.sliceOf("llm.model.layers.0-35.self_attn.q_proj");
        const QColor before = colourAt(own);
        QCOMPARE(colourAt(other), before); // both attention's
        window.session.finder().search(QStringLiteral("dot_product"), &window.session.run());
        QCOMPARE(colourAt(own), before);
        QVERIFY(colourAt(other) != before);
    }

    void aSessionKeepsWhatIsSelected()
    {
        Session session;
        open(session, "ovis2-4b");
        session.focus().select(nodeAt(session, attention), Focus::anyInstance, fused());
        const ViewState state = viewStateOf(session);
        QCOMPARE(QString::fromStdString(state.selected),
                 QStringLiteral("llm.model.layers.0-35.self_attn::scaled_dot_product_attention"));
        Session again;
        open(again, "ovis2-4b");
        QCOMPARE(apply(again, state), QStringList());
        QCOMPARE(again.focus().selected(), nodeAt(again, attention));
        QCOMPARE(again.focus().selectedOwn(), std::optional(fused()));
        ViewState gone = state;
        gone.selected = "llm.model.layers.0-35.self_attn::nothing";
        QCOMPARE(apply(again, gone).size(), 1);
        QCOMPARE(again.focus().selectedOwn(), std::optional<OwnKey>());
    }

    void comparedRowsAddUp()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        const auto& rows = two.comparison.comparison().rows;
        const ComparedFigures& figures = two.comparison.figures();
        for (const auto side : {&ComparedFigure::a, &ComparedFigure::b}) {
            std::vector<Count> sums(rows.size());
            for (std::size_t i = 1; i < rows.size(); ++i)
                sums[static_cast<std::size_t>(rows[i].parent)] += figures.rows[i].*side;
            for (std::size_t i = 0; i < figures.parts.size(); ++i)
                sums[static_cast<std::size_t>(two.comparison.parts()[i].row)] += figures.parts[i].*side;
            for (std::size_t i = 0; i < rows.size(); ++i)
                if (rows[i].end > static_cast<std::int32_t>(i) + 1)
                    QCOMPARE(sums[i], figures.rows[i].*side);
        }
    }

    void comparedOperatorsStandBehindTheModules()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        const std::int32_t row = two.row(Side::A, attention);
        const std::int32_t own = model.ownRow(row, fused());
        QVERIFY(own != row);
        QCOMPARE(model.comparedRow(own), row);
        const QModelIndex index = model.indexOf(own);
        QCOMPARE(index.parent(), model.indexOf(row));
        QCOMPARE(index.data().toString(), QStringLiteral("scaled_dot_product_attention"));
        QCOMPARE(index.data(ComparisonModel::OwnRole).toBool(), true);
        QCOMPARE(index.data(ComparisonModel::ContainerRole).toBool(), false);
        QCOMPARE(model.path(Side::A, own),
                 QStringLiteral("llm.model.layers.0-35.self_attn::scaled_dot_product_attention"));
        QCOMPARE(model.path(Side::B, own),
                 QStringLiteral("language_model.model.layers.0-23.self_attn::scaled_dot_product_attention"));
        QVERIFY(index.row() >= 4); // behind the projections
        QVERIFY(!(model.flags(index) & Qt::ItemIsDragEnabled));
    }

    void comparedSelectionIsThatOfBothSides()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        ComparisonView view(two.comparison);
        view.resize(900, 700);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        two.session.focus().select(two.node(Side::A, attention), Focus::anyInstance, fused());
        QCOMPARE(two.comparison.focus().selectedOwn(), std::optional(fused()));
        QCOMPARE(view.currentIndex().data().toString(), QStringLiteral("scaled_dot_product_attention"));
        const Focus& other = two.comparison.session(Side::B).focus();
        QCOMPARE(other.selected(), two.node(Side::B, "language_model.model.layers.0-23.self_attn"));
        QCOMPARE(other.selectedOwn(), std::optional(fused()));
        view.setCurrentIndex(view.currentIndex().parent());
        QCOMPARE(two.session.focus().selected(), two.node(Side::A, attention));
        QCOMPARE(two.session.focus().selectedOwn(), std::optional<OwnKey>());
    }
};

QTEST_MAIN(TestOwnRows)
#include "tst_own_rows.moc"
