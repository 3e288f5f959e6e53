// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/unfolding.h"
#include "tests/support/cost_rows.h"

#include <QtTest>

#include <algorithm>
#include <limits>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Three layers with four experts of one matrix each.
CostTree experts()
{
    return treeOf({{0, 1}, {1, 1}, {2, 1, 3}, {3, 1}, {4, 1, 4}, {5, 1}});
}
/// Three layers, 2 to 4, with four experts each.
Trace traceOfLayers()
{
    Trace trace;
    trace.modules = {{.name = "", .end = 5},
                     {.name = "layers", .parent = 0, .end = 5},
                     {.name = "2", .parent = 1, .end = 5, .repeat = 3},
                     {.name = "experts", .parent = 2, .end = 5},
                     {.name = "0", .parent = 3, .end = 5, .repeat = 4}};
    return trace;
}
CostTree costsOfLayers()
{
    return treeOf({{0, 1}, {1, 1}, {2, 1, 3}, {3, 1}, {4, 1, 4}});
}
constexpr std::int32_t layer = 2;
constexpr std::int32_t expert = 4;
constexpr std::int32_t matrix = 5;

} // namespace

class TestUnfolding : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void foldedEveryNodeIsOneRow();
    void runsInsideRunsMultiply();
    void everyRowHasANumberOfItsOwn();
    void membersFollowEachOtherInsideTheRowAroundThem();
    void rowsSumToTheTotal();
    void expertsThatATokenMayNotVisitShowTheAverage();
    void membersThatShareATensorShowItEach();
    void runsOfTooManyRowsStayFolded();
    void innerRunsGiveWayFirst();
    void hugeProductsDoNotOverflow();
    void pathsNameMembers_data();
    void pathsNameMembers();
    void aLabelNamesAllMembers();
    void everyRowIsFoundByItsPath();
};

void TestUnfolding::foldedEveryNodeIsOneRow()
{
    const Unfolding folded(experts(), true);
    QCOMPARE(folded.rows(), std::size_t(6));
    QCOMPARE(folded.copies(matrix), 1);
    QCOMPARE(folded.id(matrix), std::size_t(matrix));
    QCOMPARE(Unfolding().id(matrix), std::size_t(matrix));
}

void TestUnfolding::runsInsideRunsMultiply()
{
    const Unfolding unfolded(experts(), false);
    QCOMPARE(unfolded.members(layer), 3);
    QCOMPARE(unfolded.members(matrix), 1);
    QCOMPARE(unfolded.copies(layer), 3);
    QCOMPARE(unfolded.copies(expert), 3 * 4);
    QCOMPARE(unfolded.copies(matrix), 3 * 4);
    QCOMPARE(unfolded.rows(), std::size_t(2 + 3 * (2 + 4 * 2)));
}

void TestUnfolding::everyRowHasANumberOfItsOwn()
{
    const Unfolding unfolded(experts(), false);
    std::vector<bool> seen(unfolded.rows());
    for (std::int32_t node = 0; node <= matrix; ++node)
        for (std::int32_t number = 0; number < unfolded.copies(node); ++number) {
            QVERIFY(!seen.at(unfolded.id({node, number})));
            seen[unfolded.id({node, number})] = true;
        }
    QVERIFY(std::ranges::find(seen, false) == seen.end());
}

void TestUnfolding::membersFollowEachOtherInsideTheRowAroundThem()
{
    const Unfolding unfolded(experts(), false);
    const Instance last{expert, 2 * 4 + 1}; // expert 1 of layer 2
    QCOMPARE(unfolded.member(last), 1);
    QCOMPARE(unfolded.outer(last, layer + 1), Instance(layer + 1, 2));
    QCOMPARE(unfolded.member({layer, 2}), 2);
    QCOMPARE(unfolded.outer({layer, 2}, 1), Instance(1, 0));
}

void TestUnfolding::rowsSumToTheTotal()
{
    const CostTree tree = experts();
    const Unfolding unfolded(tree, false);
    // A layer: itself, the list in it, and four experts with a matrix each.
    QCOMPARE(costsOfRow(tree, unfolded, layer).params, Count(1 + 1 + 4 * 2));
    QCOMPARE(costsOfRow(tree, Unfolding(tree, true), layer).params, Count(3 * (1 + 1 + 4 * 2)));
    for (std::int32_t node = 0; node <= matrix; ++node)
        QCOMPARE(costsOfRow(tree, unfolded, node).params * unfolded.copies(node),
                 tree.nodes[static_cast<std::size_t>(node)].total.params);
}

void TestUnfolding::expertsThatATokenMayNotVisitShowTheAverage()
{
    CostTree tree = experts();
    tree.nodes[expert].each.activeParams = 10;
    tree.nodes[expert].total.activeParams = 3 * 2 * 10; // two of the four
    QCOMPARE(costsOfRow(tree, Unfolding(tree, false), expert).activeParams, Count(10 * 2 / 4));
}

void TestUnfolding::membersThatShareATensorShowItEach()
{
    CostTree tree = experts();
    tree.nodes[layer].each.params = 100;
    tree.nodes[layer].total.params = 100; // the same tensor in all three
    QCOMPARE(costsOfRow(tree, Unfolding(tree, false), layer).params, Count(100));
}

