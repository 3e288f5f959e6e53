// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compared.h"
#include "ui/compare/comparison_model.h"
#include "ui/compare/comparison_text.h"
#include "ui/text.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// With plain blanks.
QString cell(const ComparisonModel& model, std::int32_t row, int column)
{
    return model.indexOf(row, column).data().toString().simplified();
}

} // namespace

class TestComparisonModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsTheRulesOfItemModels()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        ComparisonModel model(two.comparison);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.sort(ComparisonModel::DeltaColumn, Qt::AscendingOrder);
        two.session.finder().search(QStringLiteral("mlp"), &two.session.run());
        two.comparison.swap();
        two.session.finder().search({}, &two.session.run());
        two.session.lens().setMeasure(measureNamed("params"));
        two.comparison.setOpen(false);
        QCOMPARE(model.rowCount(), 0);
    }

    void totalsAreThoseOfBothModels()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        const Measure& flops = two.comparison.lens().measure();
        QCOMPARE(cell(model, 0, ComparisonModel::ModuleColumn), QStringLiteral("Total"));
        QCOMPARE(cell(model, 0, ComparisonModel::AColumn),
                 text::brief(two.total(Side::A), flops).simplified());
        QCOMPARE(cell(model, 0, ComparisonModel::BColumn),
                 text::brief(two.total(Side::B), flops).simplified());
    }

    void differencesHaveTheirSign()
    {
        // All of B is smaller.
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        QVERIFY(cell(model, 0, ComparisonModel::DeltaColumn).startsWith(QChar(0x2212)));
        QVERIFY(model.indexOf(0).data(ComparisonModel::FractionRole).toDouble() < 0);
        two.comparison.swap();
        QVERIFY(cell(model, 0, ComparisonModel::DeltaColumn).startsWith(QLatin1Char('+')));
        QVERIFY(model.indexOf(0).data(ComparisonModel::FractionRole).toDouble() > 0);
    }

    void whatIsInOneModelOnlySaysSo()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        const std::int32_t vte = two.row(Side::A, "vte");
        QCOMPARE(model.indexOf(vte).data(ComparisonModel::ChipRole).toString(), QStringLiteral("only in A"));
        QCOMPARE(cell(model, vte, ComparisonModel::BColumn), QStringLiteral("absent"));
        QCOMPARE(cell(model, vte, ComparisonModel::RatioColumn), QStringLiteral("gone"));
        two.comparison.swap();
        const std::int32_t again = two.row(Side::B, "vte");
        QCOMPARE(model.indexOf(again).data(ComparisonModel::ChipRole).toString(),
                 QStringLiteral("only in B"));
        QCOMPARE(cell(model, again, ComparisonModel::AColumn), QStringLiteral("absent"));
        QCOMPARE(cell(model, again, ComparisonModel::RatioColumn), QStringLiteral("new"));
    }

    void pairsShowBothNamesAndLengths()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        const QModelIndex llm = model.indexOf(two.row(Side::A, "llm"));
        QCOMPARE(llm.data(ComparisonModel::OtherNameRole).toString(), QStringLiteral("language_model"));
        const QModelIndex layers = model.indexOf(two.row(Side::A, "llm.model.layers.0-35"));
        QCOMPARE(layers.data(ComparisonModel::RepeatRole).toString(), QStringLiteral("× 36 ↔ × 24"));
        QVERIFY(llm.data(Qt::ToolTipRole).toString().contains(QLatin1String("language_model")));
        QVERIFY(llm.data(Qt::AccessibleTextRole).toString().contains(QLatin1String("in B language_model")));
    }

    void equalModelsDifferInNothing()
    {
        Compared two("qwen2.5-0.5b", "qwen2.5-0.5b");
        const ComparisonModel model(two.comparison);
        QCOMPARE(cell(model, 0, ComparisonModel::DeltaColumn), QString(QChar(0x2013)));
        QCOMPARE(model.indexOf(0).data(ComparisonModel::FractionRole).toDouble(), 0.0);
        QCOMPARE(model.indexOf(0).data(ComparisonModel::DirectionRole).toInt(), 0);
    }

    void ratiosAreNeverNoNumbers()
    {
        QCOMPARE(text::ratio({0, 0}), QString(QChar(0x2013)));
        QCOMPARE(text::ratio({0, 5}), QStringLiteral("from 0"));
        QCOMPARE(text::ratio({200, 1}), text::ratio({400, 2})); // 0.005
        QCOMPARE(text::ratio({4, 1}).simplified(), QStringLiteral("0.25 ×"));
        QVERIFY(text::ratio({1'000'000, 1}).startsWith(QLatin1String("< 0.01")));
        QCOMPARE(text::ratio({Count::saturated(), 1}), QStringLiteral("unknown"));
        QCOMPARE(text::delta({Count::saturated(), Count::saturated()}, measureNamed("flops")),
                 QStringLiteral("unknown"));
    }

    void searchLooksInBothModels()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        two.session.finder().search(QStringLiteral("language_model"), &two.session.run());
        QVERIFY(model.indexOf(two.row(Side::B, "language_model")).isValid());
        QVERIFY(!model.indexOf(two.row(Side::A, "vte")).isValid());
        two.session.finder().search({}, &two.session.run());
        QVERIFY(model.indexOf(two.row(Side::A, "vte")).isValid());
    }

    void siblingsAreSortedByTheirDifference()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        ComparisonModel model(two.comparison);
        model.sort(ComparisonModel::DeltaColumn, Qt::DescendingOrder);
        const auto& figures = two.comparison.figures().rows;
        Count last = Count::saturated();
        for (int i = 0; i < model.rowCount(model.index(0, 0)); ++i) {
            const QModelIndex index = model.index(i, 0, model.index(0, 0));
            if (index.data(ComparisonModel::OwnRole).toBool())
                continue;
            const auto row = static_cast<std::size_t>(ComparisonModel::row(index));
            const Count change = figures[row].b - figures[row].a;
            QVERIFY(change <= last);
            last = change;
        }
        model.sort(-1, Qt::AscendingOrder);
        QCOMPARE(ComparisonModel::row(model.index(0, 0, model.index(0, 0))), 1);
    }

    void newFiguresAreToldOnceAndKeepTheRows()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const ComparisonModel model(two.comparison);
        const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        const QString before = cell(model, 0, ComparisonModel::AColumn);
        two.session.setInput(QStringLiteral("text_tokens"), QStringLiteral("4096"));
        two.comparison.settle();
        QCOMPARE(resets.size(), 0);
        QVERIFY(changes.size() >= 1);
        QVERIFY(cell(model, 0, ComparisonModel::AColumn) != before);
    }

    void linkedInputsAreOneStepForBoth()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        two.session.setInput(QStringLiteral("text_tokens"), QStringLiteral("1000"));
        two.comparison.settle();
        QCOMPARE(two.comparison.run(Side::A).workload.textTokens, 1000);
        QCOMPARE(two.comparison.run(Side::B).workload.textTokens, 1000);
        QCOMPARE(two.session.undoStack().count(), 1);
        two.session.undoStack().undo();
        two.comparison.settle();
        QCOMPARE(two.comparison.run(Side::A).workload.textTokens, 256);
        QCOMPARE(two.comparison.run(Side::B).workload.textTokens, 256);
    }

    void separateInputsAreUndoneInTheirOrder()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        Session& b = two.comparison.session(Side::B);
        two.comparison.setLinksInputs(false);
        two.session.setInput(QStringLiteral("text_tokens"), QStringLiteral("1000"));
        b.setInput(QStringLiteral("text_tokens"), QStringLiteral("2000"));
        two.session.undoStack().undo();
        two.comparison.settle();
        QCOMPARE(two.session.run().workload.textTokens, 1000);
        QCOMPARE(b.run().workload.textTokens, 256);
    }

    void undoGoesWithTheModelsThatWereSwapped()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        Session& b = two.comparison.session(Side::B);
        two.comparison.setLinksInputs(false);
        two.session.setInput(QStringLiteral("text_tokens"), QStringLiteral("1000"));
        two.comparison.swap();
        QCOMPARE(b.run().workload.textTokens, 1000);
        two.session.undoStack().undo();
        two.comparison.settle();
        QCOMPARE(b.run().workload.textTokens, 256);
        QCOMPARE(two.session.run().workload.textTokens, 256);
    }

    void aPairByHandIsUndoable()
    {
        // A language model alone has none of the tower, and its head is the other one's norm only by hand.
        Compared two("ovis2-4b", "internvl2-1b");
        two.comparison.setPairs({{"vte", "vision_model"}});
        const std::int32_t vte = two.row(Side::A, "vte");
        QCOMPARE(two.comparison.row(vte).match, Match::Hand);
        QCOMPARE(two.row(Side::B, "vision_model"), vte);
        two.comparison.unpair(vte);
        QVERIFY(two.row(Side::B, "vision_model") != two.row(Side::A, "vte"));
        QVERIFY(two.comparison.pairs().empty());
        two.session.undoStack().undo();
        QCOMPARE(two.comparison.pairs(), (std::vector<PathPair>{{"vte", "vision_model"}}));
        QCOMPARE(two.row(Side::B, "vision_model"), two.row(Side::A, "vte"));
    }

    void onlyRowsOfDifferentSidesCanBePaired()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        const std::int32_t vte = two.row(Side::A, "vte");
        QVERIFY(!two.comparison.canPair(vte, two.row(Side::A, "llm")));
        QVERIFY(!two.comparison.canPair(vte, vte));
        QVERIFY(!two.comparison.canPair(0, vte));
    }

    void hoverSelectionAndMiddleAreSharedByPairs()
    {
        Compared two("ovis2-4b", "internvl2-1b");
        Session& b = two.comparison.session(Side::B);
        two.session.focus().hover(two.node(Side::A, "llm"));
        QCOMPARE(b.focus().hovered(), two.node(Side::B, "language_model"));
        b.focus().hover(-1);
        QCOMPARE(two.session.focus().hovered(), -1);
        b.focus().select(two.node(Side::B, "vision_model"));
        QCOMPARE(two.session.focus().selected(),
                 two.comparison.node(Side::A, two.row(Side::B, "vision_model")));
        two.session.focus().zoom(two.node(Side::A, "llm"));
        QCOMPARE(b.focus().root(), two.node(Side::B, "language_model"));
        // What B has not leaves the nearest that it has.
        two.session.focus().hover(two.node(Side::A, "vte"));
        QCOMPARE(b.focus().hovered(), -1);
        two.session.focus().select(two.node(Side::A, "vte"));
        QCOMPARE(b.focus().selected(), 0);
    }
};

QTEST_MAIN(TestComparisonModel)
#include "tst_comparison_model.moc"
