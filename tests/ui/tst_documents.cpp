// SPDX-License-Identifier: GPL-3.0-or-later
// Pages painted by hand: what every format and our SVG writer promise.

#include "tests/support/svg_file.h"
#include "tests/support/text.h"
#include "ui/export/document.h"
#include "ui/export/svg_clip.h"
#include "ui/export/svg_hints.h"
#include "ui/export/svg_text.h"
#include "ui/fonts.h"

#include <QChart>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QLineSeries>
#include <QPainter>
#include <QValueAxis>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Two inches by one: 144 by 72 points.
const Page page{.millimetres = {50.8, 25.4}};

using Paint = std::function<void(QPainter&, const QRectF&)>;

QByteArray bytesOf(FileFormat format, const Paint& paint, const Page& on = page)
{
    const auto bytes = document(format, on, paint);
    return bytes ? *bytes : QByteArray();
}

SvgFile svgOf(const Paint& paint, const Page& on = page)
{
    return SvgFile(bytesOf(FileFormat::Svg, paint, on));
}

QPainterPath box(double left, double top, double right, double bottom)
{
    QPainterPath path;
    path.addRect(QRectF(QPointF(left, top), QPointF(right, bottom)));
    return path;
}

} // namespace

class TestDocuments : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { registerFonts(); }

    void aPngHasTheDotsOfItsSize()
    {
        Page fine = page;
        fine.dotsPerInch = 300;
        const QImage image = QImage::fromData(bytesOf(
            FileFormat::Png, [](auto&, auto&) {}, fine));
        QCOMPARE(image.size(), QSize(2 * 300, 1 * 300));
        // 300 dots an inch of 0.0254 m.
        QCOMPARE(image.dotsPerMeterX(), 11811);
        QCOMPARE(image.dotsPerMeterY(), 11811);
    }

    void everyFormatPaintsInPoints_data()
    {
        QTest::addColumn<int>("format");
        QTest::newRow("png") << int(FileFormat::Png);
        QTest::newRow("pdf") << int(FileFormat::Pdf);
        QTest::newRow("svg") << int(FileFormat::Svg);
    }

    void everyFormatPaintsInPoints()
    {
        QFETCH(int, format);
        QRectF area;
        bytesOf(FileFormat(format), [&](QPainter&, const QRectF& whole) { area = whole; });
        QCOMPARE(area, QRectF(0, 0, 2 * 72, 1 * 72));
    }

    void aPdfPageIsAsLargeAsAskedFor()
    {
        // 181 mm are 513.0709 points; Qt by itself rounds to whole ones.
        const QByteArray pdf = bytesOf(FileFormat::Pdf, [](auto&, auto&) {}, {.millimetres = {181, 88.9}});
        static const QRegularExpression box(q("/MediaBox \\[0 0 ([0-9.]+) ([0-9.]+)\\]"));
        const auto match = box.match(QString::fromLatin1(pdf));
        QVERIFY(match.hasMatch());
        QVERIFY(std::abs(match.captured(1).toDouble() - 181 * 72 / 25.4) < 1e-4);
        QVERIFY(std::abs(match.captured(2).toDouble() - 88.9 * 72 / 25.4) < 1e-4);
    }

    void aPageWithoutAreaIsRefused_data()
    {
        QTest::addColumn<QSizeF>("millimetres");
        QTest::newRow("no width") << QSizeF(0, 50);
        QTest::newRow("negative") << QSizeF(50, -1);
        QTest::newRow("not a number") << QSizeF(qQNaN(), 50);
        QTest::newRow("beyond Acrobat's") << QSizeF(50, 201 * 25.4);
    }

    void aPageWithoutAreaIsRefused()
    {
        QFETCH(QSizeF, millimetres);
        for (const FileFormat format : {FileFormat::Png, FileFormat::Pdf, FileFormat::Svg}) {
            const auto file = document(format, {.millimetres = millimetres}, [](auto&, auto&) {});
            QVERIFY(!file);
            QCOMPARE(file.error().kind, ErrorKind::OutOfRange);
        }
    }

    void aPngOfTooManyDotsIsRefused()
    {
        Page huge{.millimetres = {1000, 10}, .dotsPerInch = 2400};
        QVERIFY(!document(FileFormat::Png, huge, [](auto&, auto&) {}));
        QVERIFY(document(FileFormat::Svg, huge, [](auto&, auto&) {}).has_value());
    }

    void aTransparentPageHasNoGround()
    {
        Page clear = page;
        clear.isTransparent = true;
        const auto nothing = [](QPainter&, const QRectF&) {};
        QCOMPARE(QImage::fromData(bytesOf(FileFormat::Png, nothing, clear)).pixelColor(9, 9).alpha(), 0);
        QCOMPARE(QImage::fromData(bytesOf(FileFormat::Png, nothing)).pixelColor(9, 9), QColor(Qt::white));
        QCOMPARE(svgOf(nothing, clear).paths.size(), 0);
        QCOMPARE(svgOf(nothing).paths.size(), 1);
    }

    void anSvgIsSizedInMillimetresAndCountsInPoints()
    {
        const SvgFile file = svgOf([](auto&, auto&) {});
        QCOMPARE(file.error, QString());
        QCOMPARE(file.root.value(q("width")), q("50.8mm"));
        QCOMPARE(file.root.value(q("height")), q("25.4mm"));
        QCOMPARE(file.root.value(q("viewBox")), q("0 0 144 72"));
    }

    void hostileNamesAreWellFormed()
    {
        const QString name =
            q("a<b&\"c\"'") + QChar(1) + QChar(0xD800) + QChar(0xFFFF) + q("\U0001F600</text>");
        Page named = page;
        named.title = name;
        const SvgFile file = svgOf(
            [&](QPainter& painter, const QRectF&) {
                const PartTitle part(painter, [&] { return name; });
                painter.setFont(bundledFont(8));
                painter.drawText(QPointF(10, 40), name);
                const TextOnCircle circle(painter, [&] { return name; }, {{70, 36}, 20, 0, true});
            },
            named);
        QCOMPARE(file.error, QString());
        const QString clean = q("a<b&\"c\"'\uFFFD\uFFFD\uFFFD\U0001F600</text>");
        QCOMPARE(file.titles, QStringList({clean, clean}));
        QCOMPARE(file.textPaths, QStringList(clean));
        QVERIFY(file.texts.join(QString()).contains(q("a<b&\"c\"'")));
        for (const FileFormat format : {FileFormat::Png, FileFormat::Pdf})
            QVERIFY(!bytesOf(
                         format, [](auto&, auto&) {}, named)
                         .isEmpty());
    }

    void turnedTextIsOneText()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF&) {
            painter.setFont(bundledFont(8));
            painter.translate(60, 40);
            painter.rotate(30);
            painter.scale(0.5, 0.5);
            painter.drawText(QPointF(), q("model.layers"));
        });
        QCOMPARE(file.texts, QStringList(q("model.layers")));
        const auto attributes = file.textAttributes.front();
        QCOMPARE(attributes.value(q("font-size")), q("4")); // 8 units at half a point each
        QCOMPARE(attributes.value(q("transform")), q("rotate(30 60,40)"));
        QVERIFY(attributes.value(q("font-family")).startsWith(q("'Sunflop Sans', Inter")));
    }

    void figuresKeepTheirRightEnd()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF&) {
            painter.setFont(bundledFont(8));
            const auto right = Qt::AlignRight | Qt::AlignVCenter;
            {
                const TextKeepsRightEnd keeper(painter);
                painter.drawText(QRectF(10, 10, 90, 20), right, q("1.51 G"));
            }
            painter.drawText(QRectF(10, 30, 90, 20), right, q("29.0 G"));
        });
        QCOMPARE(file.texts, QStringList({q("1.51 G"), q("29.0 G")}));
        QCOMPARE(file.textAttributes[0].value(q("text-anchor")), q("end"));
        QVERIFY(std::abs(file.textAttributes[0].value(q("x")).toDouble() - (10 + 90)) < 0.01);
        QVERIFY(!file.textAttributes[1].contains(q("text-anchor")));
    }

    void aCirclesLineGoesThroughTheMiddleOfItsText()
    {
        // From 0.49 turns before the middle to 0.49 turns after it, so that half the way is the middle.
        const double x = 10 * std::sin(2 * M_PI * 0.49);
        const double y = 10 * std::cos(2 * M_PI * 0.49);
        const auto point = [](double dx, double dy) { return svgPoint({50 + dx, 50 + dy}); };
        const QTransform page;
        // On top clockwise, sweep 1; at the bottom against the clock, sweep 0, so that it stands upright.
        QCOMPARE(svgCircle({{50, 50}, 10, 0, true}, page, 1),
                 q("M%1 A10,10 0 0,1 50,40 A10,10 0 0,1 %2").arg(point(-x, -y), point(x, -y)));
        QCOMPARE(svgCircle({{50, 50}, 10, 0.5, false}, page, 1),
                 q("M%1 A10,10 0 0,0 50,60 A10,10 0 0,0 %2").arg(point(-x, y), point(x, y)));
    }

    void fontsGiveTheirWeight()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF&) {
            painter.setFont(bundledFont(8, QFont::DemiBold));
            painter.drawText(QPointF(9, 9), q("x"));
        });
        QCOMPARE(file.textAttributes.front().value(q("font-weight")), q("600"));
    }

    void areasAreCutToTheirClip()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF&) {
            painter.setClipRect(QRectF(20, 10, 50.5, 30));
            painter.setPen(Qt::NoPen);
            painter.setBrush(Qt::red);
            painter.drawRect(QRectF(0, 0, 40, 100));
            painter.drawEllipse(QPointF(70.5, 25), 10, 10);
            painter.drawRect(QRectF(80, 20, 10, 10));
        });
        // Ground, half of the rectangle, half of the disc; the last one is outside.
        QCOMPARE(file.paths.size(), 3);
        QCOMPARE(file.paths[1].bounds, QRectF(20, 10, 20, 30));
        QCOMPARE(file.paths[2].bounds, QRectF(60.5, 15, 10, 20));
    }

    void linesAreCutToTheirClip()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF&) {
            painter.setClipRect(QRectF(20, 10, 50.5, 30));
            painter.setPen(QPen(Qt::blue, 2));
            painter.drawPolyline(QPolygonF({{0, 20}, {30, 20}, {30, 60}, {60, 60}, {60, 20}}));
        });
        QCOMPARE(file.paths[1].data, q("M20,20 L30,20 L30,40 M60,40 L60,20"));
        QVERIFY2(!file.paths[1].clip.isEmpty(), "the pen is wider than the line");
    }

    void clipsNestAndComeBack()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF& area) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(Qt::red);
            painter.setClipRect(QRectF(10, 10, 40.5, 40));
            painter.save();
            painter.setClipRect(QRectF(30, 30, 60.5, 40), Qt::IntersectClip);
            painter.drawRect(area);
            painter.restore();
            painter.drawRect(area);
            painter.setClipping(false);
            painter.drawRect(area);
        });
        QCOMPARE(file.paths[1].bounds, QRectF(QPointF(30, 30), QPointF(10 + 40.5, 10 + 40)));
        QCOMPARE(file.paths[2].bounds, QRectF(10, 10, 40.5, 40));
        QCOMPARE(file.paths[3].bounds, QRectF(0, 0, 144, 72));
    }

    void clipsOfOtherShapesAreClipPaths()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF& area) {
            QPainterPath disc;
            disc.addEllipse(QPointF(70, 36), 20, 20);
            painter.setClipPath(disc);
            painter.fillRect(area, Qt::red);
        });
        QVERIFY(!file.paths[1].clip.isEmpty());
        QVERIFY(file.clips.contains(file.paths[1].clip));
    }

    void nothingLeavesThePage()
    {
        const SvgFile file = svgOf([](QPainter& painter, const QRectF& area) {
            painter.setPen(QPen(Qt::black, 3));
            painter.setBrush(Qt::green);
            painter.drawEllipse(area.topRight(), 50, 50);
            painter.drawLine(QPointF(-100, -100), QPointF(500, 400));
        });
        for (const SvgPath& path : file.paths)
            QVERIFY2(path.isWithin(QRectF(0, 0, 144, 72)), qPrintable(path.data));
    }

    void aSeriesBeyondItsAxesStaysInThePlot()
    {
        QRectF plot;
        const SvgFile file = svgOf([&](QPainter& painter, const QRectF& area) {
            QGraphicsScene scene;
            auto* chart = new QChart;
            scene.addItem(chart);
            auto* line = new QLineSeries;
            line->setPen(QPen(QColor(1, 2, 3), 1));
            for (int x = -50; x <= 150; x += 10)
                line->append(x, x % 20 == 0 ? -200 : 300);
            chart->addSeries(line);
            for (const Qt::Alignment side : {Qt::AlignBottom, Qt::AlignLeft}) {
                auto* axis = new QValueAxis;
                axis->setRange(0, 100);
                chart->addAxis(axis, side);
                line->attachAxis(axis);
            }
            chart->resize(4 * area.size());
            chart->layout()->activate();
            scene.render(&painter, area, chart->geometry());
            // Qt Charts' own clip is up to half a pixel larger, for lines along the edges.
            const QRectF room = chart->plotArea().adjusted(-0.5, -0.5, 0.5, 0.5);
            plot = QTransform::fromScale(0.25, 0.25).mapRect(room);
        });
        QCOMPARE(file.error, QString());
        int lines = 0;
        for (const SvgPath& path : file.paths)
            if (path.stroke == q("#010203")) {
                ++lines;
                QVERIFY2(path.isWithin(plot), qPrintable(path.data));
                QVERIFY(!path.clip.isEmpty());
            }
        QVERIFY(lines > 0);
    }

    void aPatternLooksAsEverywhere()
    {
        // The writer knows no patterns; Qt paints them as a picture then.
        const SvgFile file = svgOf([](QPainter& painter, const QRectF& area) {
            painter.fillRect(area, QBrush(Qt::red, Qt::BDiagPattern));
        });
        QCOMPARE(file.error, QString());
        QCOMPARE(file.images, 1);
    }

    void theSameCallsGiveTheSameBytes()
    {
        const auto paint = [](QPainter& painter, const QRectF& area) {
            QLinearGradient gradient(area.topLeft(), area.topRight());
            gradient.setColorAt(1, QColor(255, 0, 0, 128));
            painter.fillRect(area, gradient);
            painter.setFont(bundledFont(8));
            painter.drawText(area, Qt::AlignCenter, q("twice"));
        };
        for (const FileFormat format : {FileFormat::Png, FileFormat::Svg})
            QCOMPARE(bytesOf(format, paint), bytesOf(format, paint));
        QVERIFY(bytesOf(FileFormat::Svg, paint).contains("stop-opacity=\"0.502\"")); // 128 / 255
    }

    void numbersAreShortAndNeverLocal()
    {
        QCOMPARE(svgNumber(2.5), q("2.5"));
        QCOMPARE(svgNumber(1.0 / 3), q("0.333"));
        QCOMPARE(svgNumber(1200), q("1200"));
        QCOMPARE(svgNumber(-0.0001), q("0"));
        QCOMPARE(svgPath(box(1, 2, 3, 4)), q("M1,2 L3,2 L3,4 L1,4 Z"));
    }

    void anAreaIsCutOnAllSides()
    {
        QPainterPath diamond;
        diamond.addPolygon(QPolygonF({{0, -10}, {10, 0}, {0, 10}, {-10, 0}}));
        diamond.closeSubpath();
        const QPainterPath cut = clippedArea(diamond, QRectF(-6, -6, 12, 12));
        QCOMPARE(cut.boundingRect(), QRectF(-6, -6, 12, 12));
        QCOMPARE(cut.elementCount(), 8 + 1); // an octagon and the way back
        QVERIFY(clippedArea(diamond, QRectF(20, 20, 5, 5)).isEmpty());
    }

    void aLineThatComesBackIsTwoPieces()
    {
        QPainterPath line;
        line.moveTo(-5, 0);
        line.lineTo(15, 0);
        line.lineTo(15, 5);
        line.lineTo(-5, 5);
        QCOMPARE(svgPath(clippedLine(line, QRectF(0, -10, 10, 20))), q("M0,0 L10,0 M10,5 L0,5"));
    }

    void aFilesNameTellsItsFormat()
    {
        QCOMPARE(fileFormatOf("a.b/x.svg"), FileFormat::Svg);
        QCOMPARE(fileFormatOf("x.pdf"), FileFormat::Pdf);
        QCOMPARE(fileFormatOf("x.png"), FileFormat::Png);
        QVERIFY(!fileFormatOf("x.svgz"));
        QVERIFY(!fileFormatOf("png"));
    }
};

QTEST_MAIN(TestDocuments)
#include "tst_documents.moc"
