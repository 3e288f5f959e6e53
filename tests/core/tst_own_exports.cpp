// SPDX-License-Identifier: GPL-3.0-or-later
// What modules have themselves, as each export writes it: children and parts add up.
#include "core/cost/own_parts.h"
#include "core/exporters/exporter.h"
#include "core/exporters/tables/comparison.h"
#include "core/exporters/tables/text_rows.h"
#include "core/sunflop.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <nlohmann/json.hpp>

#include <QMap>
#include <QRegularExpression>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

using Json = nlohmann::json;

namespace {

Run bundled(std::string_view name, const std::vector<Assignment>& inputs,
            std::string_view convention = "exact")
{
    auto result = run(open(std::string(name)).value(), inputs, *conventionNamed(convention).value());
    if (!result)
        qFatal("%s", result.error().text().c_str());
    return *std::move(result);
}

std::string written(const char* exporter, const Run& run, const ExportOptions& options = {})
{
    return exportedText(**exporterNamed(exporter), run, options);
}

/// Lines of CSV without quoted fields, or with the quoted ones made plain.
QList<QStringList> csvLines(const std::string& text)
{
    QList<QStringList> lines;
    for (QString line : q(text).split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        static const QRegularExpression quoted(QStringLiteral("\"[^\"]*\""));
        lines << line.replace(quoted, QStringLiteral("quoted")).split(QLatin1Char(','));
    }
    return lines;
}

/// The path of the module around a module or part; nothing for the model.
QString around(const QString& path)
{
    if (const auto own = path.indexOf(QLatin1String("::")); own >= 0)
        return path.left(own);
    return path.contains(QLatin1Char('.')) ? path.section(QLatin1Char('.'), 0, -2) : QString();
}

/// Runs with everything that children may have in common: nothing.
std::vector<Run> runs()
{
    std::vector<Run> all;
    all.push_back(runOf(smallDecoder("llama"), {{"text_tokens", "5"}, {"attention", "eager"}}));
    all.push_back(runOf(smallDecoder("llama"), {{"text_tokens", "5"}, {"new_tokens", "7"}}));
    all.push_back(runOf(smallDecoder("llama"), {{"text_tokens", "5"}, {"mode", "training"}}));
    all.push_back(bundled("ovis2-4b", {{"text_tokens", "100"}}));
    all.push_back(bundled("internvl2-1b", {{"images", "1"}}, "calflops"));
    return all;
}

constexpr std::array figures{"macs",       "flops",          "backward_flops", "params",
                             "peak_bytes", "kv_cache_bytes", "weight_bytes",   "nanoseconds"};

} // namespace

