// SPDX-License-Identifier: GPL-3.0-or-later
// A file may call its modules anything: names that a terminal, a spreadsheet, Markdown or LaTeX would obey.
#include "core/base/plain_text.h"
#include "core/conventions/convention.h"
#include "core/exporters/exporter.h"
#include "core/exporters/tables/comparison.h"
#include "core/formats/format.h"
#include "core/sunflop.h"
#include "tests/support/text.h"

#include <nlohmann/json.hpp>

#include <QStringList>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Names of modules, each with a weight of 2 x 3.
const std::vector<std::string> names{
    "\x1b[31mred\x1b[0m",        // colours
    "a\nfake,row,1,2,3",         // a row of its own
    "b|c|d",                     // columns of its own
    "=1+1",                      // a formula
    "`code`<b>bold</b>[x](y)",   // marks of Markdown
    "\\input{secret}$x^2$",      // commands of LaTeX
    "\xe2\x80\xaeright\xc2\x9b", // to the left, and a control of eight bits
};

/// A checkpoint of them.
std::string checkpoint()
{
    nlohmann::json header = nlohmann::json::object();
    std::int64_t begin = 0;
    for (const std::string& name : names) {
        header[name + ".weight"] = {
            {"dtype", "F32"}, {"shape", {2, 3}}, {"data_offsets", {begin, begin + 24}}};
        begin += 24;
    }
    const std::string text = header.dump();
    std::string file;
    for (std::uint64_t length = text.size(), i = 0; i < 8; ++i, length >>= 8U)
        file += static_cast<char>(length & 0xffU);
    return file + text + std::string(static_cast<std::size_t>(begin), '\0');
}

Run strangeRun()
{
    const auto format = std::ranges::find(formats(), "safetensors", &Format::id);
    auto source = format->read({Bytes::of(checkpoint()), "strange\x1b]0;title\x07", {}});
    if (!source)
        qFatal("%s", source.error().text().c_str());
    auto done = run(*std::move(source), {}, conventions().front());
    if (!done)
        qFatal("%s", done.error().text().c_str());
    return *std::move(done);
}

/// Bars that are not escaped.
qsizetype barsIn(const QString& line)
{
    qsizetype bars = 0;
    for (qsizetype i = 0; i < line.size(); ++i)
        bars += line[i] == QLatin1Char('|') && (i == 0 || line[i - 1] != QLatin1Char('\\'));
    return bars;
}

} // namespace

class TestStrangeNames : public QObject {
    Q_OBJECT

    const Run m_run = strangeRun();

    QString written(const char* exporter) const
    {
        return QString::fromStdString(exportedText(**exporterNamed(exporter), m_run));
    }

private Q_SLOTS:
    void noWriterPassesOnWhatAReaderObeys_data()
    {
        QTest::addColumn<QString>("format");
        for (const Exporter& exporter : exporters())
            QTest::newRow(std::string(exporter.id).c_str()) << QString::fromUtf8(exporter.id.data());
    }
    void noWriterPassesOnWhatAReaderObeys()
    {
        QFETCH(QString, format);
        const std::string text = written(format.toUtf8().constData()).toStdString();
        QVERIFY(text.size() > 100);
        QCOMPARE(QString::fromStdString(text), QString::fromStdString(plainLines(text)));
    }

    void csvHasALineForEachModule()
    {
        const QStringList lines = written("csv").split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        const auto modules = static_cast<qsizetype>(m_run.trace.modules.size());
        const auto isModule = [](const QString& line) { return line.endsWith(QStringLiteral(",module")); };
        QCOMPARE(std::ranges::count_if(lines, isModule), modules);
        QVERIFY(std::ranges::any_of(
            lines, [](const QString& line) { return line.startsWith(QLatin1String("'=1+1,")); }));
        QVERIFY(std::ranges::none_of(lines,
                                     [](const QString& line) { return line.startsWith(QLatin1Char('=')); }));
    }

    void rowsOfMarkdownHaveTheirColumns()
    {
        const QStringList lines = written("markdown").split(QLatin1Char('\n'));
        int rows = 0;
        for (const QString& line : lines)
            if (line.startsWith(QLatin1Char('|'))) {
                QCOMPARE(barsIn(line), barsIn(lines.front()));
                ++rows;
            }
        QVERIFY(rows > static_cast<int>(names.size()));
    }

    void latexObeysNoName()
    {
        const QString text = written("latex");
        QVERIFY(!text.contains(QStringLiteral("\\input")));
        QVERIFY(
            text.contains(QStringLiteral("\\textbackslash{}input\\{secret\\}\\$x\\textasciicircum{}2\\$")));
    }

    void jsonKeepsTheName()
    {
        const auto json = nlohmann::json::parse(exportedText(**exporterNamed("json"), m_run));
        const std::string text = json.dump();
        for (const std::string& name : names)
            QVERIFY2(text.find(nlohmann::json(name).dump().substr(1, 6)) != std::string::npos, name.c_str());
    }
};

QTEST_APPLESS_MAIN(TestStrangeNames)
#include "tst_strange_names.moc"
