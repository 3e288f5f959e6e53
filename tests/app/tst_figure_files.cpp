// SPDX-License-Identifier: GPL-3.0-or-later
// Every view as PNG, PDF and SVG: exact size, real text, fonts inside, and the same picture in all of them.
// Other programs judge: rsvg-convert (librsvg2-bin), pdffonts and pdftotext (poppler-utils).

#include "tests/support/program.h"
#include "tests/support/svg_file.h"
#include "tests/support/text.h"

#include <QImage>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

#include <array>

using namespace sunflop::test;

namespace {

constexpr std::array views{"sunburst", "table", "sweep", "memory", "timeline", "roofline", "by_type"};

constexpr double widthMillimetres = 120;
constexpr double heightMillimetres = 90;
constexpr double wholeTable = 250; ///< where every row of the table fits

bool isThere(const char* program)
{
    return !QStandardPaths::findExecutable(q(program)).isEmpty();
}

QByteArray read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Each pixel as the average of its 5 x 5 neighbours: where an edge lies decides, not how it is smoothed.
QImage softened(const QImage& image)
{
    const QImage source = image.convertToFormat(QImage::Format_RGB32);
    QImage soft = source;
    for (int y = 2; y < source.height() - 2; ++y)
        for (int x = 2; x < source.width() - 2; ++x) {
            int red = 0;
            int green = 0;
            int blue = 0;
            for (int i = 0; i < 25; ++i) {
                const QRgb pixel = source.pixel(x + i % 5 - 2, y + i / 5 - 2);
                red += qRed(pixel);
                green += qGreen(pixel);
                blue += qBlue(pixel);
            }
            soft.setPixel(x, y, qRgb(red / 25, green / 25, blue / 25));
        }
    return soft;
}

/// Share of the pixels that differ by more than `tolerance` of 255 in a colour, after softening.
double differing(const QImage& a, const QImage& b, int tolerance)
{
    const QImage left = softened(a);
    const QImage right = softened(b);
    int pixels = 0;
    for (int y = 0; y < left.height(); ++y)
        for (int x = 0; x < left.width(); ++x) {
            const QRgb p = left.pixel(x, y);
            const QRgb r = right.pixel(x, y);
            pixels += std::max({std::abs(qRed(p) - qRed(r)), std::abs(qGreen(p) - qGreen(r)),
                                std::abs(qBlue(p) - qBlue(r))}) > tolerance;
        }
    return pixels / (static_cast<double>(left.width()) * left.height());
}

} // namespace