void TestUnfolding::runsOfTooManyRowsStayFolded()
{
    // 100 * (2 + 10'000 * 2) = 2,000,200 rows; without the experts' members 100 * 4.
    const CostTree tree = treeOf({{0, 1}, {1, 1, 100}, {2, 1}, {3, 1, 10'000}, {4, 1}});
    const Unfolding unfolded(tree, false);
    QCOMPARE(unfolded.members(1), 100);
    QCOMPARE(unfolded.members(3), 1);
    QCOMPARE(unfolded.copies(4), 100);
    QCOMPARE(unfolded.rows(), std::size_t(1 + 100 * 4));
    // Each row then stands for all experts of one layer.
    QCOMPARE(costsOfRow(tree, unfolded, 3).params, Count(10'000 * 2));
}

void TestUnfolding::innerRunsGiveWayFirst()
{
    // The experts of the first part are too many beside the second part's layers, which stand further out.
    const CostTree tree = treeOf({{0, 1}, {1, 1}, {2, 1, 1'999'998}, {1, 1, 10}});
    const Unfolding unfolded(tree, false);
    QCOMPARE(unfolded.members(3), 10);
    QCOMPARE(unfolded.members(2), 1);
}

void TestUnfolding::hugeProductsDoNotOverflow()
{
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 4;
    const CostTree tree = treeOf({{0, 1}, {1, 1, most}, {2, 1, most}, {3, 1, 1'000}, {4, 1, most}});
    const Unfolding unfolded(tree, false);
    QCOMPARE(unfolded.members(1), 1);
    QCOMPARE(unfolded.members(2), 1);
    QCOMPARE(unfolded.members(3), 1'000);
    QCOMPARE(unfolded.rows(), std::size_t(3 + 1'000 * 2));
}

void TestUnfolding::pathsNameMembers_data()
{
    QTest::addColumn<bool>("folds");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("node");
    QTest::addColumn<int>("number");
    QTest::newRow("the model") << false << QByteArray("") << 0 << 0;
    QTest::newRow("member") << false << QByteArray("layers.2") << 2 << 0;
    QTest::newRow("member of a member") << false << QByteArray("layers.4.experts.3") << 4 << 2 * 4 + 3;
    QTest::newRow("run") << false << QByteArray("layers.2-4.experts") << 3 << 0;
    QTest::newRow("folded run") << true << QByteArray("layers.2-4.experts.0-3") << 4 << 0;
    QTest::newRow("member of a folded run") << true << QByteArray("layers.3") << -1 << 0;
    QTest::newRow("number before the run") << false << QByteArray("layers.1") << -1 << 0;
    QTest::newRow("number behind the run") << false << QByteArray("layers.5") << -1 << 0;
    QTest::newRow("half a number") << false << QByteArray("layers.2-") << -1 << 0;
    QTest::newRow("nothing of this name") << false << QByteArray("layer") << -1 << 0;
}

void TestUnfolding::pathsNameMembers()
{
    QFETCH(bool, folds);
    QFETCH(QByteArray, path);
    const Unfolding unfolding(costsOfLayers(), folds);
    const auto row = rowAt(traceOfLayers(), unfolding, path.toStdString());
    QTEST(row ? row->node : -1, "node");
    QTEST(row ? row->number : 0, "number");
}

void TestUnfolding::aLabelNamesAllMembers()
{
    const Unfolding unfolding(costsOfLayers(), false);
    const auto rows = [&](std::string_view path) { return rowsAt(traceOfLayers(), unfolding, path).size(); };
    QCOMPARE(rows(""), std::size_t(1));
    QCOMPARE(rows("layers.2-4"), std::size_t(3));
    QCOMPARE(rows("layers.2-4.experts.0-3"), std::size_t(3 * 4));
    QCOMPARE(rows("layers.3.experts.0-3"), std::size_t(4));
    QCOMPARE(rows("layers.2-4.experts.3"), std::size_t(3));
    QCOMPARE(rows("layers.3.experts.4"), std::size_t(0));
    QVERIFY(rowsAt(traceOfLayers(), unfolding, "layers.4.experts.1").front() == Instance(4, 2 * 4 + 1));
}

void TestUnfolding::everyRowIsFoundByItsPath()
{
    for (const bool folds : {true, false}) {
        const Unfolding unfolding(costsOfLayers(), folds);
        for (std::int32_t node = 0; node < 5; ++node)
            for (std::int32_t number = 0; number < unfolding.copies(node); ++number) {
                const std::string path = pathAt(traceOfLayers(), unfolding, {node, number});
                QVERIFY(rowAt(traceOfLayers(), unfolding, path) == Instance(node, number));
            }
    }
    const Unfolding unfolded(costsOfLayers(), false);
    QCOMPARE(pathAt(traceOfLayers(), unfolded, {4, 2 * 4 + 1}), std::string("layers.4.experts.1"));
    QCOMPARE(pathAt(traceOfLayers(), unfolded, {4, 2 * 4 + 1}, 1), std::string("layers.4.experts.0-3"));
    QCOMPARE(pathAt(traceOfLayers(), unfolded, {4, 2 * 4 + 1}, 2), std::string("layers.2-4.experts.0-3"));
}

QTEST_GUILESS_MAIN(TestUnfolding)
#include "tst_unfolding.moc"
