// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/exporter.h"
#include "core/exporters/tables/calflops_text.h"
#include "core/formats/format.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>
#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// A report with this tree between the summary and the rule.
std::string report(std::string_view tree)
{
    return "----- Calculate Flops Results -----\n"
           "Notations:\n"
           "number of parameters (Params), number of multiply-accumulate operations(MACs),\n\n"
           "Total Training Params:                                                  1.2 K   \n"
           "fwd MACs:                                                               2.4 KMACs\n"
           "fwd FLOPs:                                                              4.8 KFLOPS\n"
           "fwd+bwd MACs:                                                           7.2 KMACs\n"
           "fwd+bwd FLOPs:                                                          14.4 KFLOPS\n\n"
           "Each module caculated is listed after its name in the following order: \n"
           "Note: 1. A module can have torch.nn.module or torch.nn.functional\n\n" +
           std::string(tree) + "\n-----\n\nMemory usage:\t8.1628 GBytes";
}

Result<Source> read(std::string_view text)
{
    const auto format = std::ranges::find(formats(), "report", &Format::id);
    return format->read({Bytes::of(std::string(text)), "small", {}});
}

/// One module a line, two blanks deeper per level: "label: Class(detail) params|macs|flops".
QStringList treeOf(const PrintedReport& report)
{
    QStringList lines;
    for (const PrintedModule& printed : report.modules) {
        const Module& m = printed.module;
        QString line;
        for (auto parent = m.parent; parent >= 0;
             parent = report.modules[static_cast<std::size_t>(parent)].module.parent)
            line += q("  ");
        line += q(m.parent < 0 ? "model" : m.label()) + q(": ") + q(m.className);
        if (!m.detail.empty())
            line += q("(" + m.detail + ")");
        if (m.isContainer)
            line += q(" list");
        else
            line +=
                q(" " + printed.figures.params + "|" + printed.figures.macs + "|" + printed.figures.flops);
        lines << line;
    }
    return lines;
}

QStringList treeOf(std::string_view text)
{
    const auto source = read(text);
    return source ? treeOf(*source->report) : QStringList{q(source.error().text())};
}

} // namespace

class TestReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTreeFiguresAndAttributes()
    {
        QCOMPARE(
            treeOf(report("Net(\n"
                          "  1.2 K = 100% Params, 2.4 KMACs = 100% MACs, 4.8 KFLOPS = 100% FLOPs\n"
                          "  (up): Linear(600 = 50% Params, 1.2 KMACs = 50% MACs, 2.4 KFLOPS = 50% FLOPs, "
                          "in_features=2, out_features=3, bias=True)\n"
                          "  (norm): LayerNorm(600 = 50% Params, 1.2 KMACs = 50% MACs, 2.4 KFLOPS = 50% "
                          "FLOPs, (2048,), eps=1e-06)\n"
                          "  (act): SiLU(0 = 0% Params, 0 MACs = 0% MACs, 1.62 MFLOPS = 1e-05% FLOPs)\n"
                          ")")),
            (QStringList{q("model: Net 1.2 K|2.4 KMACs|4.8 KFLOPS"),
                         q("  up: Linear(in_features=2, out_features=3, bias=True) 600|1.2 KMACs|2.4 KFLOPS"),
                         q("  norm: LayerNorm((2048,), eps=1e-06) 600|1.2 KMACs|2.4 KFLOPS"),
                         q("  act: SiLU 0|0 MACs|1.62 MFLOPS")}));
    }

    void keepsSharesAndSummaryAsPrinted()
    {
        const auto source =
            read(report("Net(1.2 K = 100% Params, 2.4 KMACs = 99.9238% MACs, 0 FLOPS = 0% FLOPs)"));
        QVERIFY(source);
        const PrintedFigures& figures = source->report->modules[0].figures;
        QCOMPARE(q(figures.paramsShare), q("100%"));
        QCOMPARE(q(figures.macsShare), q("99.9238%"));
        QCOMPARE(q(figures.flopsShare), q("0%"));
        const PrintedSummary& summary = source->report->summary;
        QCOMPARE(q(summary.params + ", " + summary.macs + ", " + summary.flops),
                 q("1.2 K, 2.4 KMACs, 4.8 KFLOPS"));
        QCOMPARE(q(summary.trainingMacs + ", " + summary.trainingFlops), q("7.2 KMACs, 14.4 KFLOPS"));
        QCOMPARE(source->report->modules[0].line, 14);
    }

    void theModelItselfMayBeALeaf()
    {
        QCOMPARE(
            treeOf(
                report("Linear(6 = 100% Params, 12 MACs = 100% MACs, 24 FLOPS = 100% FLOPs, in_features=2, "
                       "out_features=3, bias=False)")),
            QStringList{q("model: Linear(in_features=2, out_features=3, bias=False) 6|12 MACs|24 FLOPS")});
    }

    void listsHaveNoFiguresAndMayBeEmpty()
    {
        QCOMPARE(treeOf(report("Net(\n"
                               "  6 = 100% Params, 12 MACs = 100% MACs, 24 FLOPS = 100% FLOPs\n"
                               "  (none): ModuleList()\n"
                               "  (some): ModuleList(\n"
                               "    (0): Identity(0 = 0% Params, 0 MACs = 0% MACs, 0 FLOPS = 0% FLOPs)\n"
                               "  )\n"
                               ")")),
                 (QStringList{q("model: Net 6|12 MACs|24 FLOPS"), q("  none: ModuleList list"),
                              q("  some: ModuleList list"), q("    0: Identity 0|0 MACs|0 FLOPS")}));
    }

    void foldedRunsAreOneModule()
    {
        const auto source =
            read(report("Net(\n"
                        "  6 = 100% Params, 12 MACs = 100% MACs, 24 FLOPS = 100% FLOPs\n"
                        "  (layers): ModuleList(\n"
                        "    (0-35): 36 x Block(\n"
                        "      3 = 50% Params, 6 MACs = 50% MACs, 12 FLOPS = 50% FLOPs\n"
                        "      (drop): Dropout(0 = 0% Params, 0 MACs = 0% MACs, 0 FLOPS = 0% "
                        "FLOPs, p=0.0)\n"
                        "    )\n"
                        "    (36): Block(3 = 50% Params, 6 MACs = 50% MACs, 12 FLOPS = 50% FLOPs)\n"
                        "  )\n"
                        ")"));
        QVERIFY(source);
        const PrintedReport& r = *source->report;
        QCOMPARE(r.modules.size(), 5U);
        QCOMPARE(r.modules[2].module.repeat, 36);
        QCOMPARE(r.modules[2].module.end, 4);
        QCOMPARE(q(r.path(3)), q("layers.0-35.drop"));
        QCOMPARE(r.find("layers.0.drop"), 3);
        QCOMPARE(r.find("layers.36"), 4);
        QCOMPARE(r.find("layers.1"), -1);
        QCOMPARE(r.modules[4].module.repeat, 1);
    }

    void lineEndsOfWindowsAreLineEnds()
    {
        QString text = q(report("Net(\n"
                                "  6 = 100% Params, 12 MACs = 100% MACs, 24 FLOPS = 100% FLOPs\n"
                                "  (a): Identity(0 = 0% Params, 0 MACs = 0% MACs, 0 FLOPS = 0% FLOPs)\n"
                                ")"));
        const QStringList expected = treeOf(text.toStdString());
        QCOMPARE(expected.size(), 2);
        QCOMPARE(treeOf(text.replace(QLatin1Char('\n'), q("\r\n")).toStdString()), expected);
    }

    void ownReportsReadBack_data()
    {
        QTest::addColumn<QString>("convention");
        QTest::addColumn<QString>("model");
        for (const Convention& convention : conventions())
            for (const char* model : {"llama", "qwen3", "internvl2-1b", "ovis2-4b"})
                QTest::addRow("%s, %s", model, convention.id.data()) << q(convention.id) << q(model);
    }

    void ownReportsReadBack()
    {
        QFETCH(QString, convention);
        QFETCH(QString, model);
        const std::string name = model.toStdString();
        Source source = openBundled(name).value_or(sourceOf(smallDecoder(name))).value();
        const std::vector<Assignment> settings{{"text_tokens", "147"}, {"new_tokens", "3"}};
        const auto counted = run(std::move(source), settings, **conventionNamed(convention.toStdString()));
        QVERIFY(counted);
        const auto printed = read(exportedText(**exporterNamed("calflops"), *counted));
        QVERIFY2(printed, printed ? "" : printed.error().text().c_str());
        compare(*counted, *printed->report);
    }

private:
    static void compare(const Run& run, const PrintedReport& report)
    {
        QCOMPARE(report.modules.size(), run.trace.modules.size());
        for (std::size_t i = 0; i < report.modules.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const Module& module = run.trace.modules[i];
            const PrintedModule& printed = report.modules[i];
            QCOMPARE(q(report.path(id)), q(run.trace.path(id)));
            QCOMPARE(q(printed.module.className), q(module.className));
            QCOMPARE(q(printed.module.detail), q(module.detail));
            QCOMPARE(printed.module.repeat, module.repeat);
            QCOMPARE(printed.module.parent, module.parent);
            QCOMPARE(printed.module.end, module.end);
            QCOMPARE(printed.module.isContainer, module.isContainer);
            const PrintedFigures expected = printedFigures(run.costs.nodes[i].each, run.costs.root().each);
            QVERIFY2(module.isContainer || printed.figures == expected, run.trace.path(id).c_str());
        }
        QCOMPARE(q(report.summary.params), q(paramsText(run.costs.root().each.params)));
    }
};

QTEST_APPLESS_MAIN(TestReport)
#include "tst_report.moc"