class TestOwnExports : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Nobody needs room for a whole report of many modules.
    void reportsOfRowsComeInPieces_data()
    {
        QTest::addColumn<QString>("exporter");
        for (const char* exporter : {"json", "csv", "markdown", "latex"})
            QTest::newRow(exporter) << q(exporter);
    }
    void reportsOfRowsComeInPieces()
    {
        QFETCH(QString, exporter);
        const Run run = bundled("ovis2-4b", {});
        std::size_t longest = 0;
        std::size_t pieces = 0;
        std::size_t whole = 0;
        (*exporterNamed(exporter.toStdString()))->write(run, {}, [&](std::string_view piece) {
            longest = std::max(longest, piece.size());
            whole += piece.size();
            ++pieces;
        });
        QVERIFY(pieces > run.trace.modules.size());
        QVERIFY2(10 * longest < whole, qPrintable(q("%1 of %2 bytes").arg(longest).arg(whole)));
    }

    void rowsOfCsvAddUp()
    {
        for (const Run& run : runs()) {
            const QList<QStringList> lines = csvLines(written("csv", run));
            const QStringList& heads = lines.front();
            QCOMPARE(heads.last(), q("kind"));
            for (const char* figure : figures) {
                const auto column = heads.indexOf(q(figure));
                QVERIFY(column > 0);
                QMap<QString, qint64> totals;
                QMap<QString, qint64> sums;
                for (const QStringList& line : lines.mid(1)) {
                    QCOMPARE(line.size(), heads.size());
                    const bool isModule = line.last() == q("module");
                    QCOMPARE(line.front().contains(q("::")), !isModule);
                    if (isModule)
                        totals[line.front()] = line[column].toLongLong();
                    if (!line.front().isEmpty())
                        sums[around(line.front())] += line[column].toLongLong();
                }
                // Children that hold one tensor come to more than their module.
                const bool canShare =
                    QStringList{q("params"), q("weight_bytes"), q("peak_bytes")}.contains(q(figure));
                for (auto sum = sums.cbegin(); sum != sums.cend(); ++sum)
                    QVERIFY2(sum.value() == totals[sum.key()] ||
                                 (canShare && sum.value() > totals[sum.key()]),
                             qPrintable(q(figure) + q(" of ") + sum.key()));
            }
        }
    }

    void modulesOfCsvAreFoundByTheirKind()
    {
        // Whoever reads CSV by path finds each once, and those of kind "module" are those of the run.
        const Run run = runOf(smallDecoder("llama"), {{"text_tokens", "5"}});
        const QList<QStringList> lines = csvLines(written("csv", run));
        QStringList paths;
        int modules = 0;
        for (const QStringList& line : lines.mid(1)) {
            paths << line.front();
            modules += line.last() == q("module") ? 1 : 0;
            if (line.last() != q("module"))
                QCOMPARE(line[1], QString()); // no class
        }
        QCOMPARE(modules, int(run.trace.modules.size()));
        QCOMPARE(paths.removeDuplicates(), 0);
        // Parts stand behind all that is below their module.
        const QString layer = q("model.layers.0-3");
        const auto first = paths.indexOf(layer);
        const auto part = paths.indexOf(layer + q("::add"));
        QVERIFY(first >= 0 && part > first);
        for (const QString& path : paths.mid(first + 1, part - first - 1))
            QVERIFY2(path.startsWith(layer + q(".")), qPrintable(path));
        QVERIFY(!paths[part + 1].startsWith(layer + q(".")));
    }

    void partsOfJsonAddUp()
    {
        for (const Run& run : runs()) {
            const Json document = Json::parse(written("json", run));
            QMap<QString, qint64> sums;
            QMap<QString, qint64> totals;
            for (const Json& module : document["modules"]) {
                const QString path = q(module["path"].get<std::string>());
                totals[path] = module["total"]["flops"].get<qint64>();
                if (!path.isEmpty())
                    sums[around(path)] += totals[path];
                for (const Json& part : module["own"])
                    sums[path] += part["total"]["flops"].get<qint64>();
            }
            for (auto sum = sums.cbegin(); sum != sums.cend(); ++sum)
                QCOMPARE(sum.value(), totals[sum.key()]);
        }
    }

    void jsonTellsOfEveryPart()
    {
        const Json document = Json::parse(
            written("json", runOf(smallDecoder("llama"), {{"text_tokens", "5"}, {"attention", "eager"}},
                                  "flopcounter")));
        for (const Json& module : document["modules"]) {
            if (module["path"] != "model.layers.0-3.self_attn")
                continue;
            const auto named = [&](const char* name) {
                for (const Json& part : module["own"])
                    if (part["name"] == name)
                        return part;
                return Json();
            };
            QCOMPARE(named("matmul")["kind"].get<std::string>(), std::string("operator"));
            QCOMPARE(named("matmul")["calls"].get<int>(), 4 * 2);
            QCOMPARE(named("matmul")["counted"].get<bool>(), true);
            QCOMPARE(named("matmul")["total"]["flops"].get<int>(), 2 * 4 * 2 * (2 * 5 * 5 * 4));
            QCOMPARE(named("softmax")["counted"].get<bool>(), false);
            QCOMPARE(named("softmax")["total"]["flops"].get<int>(), 0);
            QVERIFY(named("softmax")["total"]["nanoseconds"].get<int>() > 0);
            QCOMPARE(named("softmax")["total"].size(), measures().size());
            return;
        }
        QFAIL("no attention");
    }

    void sharesOfMarkdownAddUp()
    {
        for (const Run& run : runs()) {
            struct Line {
                int depth = 0;
                double share = 0;
            };
            QList<Line> lines;
            for (const QString& text : q(written("markdown", run)).split(QLatin1Char('\n'))) {
                const QStringList cells = text.split(QLatin1Char('|'));
                if (!text.startsWith(q("| ")) || text.startsWith(q("| Module")))
                    continue;
                lines << Line{int(cells[1].count(q("&emsp;"))),
                              cells[7].trimmed().section(QLatin1Char(' '), 0, 0).toDouble()};
            }
            QVERIFY(lines.size() > 20);
            for (qsizetype i = 0; i < lines.size(); ++i) {
                double sum = 0;
                int below = 0;
                for (qsizetype next = i + 1; next < lines.size() && lines[next].depth > lines[i].depth;
                     ++next)
                    if (lines[next].depth == lines[i].depth + 1) {
                        sum += lines[next].share;
                        ++below;
                    }
                // Each is rounded to two decimals.
                if (below > 0)
                    QVERIFY(std::abs(sum - lines[i].share) <= 0.005 * (below + 1) + 1e-9);
            }
        }
    }

    void depthLeavesOutWhatIsDeeper()
    {
        const Run run = runOf(smallDecoder("llama"), {{"text_tokens", "5"}});
        for (const char* exporter : {"csv", "markdown", "latex"}) {
            const QString shallow = q(written(exporter, run, {.depth = 3}));
            const QString deep = q(written(exporter, run, {.depth = 4}));
            const QString name = q(exporter) == q("csv") ? q("::add") : q("add}");
            const QString add = q(exporter) == q("markdown") ? q("_add_") : name;
            QVERIFY(!shallow.contains(add)); // of a layer, which is at depth 3
            QVERIFY(deep.contains(add));
        }
    }

    void thePageShowsWhatMatters()
    {
        // Attention's scores grow with the square of the prompt.
        const Run large = bundled("llama-3.1-70b", {{"text_tokens", "128Ki"}});
        const Run tiny = bundled("llama-3.1-70b", {{"text_tokens", "16"}});
        const auto named = [](const Run& run, const std::string& label) {
            const auto rows = textRows(run, 5);
            return std::ranges::find(rows, label, &TextRow::label) != rows.end();
        };
        QVERIFY(named(large, "(scaled_dot_product_attention)"));
        QVERIFY(!named(tiny, "(scaled_dot_product_attention)"));
        // What is left out of a module prints as "<0.1 %" part by part.
        for (const Run* run : {&large, &tiny}) {
            const auto rows = textRows(*run, 9);
            const double whole = static_cast<double>(run->costs.root().total.forward.flops.value());
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (rows[i].own || run->costs.ownOf(rows[i].module).empty())
                    continue;
                double sum = 0;
                for (std::size_t next = i + 1; next < rows.size() && rows[next].depth > rows[i].depth; ++next)
                    if (rows[next].depth == rows[i].depth + 1)
                        sum += static_cast<double>(rows[next].total.forward.flops.value());
                const double left = static_cast<double>(rows[i].total.forward.flops.value()) - sum;
                const auto parts = static_cast<double>(run->costs.ownOf(rows[i].module).size());
                QVERIFY(left >= 0 && left < 0.0005 * whole * parts);
            }
        }
    }

    void comparedPartsAreWritten()
    {
        const auto config = smallDecoder("llama");
        ComparedRuns runs{.a = {runOf(config, {{"text_tokens", "5"}, {"attention", "eager"}}), {}, {}},
                          .b = {runOf(config, {{"text_tokens", "5"}, {"attention", "sdpa"}}), {}, {}}};
        runs.comparison = compare(runs.a.tree(), runs.b.tree());
        const auto compared = [&](const char* exporter, std::optional<std::int32_t> depth = {}) {
            return (*exporterNamed(exporter))->compare(runs, {.depth = depth});
        };
        const QString csv = q(compared("csv"));
        QVERIFY(csv.contains(
            q("\nmodel.layers.0-3.self_attn::matmul,absent,,"))); // a name of its own, and no match
        QVERIFY(csv.contains(q("\nabsent,model.layers.0-3.self_attn::scaled_dot_product_attention,,")));
        QVERIFY(csv.contains(q(",kind\n")));
        const QString markdown = q(compared("markdown"));
        QVERIFY(markdown.contains(q("| model.layers.0-3.self_attn::matmul ")));
        QVERIFY(!q(compared("markdown", 4)).contains(q("::matmul")));
        const Json document = Json::parse(compared("json"));
        for (const Json& module : document["modules"]) {
            if (module["path_a"] != "model.layers.0-3.self_attn")
                continue;
            for (const Json& part : module["own"])
                if (part["name"] == "matmul") {
                    QCOMPARE(part["in_a"].get<bool>(), true);
                    QCOMPARE(part["in_b"].get<bool>(), false);
                    QCOMPARE(part["figures"]["macs"]["a"].get<int>(), 4 * 2 * (2 * 5 * 5 * 4));
                    QVERIFY(part["figures"]["macs"]["b"].is_null());
                    return;
                }
        }
        QFAIL("no product");
    }
};

QTEST_APPLESS_MAIN(TestOwnExports)
#include "tst_own_exports.moc"
