// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/expert_tree.h"
#include "tests/support/tree_table.h"
#include "ui/models/cost_tree_model.h"
#include "ui/models/row_text.h"

#include <QAbstractItemModelTester>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;
using Tree = CostTreeModel;

namespace {

void set(Session& session, const char* input, const char* value)
{
    session.setInput(QString::fromLatin1(input), QString::fromLatin1(value));
    session.settle();
}

/// A cell as plain text, thin spaces widened.
QString cell(const Tree& model, std::int32_t node, int column, int role = Qt::DisplayRole)
{
    return model.indexOf(node, column).data(role).toString().replace(QChar(0x202F), QLatin1Char(' '));
}

constexpr const char* layer = "model.layers.0-27";

} // namespace

class TestCostTreeModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyModuleIsOneRowAndNothingLiesBeyond();
    void keepsTheRulesOfItemModels();
    void figuresAreTotalsOverAllInstances();
    void tiedParametersShowInEveryHolderAndCountOnce();
    void zeroIsADash();
    void saturatedFiguresSayAtLeast();
    void sharesAreOfModelAndOfParent();
    void accessibleTextSaysTheRow();
    void modulesThatDidNotRunSaySo();
    void newFiguresAreOneChangeAndKeepIndexes();
    void sortsSiblingsAndRestoresTheOrderOfTheModel();
    void equalSiblingsKeepTheOrderOfTheModel();
    void namesSortByTheirNumbers();
    void newFiguresKeepRowsSorted();
    void searchLeavesMatchesAndTheirAncestors();
    void searchWithoutMatchesLeavesNothing();
    void otherModulesResetTheRows();
    void shareFollowsTheMeasure();
    void rowsAreTextForOtherPrograms();
};

void TestCostTreeModel::everyModuleIsOneRowAndNothingLiesBeyond()
{
    Session session;
    QVERIFY(session.show(test::expertModel(2, 3)).has_value());
    const Tree model(session);
    QCOMPARE(checkedRows(model, {}), 2 * (3 * (test::modulesPerExpert + test::ownRowsPerExpert) +
                                          test::modulesPerLayer + test::ownRowsPerLayer) +
                                         test::modulesAround);
}

void TestCostTreeModel::keepsTheRulesOfItemModels()
{
    Session session;
    Tree model(session);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QCOMPARE(model.rowCount(), 0);
    open(session, "ovis2-4b");
    set(session, "text_tokens", "100");
    model.sort(Tree::FlopsColumn, Qt::DescendingOrder);
    session.finder().search(QStringLiteral("proj"), &session.run());
    set(session, "images", "0");
    model.sort(-1, Qt::AscendingOrder);
    session.finder().search({}, &session.run());
    session.lens().setFoldsRepeats(false);
    open(session, "qwen2.5-7b");
    set(session, "text_tokens", "100");
    model.sort(Tree::ModuleColumn, Qt::DescendingOrder);
    session.finder().search(QStringLiteral("proj"), &session.run());
    session.lens().setFoldsRepeats(true);
    session.finder().search({}, &session.run());
    session.lens().setFoldsRepeats(false);
    open(session, "ovis2-4b");
    set(session, "images", "0");
    session.close();
    QCOMPARE(model.rowCount(), 0);
}

void TestCostTreeModel::figuresAreTotalsOverAllInstances()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    const std::int32_t gate = nodeAt(session, "model.layers.0-27.mlp.gate_proj");
    // 28 * 3584 * 18944 = 1,901,068,288
    QCOMPARE(cell(model, gate, Tree::ParamsColumn), QStringLiteral("1.90 B"));
    QCOMPARE(cell(model, gate, Tree::InstancesColumn), QStringLiteral("28"));
    const QString tip = cell(model, gate, Tree::ParamsColumn, Qt::ToolTipRole);
    QVERIFY(tip.contains(QStringLiteral("1,901,068,288 parameters")));
    QVERIFY(tip.contains(QStringLiteral("67,895,296 per instance, 28 instances"))); // 3584 * 18944
    QVERIFY(tip.contains(QStringLiteral("33.3 % of mlp")));
}

