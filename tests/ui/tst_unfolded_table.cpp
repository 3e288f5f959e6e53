// SPDX-License-Identifier: GPL-3.0-or-later
// The module table where every layer and expert is a row of its own: the model and the view of it.
#include "tests/support/expert_tree.h"
#include "tests/support/tree_table.h"
#include "ui/models/row_text.h"
#include "ui/widgets/tree_view.h"

#include <QScrollBar>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;
using Tree = CostTreeModel;

namespace {

constexpr const char* layer = "model.layers.0-27";

} // namespace

class TestUnfoldedTable : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_settings;

private Q_SLOTS:
    void initTestCase();
    void init();
    void unfoldedMembersAreRowsOfTheirOwn();
    void unfoldedTreesShowWhatSeparatelyTracedOnesShow();
    void membersHaveTheirOwnNameNumberAndPath();
    void expertsShowTheirShareOfTheActiveParameters();
    void membersAreSortedByWhatTheyShow();
    void searchKeepsAllMembersOfAMatch();
    void foldingResetsTheRows();
    void foldingKeepsTheSelectionAndWhatIsOpen();
    void newFiguresKeepUnfoldedRowsSelectionAndScroll();
    void clickedMemberIsTheSelection();
    void unfoldedRowsOpenAsFarAsTheyAreNotTooMany();
    void searchInVeryManyRowsOpensFirstMembers();
};

void TestUnfoldedTable::initTestCase()
{
    QCoreApplication::setOrganizationName(QStringLiteral("sunflop"));
    QCoreApplication::setApplicationName(QStringLiteral("test"));
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_settings.path());
}

void TestUnfoldedTable::init()
{
    QSettings().clear();
}

void TestUnfoldedTable::unfoldedMembersAreRowsOfTheirOwn()
{
    Session session;
    session.lens().setFoldsRepeats(false);
    QVERIFY(session.show(test::foldedExpertModel(3, 5)).has_value());
    const Tree model(session);
    QCOMPARE(checkedRows(model, {}), 3 * (5 * (test::modulesPerExpert + test::ownRowsPerExpert) +
                                          test::modulesPerLayer + test::ownRowsPerLayer) +
                                         test::modulesAround);
    QVERIFY(session.run().trace.modules.size() < 30); // and not one object more
    const std::int32_t layers = nodeAt(session, "model.layers.0-2");
    QVERIFY(model.indexOf({layers, 2}).isValid());
    QVERIFY(!model.indexOf({layers, 3}).isValid());
    QVERIFY(!model.indexOf({layers, -1}).isValid());
    const Instance expert{nodeAt(session, "model.layers.0-2.mlp.experts.0-4"), 2 * 5 + 4};
    QCOMPARE(Tree::instance(model.indexOf(expert)), expert);
    QCOMPARE(model.indexOf(expert).row(), 4);
    QCOMPARE(Tree::instance(model.indexOf(expert).parent()).number, 2);
}

void TestUnfoldedTable::unfoldedTreesShowWhatSeparatelyTracedOnesShow()
{
    Session folded;
    folded.lens().setFoldsRepeats(false);
    QVERIFY(folded.show(test::foldedExpertModel(3, 5)).has_value());
    Session apart;
    QVERIFY(apart.show(test::expertModel(3, 5)).has_value());
    const Tree members(folded);
    const Tree modules(apart);
    const auto textOf = [](const Tree& model) {
        QStringList rows;
        const auto visit = [&](const auto& self, const QModelIndex& parent) -> void {
            for (int row = 0; row < model.rowCount(parent); ++row) {
                const QModelIndex index = model.index(row, 0, parent);
                QStringList cells{index.data(Tree::PathRole).toString()};
                for (int column = 0; column < Tree::columns; ++column)
                    cells += index.siblingAtColumn(column).data().toString();
                for (const int role : {int(Tree::RepeatRole), int(Tree::ClassRole), int(Qt::ToolTipRole),
                                       int(Qt::AccessibleTextRole), int(Tree::ContainerRole)})
                    cells += index.data(role).toString().section(QStringLiteral("\nOne of"), 0, 0);
                rows += cells.join(QLatin1Char('|'));
                self(self, index);
            }
        };
        visit(visit, {});
        return rows;
    };
    const QStringList expected = textOf(modules);
    QCOMPARE(textOf(members).join(QLatin1Char('\n')), expected.join(QLatin1Char('\n')));
    QCOMPARE(expected.size(), 3 * (5 * (test::modulesPerExpert + test::ownRowsPerExpert) +
                                   test::modulesPerLayer + test::ownRowsPerLayer) +
                                  test::modulesAround);
}