class TestFigureFiles : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const QString& name) const { return m_folder.filePath(name); }

    /// Paints a view on paper; the file's path.
    QString paint(const QString& view, const QString& ending, const QString& more = {},
                  double height = heightMillimetres) const
    {
        const QString file = path(view + QLatin1Char('.') + ending);
        const QString arguments = q("figure ovis2-4b --view %1 --width-mm %2 --height-mm %3 %4")
                                      .arg(view)
                                      .arg(widthMillimetres)
                                      .arg(height)
                                      .arg(more);
        const Outcome outcome =
            runProgram(q(SUNFLOP_PROGRAM),
                       arguments.split(QLatin1Char(' '), Qt::SkipEmptyParts) + QStringList{q("-o"), file});
        if (outcome.status != 0 || !outcome.error.isEmpty())
            qWarning("%s", qPrintable(outcome.text()));
        return file;
    }

    /// Draws an SVG.
    static Outcome convert(const QString& svg, const QStringList& arguments)
    {
        return runProgram(q("rsvg-convert"), QStringList{svg} + arguments);
    }

    static void everyView()
    {
        QTest::addColumn<QString>("view");
        for (const char* view : views)
            QTest::newRow(view) << q(view);
    }

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(q("."))); }

    void everyFormatHasItsSize_data() { everyView(); }

    void everyFormatHasItsSize()
    {
        QFETCH(QString, view);
        const QImage image(paint(view, q("png")));
        // Off by half a dot of 25.4 / 300 mm at most.
        const double halfDot = 25.4 / 300 / 2 + 1e-3;
        QVERIFY(std::abs(1000.0 * image.width() / image.dotsPerMeterX() - widthMillimetres) < halfDot);
        QVERIFY(std::abs(1000.0 * image.height() / image.dotsPerMeterY() - heightMillimetres) < halfDot);

        static const QRegularExpression box(q("/MediaBox \\[0 0 ([0-9.]+) ([0-9.]+)\\]"));
        const auto match = box.match(QString::fromLatin1(read(paint(view, q("pdf")))));
        QVERIFY(std::abs(match.captured(1).toDouble() - widthMillimetres * 72 / 25.4) < 1e-4);
        QVERIFY(std::abs(match.captured(2).toDouble() - heightMillimetres * 72 / 25.4) < 1e-4);

        const SvgFile svg(read(paint(view, q("svg"))));
        QCOMPARE(svg.error, QString());
        QCOMPARE(svg.root.value(q("width")), q("120mm"));
        QCOMPARE(svg.root.value(q("height")), q("90mm"));
    }

    void nothingLeavesThePage_data() { everyView(); }

    void nothingLeavesThePage()
    {
        QFETCH(QString, view);
        const SvgFile svg(read(paint(view, q("svg"))));
        const QRectF page(0, 0, widthMillimetres * 72 / 25.4, heightMillimetres * 72 / 25.4);
        QVERIFY(view == q("table") || svg.paths.size() > 5);
        for (const SvgPath& line : svg.paths)
            QVERIFY2(line.isWithin(page), qPrintable(line.data));
        QCOMPARE(svg.images, 0);
    }

    void anSvgLooksLikeThePng_data()
    {
        QTest::addColumn<QString>("view");
        QTest::addColumn<QString>("theme");
        for (const char* view : views)
            for (const char* theme : {"light", "dark"})
                QTest::addRow("%s %s", view, theme) << q(view) << q(theme);
    }

    void anSvgLooksLikeThePng()
    {
        QFETCH(QString, view);
        QFETCH(QString, theme);
        if (!isThere("rsvg-convert"))
            QSKIP("needs rsvg-convert of librsvg2-bin");
        const QString more = q("--theme ") + theme;
        const QImage png(paint(view, q("png"), more + q(" --dpi 192")));
        const Outcome outcome = convert(paint(view, q("svg"), more),
                                        {q("-w"), QString::number(png.width()), q("-h"),
                                         QString::number(png.height()), q("-o"), path(q("svg.png"))});
        QVERIFY2(outcome.status == 0, qPrintable(outcome.text()));
        const QImage svg(path(q("svg.png")));
        QCOMPARE(svg.size(), png.size());
        // Qt makes the stems of small letters bolder, librsvg does not: that stays below 64 of 255. A letter
        // that is missing or elsewhere, or a colour that is another, goes beyond.
        const double share = differing(png, svg, 64);
        QVERIFY2(share < 0.001, qPrintable(q("%1 % of the pixels differ").arg(100 * share)));
    }

    void aMissingLetterWouldBeNoticed()
    {
        if (!isThere("rsvg-convert"))
            QSKIP("needs rsvg-convert of librsvg2-bin");
        const QImage png(paint(q("table"), q("png"), q("--dpi 192"), wholeTable));
        const QString file = paint(q("table"), q("svg"), {}, wholeTable);
        QByteArray text = read(file);
        QVERIFY(text.contains(">visual_tokenizer<"));
        QFile changed(file);
        QVERIFY(changed.open(QIODevice::WriteOnly));
        changed.write(text.replace(">visual_tokenizer<", ">visual<"));
        changed.close();
        convert(file, {q("-w"), QString::number(png.width()), q("-h"), QString::number(png.height()), q("-o"),
                       path(q("svg.png"))});
        QVERIFY(differing(png, QImage(path(q("svg.png"))), 64) > 0.0005);
    }

    void namesAreTextInAnSvg()
    {
        const SvgFile table(read(paint(q("table"), q("svg"), {}, wholeTable)));
        for (const char* name : {"visual_tokenizer", "llm", "lm_head", "vte"})
            QVERIFY2(table.texts.contains(q(name)), name);
        const SvgFile sunburst(read(paint(q("sunburst"), q("svg"))));
        QVERIFY2(sunburst.textPaths.contains(q("llm.model.layers")) ||
                     sunburst.textPaths.filter(q("llm")).size() > 0,
                 qPrintable(sunburst.textPaths.join(QLatin1Char('\n'))));
    }

    void everySliceHasATitle()
    {
        const SvgFile svg(read(paint(q("sunburst"), q("svg"))));
        const QStringList titles = svg.titles.mid(1); // the first one is the file's
        QVERIFY(titles.size() > 10);
        QCOMPARE(
            titles
                .filter(QRegularExpression(q("^llm\\.model\\.layers\\.0-35\\.mlp, Qwen2MLP: .* FLOPs, .*%$")))
                .size(),
            1);
    }

    void textIsTextInAPdf()
    {
        if (!isThere("pdftotext") || !isThere("rsvg-convert"))
            QSKIP("needs pdftotext of poppler-utils and rsvg-convert of librsvg2-bin");
        QCOMPARE(convert(paint(q("table"), q("svg"), {}, wholeTable),
                         {q("-f"), q("pdf"), q("-o"), path(q("svg.pdf"))})
                     .status,
                 0);
        for (const QString& file : {paint(q("table"), q("pdf"), {}, wholeTable), path(q("svg.pdf"))}) {
            const Outcome outcome = runProgram(q("pdftotext"), {q("-layout"), file, q("-")});
            const QStringList words = outcome.out.split(QRegularExpression(q("\\s+")));
            for (const char* name : {"visual_tokenizer", "llm", "lm_head", "vte"})
                QVERIFY2(words.contains(q(name)), qPrintable(outcome.text()));
        }
    }

    void aPdfHoldsItsFonts_data() { everyView(); }

    void aPdfHoldsItsFonts()
    {
        QFETCH(QString, view);
        if (!isThere("pdffonts"))
            QSKIP("needs pdffonts of poppler-utils");
        const Outcome outcome = runProgram(q("pdffonts"), {paint(view, q("pdf"))});
        const QStringList rows = outcome.out.split(QLatin1Char('\n'), Qt::SkipEmptyParts).mid(2);
        QVERIFY2(!rows.isEmpty(), qPrintable(outcome.text()));
        static const QRegularExpression embedded(q("Sunflop.*Identity-H\\s+yes\\s"));
        for (const QString& row : rows)
            QVERIFY2(row.contains(embedded), qPrintable(row));
    }

    void theSameCommandGivesTheSameBytes_data() { everyView(); }

    void theSameCommandGivesTheSameBytes()
    {
        QFETCH(QString, view);
        static const QRegularExpression date(
            q("/(Creation|Mod)Date \\(D:[^)]*\\)|xmp:[A-Za-z]+Date=\"[^\"]*\""));
        for (const char* ending : {"svg", "png", "pdf"}) {
            QString first = QString::fromLatin1(read(paint(view, q(ending))));
            QString second = QString::fromLatin1(read(paint(view, q(ending))));
            QVERIFY2(first.remove(date) == second.remove(date), ending);
        }
    }

    /// Two models are a figure like one: the same rules for all formats.
    void twoModelsAreAFigureToo_data()
    {
        QTest::addColumn<QString>("view");
        QTest::addColumn<QString>("more");
        QTest::newRow("comparison") << q("compare") << QString();
        QTest::newRow("greyscale") << q("compare") << q(" --preset paper-single --greyscale");
        QTest::newRow("sweep") << q("sweep") << QString();
    }

    void twoModelsAreAFigureToo()
    {
        QFETCH(QString, view);
        QFETCH(QString, more);
        const QString both = q("--compare internvl2-1b") + more;
        const SvgFile svg(read(paint(view, q("svg"), both, wholeTable)));
        QCOMPARE(svg.error, QString());
        QCOMPARE(svg.root.value(q("width")), q("120mm"));
        QCOMPARE(svg.root.value(q("height")), q("250mm"));
        const QRectF page(0, 0, widthMillimetres * 72 / 25.4, wholeTable * 72 / 25.4);
        for (const SvgPath& line : svg.paths)
            QVERIFY2(line.isWithin(page), qPrintable(line.data));
        QCOMPARE(svg.images, 0);
        if (!isThere("pdftotext") || !isThere("pdffonts"))
            QSKIP("needs pdftotext and pdffonts of poppler-utils");
        const QString pdf = paint(view, q("pdf"), both, wholeTable);
        const QString words = runProgram(q("pdftotext"), {q("-layout"), pdf, q("-")}).out;
        for (const char* name : {"ovis2-4b", "internvl2-1b"})
            QVERIFY2(words.contains(q(name)), qPrintable(words));
        static const QRegularExpression embedded(q("Sunflop.*Identity-H\\s+yes\\s"));
        const QStringList fonts = runProgram(q("pdffonts"), {pdf}).out.split(QLatin1Char('\n')).mid(2);
        QVERIFY(fonts.filter(embedded).size() >= 1);
        QCOMPARE(fonts.filter(embedded).size(), fonts.filter(QRegularExpression(q("."))).size());
    }

    void aComparisonIsAsHighAsItsRows_data()
    {
        QTest::addColumn<QString>("preset");
        QTest::addColumn<QString>("width");
        QTest::newRow("single") << q("paper-single") << q("88.9mm");
        QTest::newRow("double") << q("paper-double") << q("181mm");
    }

    /// No row is cut, and every total is there.
    void aComparisonIsAsHighAsItsRows()
    {
        QFETCH(QString, preset);
        QFETCH(QString, width);
        const QString file = path(q("two.svg"));
        const Outcome outcome =
            runProgram(q(SUNFLOP_PROGRAM),
                       {q("figure"), q("ovis2-4b"), q("--compare"), q("internvl2-1b"), q("--view"),
                        q("compare"), q("--preset"), preset, q("--expand"), q("llm"), q("-o"), file});
        QVERIFY2(outcome.status == 0 && outcome.error.isEmpty(), qPrintable(outcome.text()));
        const SvgFile svg(read(file));
        QCOMPARE(svg.root.value(q("width")), width);
        QVERIFY(svg.texts.filter(q("more rows")).isEmpty());
        for (const char* words : {"Total", "B − A", "B / A", "llm", "visual_tokenizer", "lm_head", "gone"})
            QVERIFY2(svg.texts.contains(QString::fromUtf8(words)), words);
    }

    void aPathThatNeitherModelHasIsRefused()
    {
        const Outcome outcome = runProgram(
            q(SUNFLOP_PROGRAM), {q("figure"), q("ovis2-4b"), q("--compare"), q("internvl2-1b"), q("--view"),
                                 q("compare"), q("--expand"), q("nowhere"), q("-o"), path(q("x.svg"))});
        QCOMPARE(outcome.status, 1);
        QVERIFY2(outcome.isOneLineError() && outcome.error.contains(q("nowhere")),
                 qPrintable(outcome.text()));
    }

    void theWindowIsAPngOnly_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("error");
        QTest::newRow("svg") << q("-o x.svg") << q("the window is a PNG only");
        QTest::newRow("pdf") << q("-o x.pdf") << q("the window is a PNG only");
        QTest::newRow("dpi") << q("--dpi 300 -o x.png") << q("the window has no --dpi");
        QTest::newRow("width alone") << q("--view table --width-mm 88.9 -o x.pdf") << q("--height-mm");
        QTest::newRow("two sizes") << q("--view table --size 300x300 --width-mm 90 --height-mm 90 -o x.pdf")
                                   << q("--size");
        QTest::newRow("scale and dpi") << q("--view table --scale 2 --dpi 300 -o x.png") << q("--scale");
        QTest::newRow("too small") << q("--view table --width-mm 1 --height-mm 90 -o x.pdf")
                                   << q("--width-mm");
    }

    void theWindowIsAPngOnly()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, error);
        const Outcome outcome =
            runProgram(q(SUNFLOP_PROGRAM), (q("figure ovis2-4b ") + arguments).split(QLatin1Char(' ')),
                       {.folder = m_folder.path()});
        QCOMPARE(outcome.status, 2);
        QVERIFY2(outcome.isOneLineError() && outcome.error.contains(error), qPrintable(outcome.text()));
        QVERIFY(QDir(m_folder.path()).entryList({q("x.*")}).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestFigureFiles)
#include "tst_figure_files.moc"
