// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"
#include "tests/support/text.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <QTemporaryDir>

#include <algorithm>

using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

Outcome ran(const QStringList& arguments)
{
    return runProgram(q(SUNFLOP_PROGRAM), arguments);
}

/// The lines of calflops' report of a run.
QString reportOf(const QString& model)
{
    return ran({q("report"), model, q("--convention"), q("calflops"), q("--format"), q("calflops"),
                q("--set"), q("text_tokens=64")})
        .out;
}

/// What `compare` says as JSON.
Json compared(const QStringList& arguments)
{
    const Outcome outcome = ran(QStringList{q("compare"), q("--format"), q("json")} + arguments);
    return Json::parse(outcome.out.toStdString(), nullptr, false);
}

bool isWithinRounding(const Json& figure)
{
    const std::int64_t rounding = figure.value("rounding", std::int64_t{0});
    return std::abs(figure["difference"].get<std::int64_t>()) <= rounding;
}

} // namespace

class TestCompareReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QFile file(m_folder.filePath(q("report.txt")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(reportOf(q("qwen2.5-0.5b")).toUtf8());
    }

    void aModelIsWhatItsReportPrintsButForRounding()
    {
        const Json found = compared(
            {q("qwen2.5-0.5b"), m_folder.filePath(q("report.txt")), q("--convention-a"), q("calflops")});
        QVERIFY(!found.is_discarded());
        QCOMPARE(found["a"]["inputs"]["text_tokens"].get<int>(), 64);
        for (const Json& module : found["modules"])
            for (const char* measure : {"params", "macs", "flops"})
                QVERIFY2(isWithinRounding(module["figures"][measure]), module.dump().c_str());
        QVERIFY(found["totals"]["peak_bytes"]["b"].is_null());
        QVERIFY(found["reasons"].empty());
    }

    void growthWithinRoundingPassesNoLimit()
    {
        const QStringList limited{q("compare"),      q("qwen2.5-0.5b"), m_folder.filePath(q("report.txt")),
                                  q("--fail-above"), q("flops=0"),      q("--fail-above"),
                                  q("params=0")};
        QCOMPARE(ran(limited + QStringList{q("--convention-a"), q("calflops")}).status, 0);
        QCOMPARE(ran(limited).status, 3); // exact counts less
    }

    void whyTheReportDiffersFromExactIsTold()
    {
        const Json found = compared({q("qwen2.5-0.5b"), m_folder.filePath(q("report.txt"))});
        QVERIFY(!found.is_discarded());
        std::int64_t sum = 0;
        for (const Json& reason : found["reasons"])
            sum += reason["difference"]["flops"].get<std::int64_t>();
        const Json& total = found["totals"]["flops"];
        // The report prints its total rounded.
        QVERIFY(std::abs(sum - total["difference"].get<std::int64_t>()) <=
                total["rounding"].get<std::int64_t>());
        const auto names = [&](const char* subject) {
            return std::ranges::any_of(found["reasons"],
                                       [&](const Json& reason) { return reason["subject"] == subject; });
        };
        QVERIFY(names("norms") && names("attention") && names("biases"));
    }

    void aReportUnderAConventionIsTheRunBehindIt()
    {
        const Json found = compared({m_folder.filePath(q("report.txt")), m_folder.filePath(q("report.txt")),
                                     q("--convention"), q("exact")});
        QVERIFY(!found.is_discarded());
        QVERIFY(!found["totals"]["peak_bytes"]["b"].is_null());
        QCOMPARE(found["totals"]["flops"]["difference"].get<int>(), 0);
        QVERIFY(!found["totals"]["flops"].contains("rounding"));
    }

    void aPrintedReportTakesNoInputs()
    {
        const QString report = m_folder.filePath(q("report.txt"));
        const Outcome outcome = ran({q("compare"), report, report, q("--set"), q("text_tokens=3")});
        QVERIFY(outcome.isOneLineError());
        QCOMPARE(outcome.status, 1);
        QVERIFY(outcome.error.contains(q("a report taken as printed has no inputs")));
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestCompareReport)
#include "tst_compare_report.moc"