void TestUnfoldedTable::membersHaveTheirOwnNameNumberAndPath()
{
    Session session;
    session.lens().setFoldsRepeats(false);
    open(session, "qwen2.5-7b");
    const Tree model(session);
    const QModelIndex seventeen = model.indexOf({nodeAt(session, layer), 17});
    QCOMPARE(seventeen.data().toString(), QStringLiteral("17"));
    QCOMPARE(seventeen.data(Tree::RepeatRole).toInt(), 1);
    QCOMPARE(seventeen.data(Tree::PathRole).toString(), QStringLiteral("model.layers.17"));
    QVERIFY(seventeen.data(Qt::ToolTipRole).toString().contains(QStringLiteral("One of 28 equal rows")));
    QVERIFY(seventeen.data(Qt::AccessibleTextRole)
                .toString()
                .startsWith(QStringLiteral("17, Qwen2DecoderLayer, ")));
    const Instance gate{nodeAt(session, "model.layers.0-27.mlp.gate_proj"), 17};
    // 3584 * 18944 = 67,895,296
    QCOMPARE(model.indexOf(gate, Tree::ParamsColumn).data().toString(), QStringLiteral("67.9\u202FM"));
    QCOMPARE(model.indexOf(gate, Tree::InstancesColumn).data().toString(), QStringLiteral("1"));
    QCOMPARE(rowAsTabs(model, gate, {Tree::ModuleColumn, Tree::ParamsColumn}),
             QStringLiteral("model.layers.17.mlp.gate_proj\t67.9 M"));
}

void TestUnfoldedTable::expertsShowTheirShareOfTheActiveParameters()
{
    Session session;
    session.lens().setFoldsRepeats(false);
    QVERIFY(session.show(test::foldedExpertModel(2, 32)).has_value());
    const Tree model(session);
    const Measure& active = *Tree::measureOf(Tree::ActiveParamsColumn);
    const std::int32_t list = nodeAt(session, "model.layers.0-1.mlp.experts");
    const std::int32_t expert = nodeAt(session, "model.layers.0-1.mlp.experts.0-31");
    // Three matrices, of eight experts in 32.
    QCOMPARE(model.value(expert, active), Count(3 * 2048 * 768 * 8 / 32));
    QCOMPARE(model.value(expert, active) * 32, model.value(list, active));
    QVERIFY(model.indexOf({expert, 40}, Tree::ActiveParamsColumn)
                .data(Qt::ToolTipRole)
                .toString()
                .contains(QStringLiteral("The average of 64 instances, of which one token passes 16")));
}

void TestUnfoldedTable::membersAreSortedByWhatTheyShow()
{
    Session session;
    session.lens().setFoldsRepeats(false);
    QVERIFY(session.show(test::foldedExpertModel(4, 300)).has_value());
    Tree model(session);
    const std::int32_t block = nodeAt(session, "model.layers.0-3.mlp");
    const std::int32_t layers = nodeAt(session, "model.layers");
    model.sort(Tree::ModuleColumn, Qt::DescendingOrder);
    QCOMPARE(childNames(model, layers).join(QLatin1Char(' ')), QStringLiteral("3 2 1 0"));
    const QPersistentModelIndex kept = model.indexOf({nodeAt(session, "model.layers.0-3"), 1});
    QCOMPARE(kept.row(), 2);
    model.sort(Tree::ParamsColumn, Qt::DescendingOrder);
    QCOMPARE(kept.row(), 1);
    QCOMPARE(childNames(model, layers).join(QLatin1Char(' ')), QStringLiteral("0 1 2 3"));
    QCOMPARE(childNames(model, block).first(), QStringLiteral("experts"));
    model.sort(Tree::InstancesColumn, Qt::DescendingOrder);
    QCOMPARE(childNames(model, block).first(), QStringLiteral("gate"));
}

void TestUnfoldedTable::searchKeepsAllMembersOfAMatch()
{
    Session session;
    session.lens().setFoldsRepeats(false);
    open(session, "qwen2.5-7b");
    const Tree model(session);
    session.finder().search(QStringLiteral("o_proj"), &session.run());
    QCOMPARE(checkedRows(model, {}), 3 + 28 * 3); // root, model, layers; 28 times layer, self_attn, o_proj
    QVERIFY(model.isOpen({nodeAt(session, layer), 27}));
}

void TestUnfoldedTable::foldingResetsTheRows()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    QSignalSpy resets(&model, &Tree::modelReset);
    session.lens().setFoldsRepeats(false);
    QCOMPARE(resets.count(), 1);
    QCOMPARE(model.rowCount(model.indexOf(nodeAt(session, "model.layers"))), 28);
    session.lens().setFoldsRepeats(true);
    QCOMPARE(model.rowCount(model.indexOf(nodeAt(session, "model.layers"))), 1);
    session.lens().setShowsLabels(false);
    QCOMPARE(resets.count(), 2);
}

