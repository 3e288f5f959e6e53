// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/partition.h"
#include "tests/support/cost_rows.h"

#include <QtTest>

#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Measure& params()
{
    return measures().front();
}

PartitionOptions rings(std::size_t count, double smallestTurns = 0)
{
    return {.smallestSpans = std::vector<double>(count, smallestTurns)};
}

/// "module 1-4 ring 0 at 0.25 + 0.5": one line a slice.
QStringList linesOf(const Partition& partition)
{
    static constexpr std::array kinds{"module", "own", "rest"};
    QStringList lines;
    for (const Slice& slice : partition.slices)
        lines += QStringLiteral("%1 %2-%3 ring %4 at %5 + %6")
                     .arg(QLatin1String(kinds[static_cast<std::size_t>(slice.kind)]))
                     .arg(slice.node)
                     .arg(slice.last)
                     .arg(slice.ring)
                     .arg(slice.startTurns, 0, 'g', 6)
                     .arg(slice.spanTurns, 0, 'g', 6);
    return lines;
}

} // namespace

class TestPartition : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void slicesAreSharesOfTheirParent()
    {
        const CostTree tree = treeOf({{0}, {1, 60}, {1}, {2, 10}, {2, 30}});
        const Partition result = partition(tree, params(), rings(8));
        QCOMPARE(result.rings, 2);
        QCOMPARE(linesOf(result), QStringList({QStringLiteral("module 1-1 ring 0 at 0 + 0.6"),
                                               QStringLiteral("module 2-2 ring 0 at 0.6 + 0.4"),
                                               QStringLiteral("module 3-3 ring 1 at 0.6 + 0.1"),
                                               QStringLiteral("module 4-4 ring 1 at 0.7 + 0.3")}));
        QCOMPARE(result.slices[3].parent, 1);
        QCOMPARE(result.slices[0].parent, -1);
    }

    void whatAModuleComputesItselfHasASliceBesideItsChildren()
    {
        // An attention of 40: 30 in its projection, 10 in the kernel it calls itself.
        const CostTree tree = treeOf({{0}, {1, 60}, {1, 10}, {2, 30}});
        QCOMPARE(linesOf(partition(tree, params(), rings(8))).mid(1),
                 QStringList({QStringLiteral("module 2-2 ring 0 at 0.6 + 0.4"),
                              QStringLiteral("module 3-3 ring 1 at 0.6 + 0.3"),
                              QStringLiteral("own 2-2 ring 1 at 0.9 + 0.1")}));
    }

    void aModuleWithoutChildrenOfTheMeasureIsNotRepeatedOutside()
    {
        const CostTree tree = treeOf({{0}, {1, 5}, {2, 0}, {1, 15}});
        QCOMPARE(linesOf(partition(tree, params(), rings(8))),
                 QStringList({QStringLiteral("module 1-1 ring 0 at 0 + 0.25"),
                              QStringLiteral("module 3-3 ring 0 at 0.25 + 0.75")}));
    }

    void oneChildThatIsAllOfItsParentMergesWithIt()
    {
        // model 1000 = norm 10 + layers 990, two runs of blocks; head 1000.
        const CostTree tree = treeOf({{0}, {1}, {2, 10}, {2}, {3, 90, 5}, {3, 54, 10}, {1, 1000}});
        const Partition result = partition(tree, params(), rings(8));
        QCOMPARE(linesOf(result), QStringList({QStringLiteral("module 1-3 ring 0 at 0 + 0.5"),
                                               QStringLiteral("module 4-4 ring 1 at 0 + 0.225"),
                                               QStringLiteral("module 5-5 ring 1 at 0.225 + 0.27"),
                                               QStringLiteral("rest 3-3 ring 1 at 0.495 + 0.005"),
                                               QStringLiteral("module 6-6 ring 0 at 0.5 + 0.5")}));
        QCOMPARE(result.gatheredIn(result.slices[3]).front(), 2); // the norm beside the chain
        PartitionOptions apart = rings(8);
        apart.mergesChains = false;
        QCOMPARE(partition(tree, params(), apart).slices[0].last, 1);
    }

    void aRunDoesNotMergeAway()
    {
        const CostTree tree = treeOf({{0}, {1}, {2, 0, 36}, {3}, {4, 1}, {1, 36}});
        QCOMPARE(linesOf(partition(tree, params(), rings(8))),
                 QStringList({QStringLiteral("module 1-1 ring 0 at 0 + 0.5"),
                              QStringLiteral("module 2-2 ring 1 at 0 + 0.5"),
                              QStringLiteral("module 3-3 ring 2 at 0 + 0.5"),
                              QStringLiteral("module 4-4 ring 3 at 0 + 0.5"),
                              QStringLiteral("module 5-5 ring 0 at 0.5 + 0.5")}));
    }

    void unfoldedRunsAreSlicesInPlace()
    {
        const CostTree tree = treeOf({{0}, {1, 0, 4}, {2, 3}, {2, 1}, {1, 16}});
        PartitionOptions options = rings(8);
        options.foldsRepeats = false;
        const Partition result = partition(tree, params(), options);
        QCOMPARE(result.slices.size(), std::size_t(4 * 3 + 1));
        for (std::size_t i = 0; i < 4; ++i) {
            const Slice& block = result.slices[3 * i];
            QCOMPARE(block.instance, std::int64_t(i));
            QCOMPARE(block.copies, 4);
            QCOMPARE(block.startTurns, 0.125 * static_cast<double>(i));
            QCOMPARE(block.spanTurns, 0.125);
            const Slice& inside = result.slices[3 * i + 1];
            QCOMPARE(inside.parent, std::int32_t(3 * i));
            QCOMPARE(inside.copies, 4);
            QCOMPARE(inside.instance, -1);
            QCOMPARE(inside.spanTurns, 0.125 * 3 / 4);
        }
    }

    void aRunOfMembersTooThinStaysFolded()
    {
        const CostTree tree = treeOf({{0}, {1, 1, 100}, {1, 100}});
        PartitionOptions options = rings(8, 0.01); // a member has half of that
        options.foldsRepeats = false;
        const Partition result = partition(tree, params(), options);
        QCOMPARE(result.slices.size(), std::size_t(2));
        QCOMPARE(result.slices[0].instance, -1);
        QCOMPARE(result.slices[0].copies, 1);
    }

    void thinChildrenAreGathered()
    {
        const CostTree tree = treeOf({{0}, {1, 1}, {1, 96}, {1, 1}, {1, 1}, {1, 0}, {1, 1}});
        const Partition result = partition(tree, params(), rings(8, 0.02));
        QCOMPARE(linesOf(result), QStringList({QStringLiteral("module 2-2 ring 0 at 0 + 0.96"),
                                               QStringLiteral("rest 0-0 ring 0 at 0.96 + 0.04")}));
        const auto modules = result.gatheredIn(result.slices[1]);
        QCOMPARE(std::vector<std::int32_t>(modules.begin(), modules.end()),
                 (std::vector<std::int32_t>{1, 3, 4, 6}));
    }

    void aRestTooThinIsLeftOut()
    {
        const CostTree tree = treeOf({{0}, {1, 995}, {1, 5}});
        QCOMPARE(partition(tree, params(), rings(8, 0.02)).slices.size(), std::size_t(1));
    }

    void tiedChildrenAreScaledToFitTheirParent()
    {
        // Both children hold the same table of 30; the second has 30 more.
        CostTree tree = treeOf({{0}, {1, 30}, {1, 60}});
        tree.nodes[0].each.params = tree.nodes[0].total.params = 60;
        QCOMPARE(linesOf(partition(tree, params(), rings(8))),
                 QStringList({QStringLiteral("module 1-1 ring 0 at 0 + 0.333333"),
                              QStringLiteral("module 2-2 ring 0 at 0.333333 + 0.666667")}));
    }

    void aTiedChildDoesNotMergeItsSiblingAway()
    {
        // The first child is all of the parent, but the second is more than nothing.
        CostTree tree = treeOf({{0}, {1}, {2}, {3, 60}, {2, 30}});
        for (const std::size_t node : {0U, 1U})
            tree.nodes[node].each.params = tree.nodes[node].total.params = 60;
        QCOMPARE(chainChild(tree, params(), 1), -1);
        QCOMPARE(partition(tree, params(), rings(8)).slices.size(), std::size_t(4));
    }

    void nothingOfAMeasureIsAnEmptyPartition()
    {
        const CostTree tree = treeOf({{0}, {1}, {2}});
        const Partition result = partition(tree, params(), rings(8));
        QVERIFY(result.slices.empty());
        QCOMPARE(result.rings, 0);
    }

    void ringsEndWhereTheOptionsDo()
    {
        const CostTree tree = treeOf({{0}, {1}, {2, 1}, {2, 1}, {1, 2}});
        QCOMPARE(partition(tree, params(), rings(1)).slices.size(), std::size_t(2));
        QVERIFY(partition(tree, params(), rings(0)).slices.empty());
    }

    void anyModuleCanBeTheRoot()
    {
        const CostTree tree = treeOf({{0}, {1, 7}, {1, 0, 2}, {2, 1}, {2, 3}});
        PartitionOptions options = rings(8);
        options.root = 2;
        QCOMPARE(linesOf(partition(tree, params(), options)),
                 QStringList({QStringLiteral("module 3-3 ring 0 at 0 + 0.25"),
                              QStringLiteral("module 4-4 ring 0 at 0.25 + 0.75")}));
    }

    void saturatedCountsStayInsideTheCircle()
    {
        const std::int64_t huge = Count::saturated().value();
        const Partition result = partition(treeOf({{0}, {1, huge}, {1, huge}}), params(), rings(8));
        QCOMPARE(result.slices.size(), std::size_t(2));
        QCOMPARE(result.slices[1].startTurns + result.slices[1].spanTurns, 1.0);
    }

    void ownOfARoutedExpertCountsItsVisits()
    {
        // 64 experts of which a token passes 6; each has 5 itself and 10 below.
        const Measure& active = measures()[1];
        CostNode expert{.repeat = 64, .instances = 64};
        expert.self.activeParams = 5;
        expert.each.activeParams = 15;
        expert.total.activeParams = 15 * 6;
        QCOMPARE(ownTotal(expert, active).value(), 5 * 6);
    }
};

QTEST_APPLESS_MAIN(TestPartition)
#include "tst_partition.moc"