void TestCostTreeModel::tiedParametersShowInEveryHolderAndCountOnce()
{
    Session session;
    open(session, "qwen2.5-0.5b");
    const Tree model(session);
    // One table of 151936 * 896 = 136,134,656 in a model of 494,032,768.
    QCOMPARE(cell(model, nodeAt(session, "model.embed_tokens"), Tree::ParamsColumn), QStringLiteral("136 M"));
    QCOMPARE(cell(model, nodeAt(session, "lm_head"), Tree::ParamsColumn), QStringLiteral("136 M"));
    QCOMPARE(cell(model, 0, Tree::ParamsColumn), QStringLiteral("494 M"));
}

void TestCostTreeModel::zeroIsADash()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    const std::int32_t table = nodeAt(session, "model.embed_tokens");
    QCOMPARE(cell(model, table, Tree::FlopsColumn), QStringLiteral("–"));
    QCOMPARE(cell(model, table, Tree::ShareColumn), QStringLiteral("–"));
    QCOMPARE(model.indexOf(table, Tree::ShareColumn).data(Tree::FractionRole).toDouble(), 0.0);
}

void TestCostTreeModel::saturatedFiguresSayAtLeast()
{
    Session session;
    open(session, "llama-3.1-405b");
    set(session, "text_tokens", "1073741824");
    set(session, "batch", "65536");
    const Tree model(session);
    QVERIFY(session.run().costs.root().total.forward.flops.isSaturated());
    QCOMPARE(cell(model, 0, Tree::FlopsColumn), QStringLiteral("≥ 9.22 E"));
    QCOMPARE(cell(model, 0, Tree::ShareColumn), QStringLiteral("100.0 %"));
}

void TestCostTreeModel::sharesAreOfModelAndOfParent()
{
    Session session;
    open(session, "qwen2.5-7b");
    session.lens().setMeasure(measures().front());
    const Tree model(session);
    const std::int32_t gate = nodeAt(session, "model.layers.0-27.mlp.gate_proj");
    // Three equal matrices: a third of the MLP; 1,901,068,288 of 7,615,616,512 in all.
    QCOMPARE(cell(model, gate, Tree::ParentShareColumn), QStringLiteral("33.3 %"));
    QCOMPARE(cell(model, gate, Tree::ShareColumn), QStringLiteral("25.0 %"));
    QCOMPARE(model.indexOf(gate, Tree::ParentShareColumn).data(Tree::FractionRole).toDouble(), 1.0 / 3);
    QCOMPARE(cell(model, 0, Tree::ParentShareColumn), QStringLiteral("100.0 %"));
}

void TestCostTreeModel::accessibleTextSaysTheRow()
{
    Session session;
    open(session, "qwen2.5-7b");
    session.lens().setMeasure(measures().front());
    const Tree model(session);
    const auto say = [&](const char* path) {
        return cell(model, nodeAt(session, path), Tree::ModuleColumn, Qt::AccessibleTextRole);
    };
    QCOMPARE(say("model.layers.0-27.mlp.gate_proj"),
             QStringLiteral("gate_proj, Linear, 1.90 B Params, 25.0 percent"));
    QCOMPARE(say("model.layers.0-27.mlp.act_fn"), QStringLiteral("act_fn, SiLU, 0 Params, 0.0 percent"));
    QVERIFY(say(layer).startsWith(QStringLiteral("0-27, Qwen2DecoderLayer, times 28, ")));
}

void TestCostTreeModel::modulesThatDidNotRunSaySo()
{
    Session session;
    open(session, "ovis2-4b");
    const Tree model(session);
    const std::int32_t tower = nodeAt(session, "visual_tokenizer");
    QVERIFY(model.indexOf(tower).data(Tree::RanRole).toBool());
    set(session, "images", "0");
    QVERIFY(!model.indexOf(tower).data(Tree::RanRole).toBool());
    QVERIFY(cell(model, tower, 0, Qt::AccessibleTextRole).contains(QStringLiteral("did not run")));
}