void TestUnfoldedTable::foldingKeepsTheSelectionAndWhatIsOpen()
{
    Shown shown("qwen2.5-7b");
    shown.session.focus().select(nodeAt(shown.session, "model.layers.0-27.mlp.up_proj"));
    const std::int32_t layer = nodeAt(shown.session, "model.layers.0-27");
    shown.session.lens().setFoldsRepeats(false);
    QCOMPARE(shown.view.currentIndex().data(CostTreeModel::PathRole).toString(),
             QStringLiteral("model.layers.0.mlp.up_proj"));
    QVERIFY(shown.view.isExpanded(shown.view.costs().indexOf({layer, 0})));
    QVERIFY(!shown.view.isExpanded(shown.view.costs().indexOf({layer, 1})));
    shown.view.collapse(shown.view.costs().indexOf({layer, 0}));
    shown.view.expand(shown.view.costs().indexOf({layer, 9}));
    shown.session.lens().setFoldsRepeats(true);
    QCOMPARE(shown.view.currentIndex(), shown.row("model.layers.0-27.mlp.up_proj"));
    QVERIFY(shown.isOpen("model.layers.0-27"));
}

void TestUnfoldedTable::newFiguresKeepUnfoldedRowsSelectionAndScroll()
{
    Shown shown("ovis2-4b");
    shown.session.lens().setFoldsRepeats(false);
    shown.view.openBelow(0);
    const Instance mlp{nodeAt(shown.session, "llm.model.layers.0-35.mlp"), 17};
    shown.view.setCurrentIndex(shown.view.costs().indexOf(mlp));
    shown.view.verticalScrollBar()->setValue(2000);
    shown.session.setInput(QStringLiteral("text_tokens"), QStringLiteral("3000"));
    shown.session.settle();
    QCOMPARE(CostTreeModel::instance(shown.view.currentIndex()), mlp);
    QCOMPARE(shown.view.verticalScrollBar()->value(), 2000);
    QVERIFY(shown.view.isExpanded(shown.view.costs().indexOf({mlp.node, 35})));
    QVERIFY(shown.view.isExpanded(shown.view.costs().indexOf(mlp)));
}

void TestUnfoldedTable::clickedMemberIsTheSelection()
{
    Shown shown("qwen2.5-7b");
    shown.session.lens().setFoldsRepeats(false);
    shown.view.openTo(3);
    const Instance third{nodeAt(shown.session, "model.layers.0-27"), 2};
    const QRect rect = shown.view.visualRect(shown.view.costs().indexOf(third));
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, rect.center());
    QCOMPARE(shown.session.focus().selected(), third.node);
    QCOMPARE(shown.session.focus().selectedInstance(), third.number);
    QVERIFY(shown.view.rowText(third).startsWith(QStringLiteral("model.layers.2\t")));
    shown.session.focus().select(third.node, 5); // another view picks a member
    QCOMPARE(CostTreeModel::instance(shown.view.currentIndex()).number, 5);
    shown.session.focus().select(third.node); // and one that knows modules only
    QCOMPARE(CostTreeModel::instance(shown.view.currentIndex()).number, 5);
    shown.session.focus().back();
    shown.session.focus().back();
    QCOMPARE(CostTreeModel::instance(shown.view.currentIndex()).number, 2);
}

void TestUnfoldedTable::unfoldedRowsOpenAsFarAsTheyAreNotTooMany()
{
    Shown shown("qwen2.5-7b");
    shown.session.lens().setFoldsRepeats(false);
    // 60 * 1200 experts are 72,000 rows; their matrices were three times as many.
    QVERIFY(shown.session.show(test::foldedExpertModel(60, 1200)).has_value());
    shown.view.openTo(TreeView::deepest);
    const std::int32_t expert = nodeAt(shown.session, "model.layers.0-59.mlp.experts.0-1199");
    const Instance list{nodeAt(shown.session, "model.layers.0-59.mlp.experts"), 59};
    QVERIFY(shown.view.isExpanded(shown.view.costs().indexOf(list)));
    QVERIFY(!shown.view.isExpanded(shown.view.costs().indexOf(expert)));
    shown.view.openBelow({nodeAt(shown.session, "model.layers.0-59"), 7});
    QVERIFY(shown.view.isExpanded(shown.view.costs().indexOf({expert, 7 * 1200 + 1199})));
    QVERIFY(!shown.view.isExpanded(shown.view.costs().indexOf({expert, 8 * 1200})));
}

void TestUnfoldedTable::searchInVeryManyRowsOpensFirstMembers()
{
    Shown shown("qwen2.5-7b");
    shown.session.lens().setFoldsRepeats(false);
    QVERIFY(shown.session.show(test::foldedExpertModel(60, 1200)).has_value());
    shown.search("_proj");
    const std::int32_t layer = nodeAt(shown.session, "model.layers.0-59");
    QVERIFY(shown.view.isExpanded(shown.view.costs().indexOf({layer, 0})));
    QVERIFY(!shown.view.isExpanded(shown.view.costs().indexOf({layer, 1})));
}

QTEST_MAIN(TestUnfoldedTable)
#include "tst_unfolded_table.moc"
