// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/printed_amount.h"
#include "core/audit/printed_costs.h"
#include "core/cost/tolerance.h"
#include "core/exporters/exporter.h"
#include "core/sunflop.h"
#include "tests/support/reference.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// A report with this tree under a summary.
std::string reportWith(std::string_view tree)
{
    return "----- Calculate Flops Results -----\n\n"
           "Total Training Params:                                                  1.2 K   \n"
           "fwd MACs:                                                               2.4 KMACs\n"
           "fwd FLOPs:                                                              4.8 KFLOPS\n"
           "fwd+bwd MACs:                                                           7.2 KMACs\n"
           "fwd+bwd FLOPs:                                                          14.4 KFLOPS\n\n" +
           std::string(tree) + "\n-----\n";
}

Result<PrintedCosts> read(std::string_view text)
{
    const auto format = std::ranges::find(formats(), "report", &Format::id);
    return format->read({Bytes::of(std::string(text)), "printed", {}}).and_then([](const Source& source) {
        return printedCosts(source);
    });
}

/// Two sequences through a bundled model, as calflops counts them.
Run runOf(const std::string& model)
{
    return run(*open(model), std::vector<Assignment>{{"batch", "2"}}, *conventionNamed("calflops").value())
        .value();
}

std::string reportOf(const std::string& model)
{
    return exportedText(**exporterNamed("calflops"), runOf(model));
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    const std::size_t at = text.find(from);
    return at == std::string::npos ? std::string() : text.replace(at, from.size(), to);
}

/// The same report with its run of layers printed one by one.
std::string unfolded(const std::string& report, const std::string& folded, const std::string& className,
                     int count)
{
    const std::size_t first = report.find("(" + folded + "): ");
    const std::size_t column = first - report.rfind('\n', first) - 1;
    const std::string closing = "\n" + std::string(column, ' ') + ")\n";
    const std::size_t body = report.find('\n', first);
    const std::size_t end = report.find(closing, body) + closing.size();
    std::string layers;
    for (int i = 0; i < count; ++i)
        layers += (i == 0 ? std::string() : std::string(column, ' ')) + "(" + std::to_string(i) +
                  "): " + className + "(" + report.substr(body, end - body);
    return report.substr(0, first) + layers + report.substr(end);
}

const CostNode& node(const PrintedCosts& side, std::string_view path)
{
    for (std::size_t i = 0; i < side.run.costs.nodes.size(); ++i)
        if (side.run.trace.path(static_cast<std::int32_t>(i)) == path)
            return side.run.costs.nodes[i];
    qFatal("no module %s", std::string(path).c_str());
}

const Costs& error(const PrintedCosts& side, const CostNode& of)
{
    return side.errors[static_cast<std::size_t>(&of - side.run.costs.nodes.data())];
}

/// 24 M of 25 M parameters in three blocks, none of a family that is known.
constexpr std::string_view foreignTree =
    "Net(\n"
    "  25 M = 100% Params, 3 GMACs = 100% MACs, 6.1 GFLOPS = 100% FLOPs\n"
    "  (blocks): ModuleList(\n"
    "    (0-2): 3 x Block(\n"
    "      8 M = 32% Params, 990.5 MMACs = 33% MACs, 2 GFLOPS = 33% FLOPs\n"
    "      (fc): Linear(7.99 M = 32% Params, 990.5 MMACs = 33% MACs, 1.98 GFLOPS = 32% FLOPs, bias=True)\n"
    "    )\n"
    "  )\n"
    "  (head): Linear(896 = 0% Params, 30.5 MMACs = 1% MACs, 57 MFLOPS = 1% FLOPs, bias=False)\n"
    ")";

} // namespace