void TestCostTreeModel::newFiguresAreOneChangeAndKeepIndexes()
{
    Session session;
    open(session, "ovis2-4b");
    const Tree model(session);
    const QPersistentModelIndex kept = model.indexOf(nodeAt(session, "llm.lm_head"), Tree::FlopsColumn);
    const QString before = kept.data().toString();
    QSignalSpy changes(&model, &Tree::dataChanged);
    QSignalSpy resets(&model, &Tree::modelReset);
    set(session, "text_tokens", "4096");
    QCOMPARE(changes.count(), 1);
    QCOMPARE(resets.count(), 0);
    QVERIFY(kept.isValid());
    QVERIFY(kept.data().toString() != before);
}

void TestCostTreeModel::sortsSiblingsAndRestoresTheOrderOfTheModel()
{
    Session session;
    open(session, "qwen2.5-7b");
    Tree model(session);
    const std::int32_t node = nodeAt(session, layer);
    const QPersistentModelIndex norm = model.indexOf(nodeAt(session, "model.layers.0-27.input_layernorm"));
    const QStringList order = childNames(model, node);
    QCOMPARE(order.first(), QStringLiteral("self_attn"));
    model.sort(Tree::ParamsColumn, Qt::DescendingOrder);
    QCOMPARE(childNames(model, node).first(), QStringLiteral("mlp"));
    model.sort(Tree::ParamsColumn, Qt::AscendingOrder);
    QCOMPARE(childNames(model, node).last(), QStringLiteral("mlp"));
    QCOMPARE(norm.data().toString(), QStringLiteral("input_layernorm"));
    QCOMPARE(norm.row(), 1); // behind the residuals, which hold nothing
    model.sort(-1, Qt::AscendingOrder);
    QCOMPARE(childNames(model, node), order);
}

void TestCostTreeModel::equalSiblingsKeepTheOrderOfTheModel()
{
    Session session;
    open(session, "qwen2.5-7b");
    Tree model(session);
    const std::int32_t mlp = nodeAt(session, "model.layers.0-27.mlp");
    const QString first = QStringLiteral("gate_proj,up_proj,down_proj,act_fn,mul");
    const QString last = QStringLiteral("act_fn,mul,gate_proj,up_proj,down_proj");
    for (const int column : {int(Tree::ParamsColumn), int(Tree::MacsColumn)}) {
        model.sort(column, Qt::DescendingOrder);
        QCOMPARE(childNames(model, mlp).join(QLatin1Char(',')), first);
        model.sort(column, Qt::AscendingOrder);
        QCOMPARE(childNames(model, mlp).join(QLatin1Char(',')), last);
    }
    // By FLOPs the product costs a quarter of SiLU.
    model.sort(Tree::ParentShareColumn, Qt::DescendingOrder);
    QCOMPARE(childNames(model, mlp).join(QLatin1Char(',')), first);
    model.sort(Tree::ParentShareColumn, Qt::AscendingOrder);
    QCOMPARE(childNames(model, mlp).join(QLatin1Char(',')),
             QStringLiteral("mul,act_fn,gate_proj,up_proj,down_proj"));
}

void TestCostTreeModel::namesSortByTheirNumbers()
{
    Session session;
    QVERIFY(session.show(test::expertModel(11, 1)).has_value());
    Tree model(session);
    const std::int32_t layers = nodeAt(session, "model.layers");
    model.sort(Tree::ModuleColumn, Qt::DescendingOrder);
    QCOMPARE(childNames(model, layers).mid(0, 3).join(QLatin1Char(' ')), QStringLiteral("10 9 8"));
    model.sort(Tree::ModuleColumn, Qt::AscendingOrder);
    QCOMPARE(childNames(model, layers).mid(0, 3).join(QLatin1Char(' ')), QStringLiteral("0 1 2"));
}

void TestCostTreeModel::newFiguresKeepRowsSorted()
{
    Session session;
    open(session, "qwen2.5-7b");
    set(session, "text_tokens", "1024");
    Tree model(session);
    model.sort(Tree::FlopsColumn, Qt::DescendingOrder);
    const std::int32_t node = nodeAt(session, layer);
    QCOMPARE(childNames(model, node).first(), QStringLiteral("mlp"));
    // Attention grows with the square of the prompt and overtakes.
    set(session, "text_tokens", "131072");
    QCOMPARE(childNames(model, node).first(), QStringLiteral("self_attn"));
}

void TestCostTreeModel::searchLeavesMatchesAndTheirAncestors()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    session.finder().search(QStringLiteral("o_proj"), &session.run());
    QCOMPARE(checkedRows(model, {}), 6); // root, model, layers, 0-27, self_attn, o_proj
    QVERIFY(!model.indexOf(nodeAt(session, "lm_head")).isValid());
    const QModelIndex match = model.indexOf(nodeAt(session, "model.layers.0-27.self_attn.o_proj"));
    QVERIFY(match.data(Tree::MatchRole).toBool());
    QVERIFY(!match.parent().data(Tree::MatchRole).toBool());
    session.finder().search({}, &session.run());
    // Attention scores, and turns queries and keys by products, sums and negations; the MLP multiplies by its
    // gate; a layer adds residuals.
    QCOMPARE(checkedRows(model, {}), static_cast<int>(session.run().trace.modules.size()) + (1 + 3) + 1 + 1);
}

void TestCostTreeModel::searchWithoutMatchesLeavesNothing()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    session.finder().search(QStringLiteral("convolution"), &session.run());
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!model.index(0, 0).isValid());
}

void TestCostTreeModel::otherModulesResetTheRows()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    session.finder().search(QStringLiteral("rotary"), &session.run());
    QSignalSpy resets(&model, &Tree::modelReset);
    open(session, "ovis2-4b"); // the search goes on in the other tree
    QCOMPARE(resets.count(), 1);
    QVERIFY(model.indexOf(nodeAt(session, "llm")).isValid());
    QVERIFY(!model.indexOf(nodeAt(session, "vte")).isValid());
}

void TestCostTreeModel::shareFollowsTheMeasure()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    const auto head = [&](int column) {
        return model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    };
    QCOMPARE(model.activeColumn(), int(Tree::FlopsColumn));
    QCOMPARE(head(Tree::ShareColumn), QStringLiteral("% of FLOPs"));
    QSignalSpy heads(&model, &Tree::headerDataChanged);
    session.lens().setMeasure(measures().front());
    QCOMPARE(heads.count(), 1);
    QCOMPARE(model.activeColumn(), int(Tree::ParamsColumn));
    QCOMPARE(head(Tree::ShareColumn), QStringLiteral("% of Params"));
    for (const Measure& measure : measures()) {
        session.lens().setMeasure(measure);
        QCOMPARE(Tree::measureOf(model.activeColumn()), &measure);
    }
}

void TestCostTreeModel::rowsAreTextForOtherPrograms()
{
    Session session;
    open(session, "qwen2.5-7b");
    const Tree model(session);
    const std::int32_t gate = nodeAt(session, "model.layers.0-27.mlp.gate_proj");
    const QList<int> columns{Tree::ModuleColumn, Tree::ParamsColumn};
    QCOMPARE(rowAsTabs(model, gate, columns), QStringLiteral("model.layers.0-27.mlp.gate_proj\t1.90 B"));
    QCOMPARE(rowAsMarkdown(model, gate, columns),
             QStringLiteral("| Module | Params |\n| :-- | --: |\n"
                            "| `model.layers.0-27.mlp.gate_proj` | 1.90 B |\n"));
}

QTEST_GUILESS_MAIN(TestCostTreeModel)
#include "tst_cost_tree_model.moc"