class TestPrintedCosts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFigurePrintsAsItWasPrinted_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("Ovis2-4B") << q("report_ovis2_4b.txt");
        QTest::newRow("InternVL2-1B") << q("report_internvl2_1b.txt");
    }

    void everyFigurePrintsAsItWasPrinted()
    {
        QFETCH(QString, file);
        const auto source = open((referenceFolder() / file.toStdString()).string());
        QVERIFY(source.has_value());
        const auto side = printedCosts(*source);
        QVERIFY(side.has_value());
        QVERIFY(side->behind.has_value());
        const Alignment alignment = align(*source->report, side->run.trace);
        for (std::size_t p = 0; p < source->report->modules.size(); ++p) {
            const PrintedModule& printed = source->report->modules[p];
            if (printed.module.isContainer)
                continue;
            const auto t = static_cast<std::size_t>(alignment.traced[p]);
            const PrintedFigures again =
                printedFigures(side->run.costs.nodes[t].each, side->run.costs.root().each, {});
            QCOMPARE(q(again.params), q(printed.figures.params));
            QCOMPARE(q(again.macs), q(printed.figures.macs));
            QCOMPARE(q(again.flops), q(printed.figures.flops));
            // What was counted, to the last digit, is no further away than rounding takes it.
            const Work counted = side->behind->run.costs.nodes[t].total.forward;
            const Count apart = counted.flops - side->run.costs.nodes[t].total.forward.flops;
            QVERIFY(std::max(apart, Count(0) - apart) <= side->errors[t].forward.flops);
        }
    }

    void totalsAreThePrintedFiguresOfEveryInstance()
    {
        const auto side = read(reportWith(foreignTree));
        QVERIFY(side.has_value());
        const CostNode& block = node(*side, "blocks.0-2");
        QCOMPARE(block.instances, 3);
        QCOMPARE(block.each.params.value(), 8'000'000);
        QCOMPARE(block.total.params.value(), 3 * 8'000'000);
        QCOMPARE(block.total.forward.macs.value(), 3 * 990'500'000LL);
        // Lists print nothing: what is in them.
        QCOMPARE(node(*side, "blocks").total.forward.flops.value(), 3 * 2'000'000'000LL);
        QCOMPARE(node(*side, "blocks.0-2.fc").total.params.value(), 3 * 7'990'000);
    }

    void errorsAreHalfAUnitOfTheLastDigitOfEveryInstance()
    {
        const auto side = read(reportWith(foreignTree));
        QVERIFY(side.has_value());
        // Amounts have two decimals, whether they print or not.
        QCOMPARE(error(*side, node(*side, "")).forward.flops.value(), 5'000'000);
        QCOMPARE(error(*side, node(*side, "blocks.0-2")).params.value(), 3 * 5'000);
        QCOMPARE(error(*side, node(*side, "blocks")).params.value(), 3 * 5'000);
        // Below a thousand every digit prints.
        QCOMPARE(error(*side, node(*side, "head")).params.value(), 0);
    }

    void ownPartsAreWhatTheTotalHasBesideItsChildren()
    {
        const auto side = read(reportWith(foreignTree));
        QVERIFY(side.has_value());
        QCOMPARE(node(*side, "blocks.0-2").self.forward.flops.value(), 2'000'000'000 - 1'980'000'000);
        QCOMPARE(node(*side, "").self.forward.flops.value(),
                 6'100'000'000 - 3 * 2'000'000'000LL - 57'000'000);
        // Three times 990.5 M and 30.5 M are more than 3 G, rounded as they all are.
        QCOMPARE(node(*side, "").self.forward.macs.value(), 0);
    }

    void sixDigitsAreAllThatPrint()
    {
        const Rounded large = rounded("12345.7 TFLOPS");
        QCOMPARE(large.value.value(), 12'345'700'000'000'000);
        QCOMPARE(large.error.value(), 100'000'000'000 / 2);
        const Rounded billions = rounded("4.3 B");
        QCOMPARE(billions.value.value(), 4'300'000'000);
        QCOMPARE(billions.error.value(), 10'000'000 / 2);
        QCOMPARE(rounded("896").value.value(), 896);
        QCOMPARE(rounded("0 MACs").error.value(), 0);
        QVERIFY(rounded("1e300 TFLOPS").value.isSaturated());
    }

    void runsMayBePrintedOneByOne()
    {
        const std::string folded = reportOf("qwen2.5-0.5b");
        const auto whole = read(folded);
        const auto single = read(unfolded(folded, "0-23", "Qwen2DecoderLayer", 24));
        QVERIFY(whole.has_value() && single.has_value());
        QVERIFY(whole->behind.has_value() && single->behind.has_value());
        for (std::size_t i = 0; i < whole->run.costs.nodes.size(); ++i) {
            QCOMPARE(single->run.costs.nodes[i].total.params.value(),
                     whole->run.costs.nodes[i].total.params.value());
            QCOMPARE(single->run.costs.nodes[i].total.forward.flops.value(),
                     whole->run.costs.nodes[i].total.forward.flops.value());
            QCOMPARE(single->errors[i].forward.flops.value(), whole->errors[i].forward.flops.value());
        }
    }

    void anEditedFigureIsGivenAsPrinted()
    {
        const std::string text = reportOf("qwen2.5-0.5b");
        const std::size_t head = text.find("(lm_head): Linear(");
        QVERIFY(head != std::string::npos);
        const std::size_t comma = text.find(", ", head) + 2;
        const std::string figure = text.substr(comma, text.find(" = ", comma) - comma);
        const auto side = read(text.substr(0, comma) + "77.77 GMACs" + text.substr(comma + figure.size()));
        QVERIFY(side.has_value());
        QVERIFY(side->behind.has_value());
        QCOMPARE(node(*side, "lm_head").total.forward.macs.value(), 77'770'000'000);
        QCOMPARE(side->behind->explanation.mismatches.size(), std::size_t{1});
        QVERIFY(side->behind->explanation.mismatches.front().place.ends_with("lm_head"));
    }

    void aTreeThatNoRunPrintsIsSaidAndStillRead()
    {
        const auto side =
            read(replaced(reportOf("qwen2.5-0.5b"), "(norm): Qwen2RMSNorm(", "(norm): OwnNorm("));
        QVERIFY(side.has_value());
        QVERIFY(!side->behind.has_value());
        QVERIFY(side->difference.find("model.norm: found OwnNorm, expected Qwen2RMSNorm") !=
                std::string::npos);
        QCOMPARE(node(*side, "model.norm").total.params.value(), 896);
    }

    void unknownModelsAreSaid()
    {
        const auto side = read(reportWith(foreignTree));
        QVERIFY(side.has_value());
        QVERIFY(side->difference.find("no known family prints this Net") != std::string::npos);
    }

    void noFigureOfAReportIsFurtherOffThanRoundingTakesIt_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* model : {"ovis2-1b", "internvl2-1b", "qwen2.5-3b", "vit-base-patch16-224"})
            QTest::newRow(model) << q(model);
    }

    void noFigureOfAReportIsFurtherOffThanRoundingTakesIt()
    {
        QFETCH(QString, model);
        const auto side = read(reportOf(model.toStdString()));
        QVERIFY(side.has_value());
        // No family rebuilds a ViT: its tree is the printed one.
        QCOMPARE(side->behind.has_value(), !model.startsWith(q("vit")));
        const Run counted = runOf(model.toStdString());
        const ComparisonSide a{counted.trace, counted.costs};
        const ComparisonSide b{side->run.trace, side->run.costs};
        const Comparison comparison = compare(a, b);
        for (const Measure& measure : measures()) {
            if (!isPrinted(measure))
                continue;
            const auto figures = compared(comparison, a, b, measure);
            const auto within = tolerances(
                comparison, {b.costs, side->errors, comparison.rowOfB, &ComparedFigure::b}, figures, measure);
            for (std::size_t i = 0; i < figures.size(); ++i)
                QVERIFY2(isWithin(figures[i], within[i]), counted.trace.path(comparison.rows[i].a).c_str());
        }
    }

    void whatIsFurtherApartThanRoundingIsADifference()
    {
        const auto side = read(reportWith(foreignTree));
        QVERIFY(side.has_value());
        const ComparisonSide b{side->run.trace, side->run.costs};
        CostTree other = side->run.costs;
        for (CostNode& node : other.nodes)
            node.total.forward.flops += 1'000'000;
        const ComparisonSide a{side->run.trace, other};
        const Comparison comparison = compare(a, b);
        const Measure& flops = measureNamed("flops");
        const auto figures = compared(comparison, a, b, flops);
        const auto within = tolerances(
            comparison, {b.costs, side->errors, comparison.rowOfB, &ComparedFigure::b}, figures, flops);
        // "6.1 GFLOPS" may be 5 M off, "57 MFLOPS" 5 K.
        QVERIFY(isWithin(figures.front(), within.front()));
        QVERIFY(!isWithin(figures.back(), within.back()));
        QCOMPARE(within.back().value(), 5'000);
    }

    void onlyThreeMeasuresArePrinted()
    {
        std::vector<std::string_view> printed;
        for (const Measure& measure : measures())
            if (isPrinted(measure))
                printed.push_back(measure.id);
        QCOMPARE(printed, (std::vector<std::string_view>{"params", "macs", "flops"}));
    }

    void refusesWhatIsNoReport()
    {
        const auto side = printedCosts(*open("qwen2.5-0.5b"));
        QVERIFY(!side.has_value());
        QVERIFY(side.error().detail.find("not a printed report") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestPrintedCosts)
#include "tst_printed_costs.moc"
