// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/expert_tree.h"
#include "tests/support/vision.h"
#include "ui/export/export_job.h"
#include "ui/export/table_text.h"
#include "ui/fonts.h"
#include "ui/hatch.h"
#include "ui/preferences.h"
#include "ui/sunburst/sunburst_hatch.h"
#include "ui/sunburst/sunburst_labels.h"

#include <QFontDatabase>
#include <QPainter>
#include <QtTest>

#include <cmath>
#include <set>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr double apartByColour = 15;
constexpr double apartByLightness = 8;
constexpr double fuzz = 1e-6;

const View& viewNamed(std::string_view id)
{
    return *std::ranges::find(views(), id, &View::id);
}

const FigurePreset& preset(std::string_view id)
{
    return **figurePresetNamed(id);
}

const Palette& palette(std::string_view id)
{
    return *std::ranges::find(palettes(), id, &Palette::id);
}

FigureStyle styleFor(std::string_view id)
{
    FigureStyle style;
    style.preset = &preset(id);
    return style;
}

/// Every distance and angle of a path's points, seen from the origin.
struct Reach {
    double nearest = 1e9;
    double farthest = 0;
    double first = 1e9; ///< turns clockwise from 12 o'clock
    double last = -1e9;
};

Reach reachOf(const QPainterPath& path)
{
    Reach reach;
    for (int i = 0; i < path.elementCount(); ++i) {
        const QPointF at = path.elementAt(i);
        const double turns = std::atan2(at.x(), -at.y()) / (2 * M_PI);
        reach.nearest = std::min(reach.nearest, std::hypot(at.x(), at.y()));
        reach.farthest = std::max(reach.farthest, std::hypot(at.x(), at.y()));
        reach.first = std::min(reach.first, turns < 0 ? turns + 1 : turns);
        reach.last = std::max(reach.last, turns < 0 ? turns + 1 : turns);
    }
    return reach;
}

/// Pixels that differ from the ground in one row or column of the edge.
int inkOnEdge(const QImage& image)
{
    const QRgb ground = image.pixel(0, 0);
    int ink = 0;
    for (int x = 0; x < image.width(); ++x)
        ink += (image.pixel(x, 0) != ground) + (image.pixel(x, image.height() - 1) != ground);
    for (int y = 0; y < image.height(); ++y)
        ink += (image.pixel(0, y) != ground) + (image.pixel(image.width() - 1, y) != ground);
    return ink;
}

} // namespace

class TestFigureStyle : public QObject {
    Q_OBJECT

    PreferencesSandbox m_sandbox;
    std::unique_ptr<Session> m_session;

    void open(const char* model) { QVERIFY(m_session->show(*openModel(QString::fromLatin1(model)))); }
    QSizeF sizeOf(std::string_view view, const FigureStyle& style)
    {
        return FigurePage(figureOf(*m_session, viewNamed(view)), style).millimetres();
    }
    QImage paint(std::string_view view, const FigureStyle& style)
    {
        const auto png = figureDocument(figureOf(*m_session, viewNamed(view)), style, FileFormat::Png);
        return png ? QImage::fromData(*png, "PNG") : QImage();
    }

private Q_SLOTS:
    void init()
    {
        registerFonts();
        m_session = std::make_unique<Session>();
        open("internvl2-1b");
    }

    void palettesTellRolesApartToEveryEye_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("vision");
        for (const Palette& each : palettes())
            for (int vision = 0; vision < static_cast<int>(visions.size()); ++vision)
                QTest::addRow("%s, %s", each.id.data(), visions[static_cast<std::size_t>(vision)].name)
                    << QString::fromLatin1(each.id.data()) << vision;
    }

    void palettesTellRolesApartToEveryEye()
    {
        QFETCH(QString, id);
        QFETCH(int, vision);
        const Palette& shown = palette(id.toStdString());
        for (const bool isDark : {false, true}) {
            const Theme theme = themeOf(shown, isDark, !shown.isApartByColour);
            // Role::Other is no claim about a module and is left out.
            for (std::size_t i = 1; i < roleCount; ++i)
                for (std::size_t j = i + 1; j < roleCount; ++j) {
                    const double apart =
                        difference(theme.roles[i], theme.roles[j], visions[static_cast<std::size_t>(vision)]);
                    QVERIFY2(apart >= apartByColour || theme.hatches[i] != theme.hatches[j],
                             qPrintable(QStringLiteral("roles %1 and %2: %3").arg(i).arg(j).arg(apart)));
                }
        }
    }

    void greysStandInOrderOfLightness()
    {
        for (const Palette& each : palettes()) {
            if (!each.isOrderedByLightness)
                continue;
            const Theme theme = themeOf(each, false, true);
            std::vector<double> lightness;
            for (std::size_t i = 1; i < roleCount; ++i)
                lightness.push_back(lab(theme.roles[i], visions[0])[0]);
            std::ranges::sort(lightness);
            for (std::size_t i = 1; i < lightness.size(); ++i)
                QVERIFY2(lightness[i] - lightness[i - 1] >= apartByLightness, each.id.data());
        }
        for (const QColor& colour : themeOf(palette("grey"), false, true).roles)
            QVERIFY(colour.red() == colour.green() && colour.green() == colour.blue());
    }

    void hatchesTellAllRolesApartWithoutColour()
    {
        for (const Palette& each : palettes()) {
            const auto hatches = themeOf(each, false, true).hatches;
            const std::set<Hatch> different(std::next(hatches.begin()), hatches.end());
            QCOMPARE(different.size(), roleCount - 1);
        }
        for (const Hatch hatch : themeOf(palettes().front(), false, false).hatches)
            QVERIFY(hatch == Hatch::None);
    }

    void hatchesStayInTheirBoxAndOutOfTheHole()
    {
        const QRectF box(10, 20, 80, 33);
        const QRectF hole(30, 28, 40, 14);
        for (int i = 1; i <= static_cast<int>(Hatch::WideRising); ++i) {
            const auto lines = hatchLines(static_cast<Hatch>(i), box, 1, hole);
            QVERIFY(!lines.empty());
            for (const QLineF& line : lines) {
                const QRectF room = box.adjusted(-fuzz, -fuzz, fuzz, fuzz);
                QVERIFY(room.contains(line.p1()) && room.contains(line.p2()));
                for (const double t : {0.1, 0.5, 0.9})
                    QVERIFY(!hole.adjusted(fuzz, fuzz, -fuzz, -fuzz).contains(line.pointAt(t)));
            }
        }
        QVERIFY(hatchLines(Hatch::None, box, 1).empty());
    }

    void hatchesOfASliceStayInIt_data()
    {
        QTest::addColumn<double>("start");
        QTest::addColumn<double>("span");
        QTest::newRow("wide") << 0.05 << 0.6;
        QTest::newRow("quarter") << 0.25 << 0.25;
        QTest::newRow("sliver") << 0.5 << 0.004;
    }

    void hatchesOfASliceStayInIt()
    {
        QFETCH(double, start);
        QFETCH(double, span);
        const Arc arc{100, 140, start, span};
        constexpr double gap = 1.6;
        for (int i = 1; i <= static_cast<int>(Hatch::WideRising); ++i) {
            const QPainterPath path = hatchPath(static_cast<Hatch>(i), arc, {}, gap, 1);
            if (path.isEmpty())
                continue;
            const Reach reach = reachOf(path);
            QVERIFY(reach.nearest >= arc.inner + gap / 2 - 0.02);
            QVERIFY(reach.farthest <= arc.outer - gap / 2 + 0.02);
            QVERIFY(reach.first >= start && reach.last <= start + span);
        }
    }

    void straightLabelsAreOnePieceInsideTheirSlice()
    {
        const QFont font = bundledFont(12);
        LabelPlacer placer(font, nullptr, 1, true);
        const QFontMetricsF metrics(font);
        int placed = 0;
        for (double start = 0; start < 1; start += 0.07)
            for (const double span : {0.03, 0.12, 0.4}) {
                const Arc arc{100, 170, start, span};
                const Label label =
                    placer.place({QStringLiteral("gate_proj"), QStringLiteral("gate")}, arc, {});
                if (label.isEmpty())
                    continue;
                ++placed;
                QCOMPARE(label.pieces.size(), 1U);
                QVERIFY(label.space.inner >= arc.inner && label.space.outer <= arc.outer);
                QVERIFY(label.space.start >= arc.start - fuzz);
                QVERIFY(label.space.start + label.space.span <= arc.start + arc.span + fuzz);
                const auto& piece = label.pieces.front();
                const double radians = piece.degrees * M_PI / 180;
                const double width = metrics.horizontalAdvance(piece.text);
                const QPointF end = piece.at + width * QPointF(std::cos(radians), std::sin(radians));
                for (const QPointF at : {piece.at, end})
                    QVERIFY(std::hypot(at.x(), at.y()) > arc.inner && std::hypot(at.x(), at.y()) < arc.outer);
            }
        QVERIFY(placed > 30);
    }

    void papersHaveTheirWidth_data()
    {
        QTest::addColumn<QString>("view");
        for (const View& view : views())
            if (view.paint != nullptr)
                QTest::newRow(view.id.data()) << QString::fromLatin1(view.id.data());
    }

    void papersHaveTheirWidth()
    {
        QFETCH(QString, view);
        const std::string id = view.toStdString();
        // 3.5 and 7.126 inches; a slide is 13.33 x 7.5.
        QCOMPARE(sizeOf(id, styleFor("paper-single")).width(), 3.5 * 25.4);
        QCOMPARE(sizeOf(id, styleFor("paper-double")).width(), 181.0);
        QCOMPARE(sizeOf(id, styleFor("slide")), QSizeF(1920, 1080) * 25.4 / 144);
    }

    void presetsHaveTheirDots()
    {
        QCOMPARE(paint("by_type", styleFor("slide")).size(), QSize(1920, 1080));
        QCOMPARE(paint("by_type", styleFor("readme")).width(), 2 * 1200);
        // 300 dots to the inch.
        QCOMPARE(paint("by_type", styleFor("paper-single")).width(), int(std::lround(3.5 * 300)));
    }

    void nothingTouchesTheEdge_data()
    {
        QTest::addColumn<QString>("view");
        QTest::addColumn<QString>("preset");
        for (const View& view : views())
            for (const FigurePreset& each : figurePresets())
                if (view.paint != nullptr)
                    QTest::addRow("%s, %s", view.id.data(), each.id.data())
                        << QString::fromLatin1(view.id.data()) << QString::fromLatin1(each.id.data());
    }

    void nothingTouchesTheEdge()
    {
        QFETCH(QString, view);
        QFETCH(QString, preset);
        FigureStyle style = styleFor(preset.toStdString());
        style.hasCaption = true;
        style.dotsPerInch = 110;
        const QImage image = paint(view.toStdString(), style);
        QVERIFY(!image.isNull());
        QCOMPARE(inkOnEdge(image), 0);
    }

    void chartsAreAsHighAsTheyShouldBe()
    {
        FigureStyle style = styleFor("paper-single");
        const double width = sizeOf("sweep", style).width();
        QVERIFY(std::abs(sizeOf("sweep", style).height() / width - 0.62) < 0.02);
        QVERIFY(sizeOf("sunburst", style).height() > width);
        const double before = sizeOf("sunburst", style).height();
        style.hasCaption = true;
        QVERIFY(sizeOf("sunburst", style).height() > before);
        style.heightMillimetres = 70;
        QCOMPARE(sizeOf("sunburst", style), QSizeF(3.5 * 25.4, 70));
    }

    void tablesAreAsHighAsTheirRows()
    {
        const FigureStyle style = styleFor("paper-single");
        m_session->outline().openTo(m_session->run().costs, 0);
        const double one = sizeOf("table", style).height();
        m_session->outline().openTo(m_session->run().costs, 1);
        const double more = sizeOf("table", style).height();
        m_session->outline().openTo(m_session->run().costs, 2);
        QVERIFY(one < more && more < sizeOf("table", style).height());
    }

    void aHugeModelHasAllItsRowsOnPaper()
    {
        QVERIFY(m_session->show(expertModel(4, 8)));
        m_session->outline().openTo(m_session->run().costs, 9);
        const int rows = 4 * (8 * (modulesPerExpert + ownRowsPerExpert) + modulesPerLayer + ownRowsPerLayer) +
                         modulesAround;
        const FigureStyle style = styleFor("paper-single");
        // 8 points of text stand in lines of 1.35 times the font's height, which is about 1.2.
        const double line = 8 * 1.35 * 1.2 * 25.4 / 72;
        QVERIFY(sizeOf("table", style).height() > 0.9 * line * (rows + 1));
        QCOMPARE(tableCells(*m_session).size(), qsizetype(rows) + 1);
    }

    void captionsTellModelInputsConventionAndVersion()
    {
        m_session->setInput(QStringLiteral("text_tokens"), QStringLiteral("300"));
        m_session->settle();
        const QString caption = FigurePage(figureOf(*m_session, viewNamed("sunburst")), {}).caption();
        for (const char* part : {"internvl2-1b", "text_tokens=300", "convention", "Sunflop "})
            QVERIFY2(caption.contains(QLatin1String(part)), qPrintable(caption));
    }

    void aFigureLeavesItsSessionAlone()
    {
        QSignalSpy themes(&m_session->lens(), &Lens::themeChanged);
        QSignalSpy roots(&m_session->focus(), &Focus::rootChanged);
        FigureStyle style = styleFor("slide");
        style.isDark = true;
        QVERIFY(!paint("sunburst", style).isNull());
        QCOMPARE(themes.size() + roots.size(), 0);
        QVERIFY(!m_session->lens().theme().isDark);
    }

    void aFigureShowsTheStateOfItsSession()
    {
        const FigureStyle style = styleFor("paper-single");
        const QImage whole = paint("sunburst", style);
        m_session->focus().zoom(1);
        const QImage zoomed = paint("sunburst", style);
        QVERIFY(whole != zoomed);
        m_session->lens().setMeasure(measureNamed("params"));
        QVERIFY(paint("sunburst", style) != zoomed);
    }

    void transparentFiguresHaveNoGround()
    {
        FigureStyle style = styleFor("paper-single");
        QCOMPARE(qAlpha(paint("sunburst", style).pixel(3, 3)), 255);
        style.isTransparent = true;
        QCOMPARE(qAlpha(paint("sunburst", style).pixel(3, 3)), 0);
    }

    void greyFiguresHaveNoColour()
    {
        FigureStyle style = styleFor("paper-single");
        style.palette = &palette("grey");
        const QImage image = paint("sunburst", style);
        int most = 0;
        for (int y = 0; y < image.height(); y += 3)
            for (int x = 0; x < image.width(); x += 3) {
                const QColor c = image.pixelColor(x, y);
                most = std::max({most, std::abs(c.red() - c.green()), std::abs(c.green() - c.blue())});
            }
        // Text on dark fills is white or nearly black: the only ink with a trace of blue.
        QVERIFY2(most <= 0x30 - 0x18, qPrintable(QString::number(most)));
    }

    void fontsAreThereOrRefused()
    {
        QCOMPARE(*fontFamilyNamed(QStringLiteral("sunflop")), QStringLiteral("Sunflop Sans"));
        QCOMPARE(*fontFamilyNamed(QStringLiteral("sunflop sans")), QStringLiteral("Sunflop Sans"));
        const auto unknown = fontFamilyNamed(QStringLiteral("No Such Grotesk"));
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().where, std::string("No Such Grotesk"));
    }

    void everyLabelIsInTheFigure_data()
    {
        QTest::addColumn<bool>("isStraight");
        QTest::newRow("along arcs") << false;
        QTest::newRow("straight") << true;
    }

    void everyLabelIsInTheFigure()
    {
        QFETCH(bool, isStraight);
        FigureStyle style = styleFor("paper-single");
        style.hasStraightLabels = isStraight;
        style.hasCaption = true;
        const auto svg = figureDocument(figureOf(*m_session, viewNamed("sunburst")), style, FileFormat::Svg);
        QVERIFY(svg);
        for (const char* words : {"language_model", "internvl2-1b", "Sunflop", "MLP"})
            QVERIFY2(svg->contains(words), words);
        QCOMPARE(svg->contains("textPath"), !isStraight);
    }

    void settingsSurviveJson()
    {
        ExportSettings settings;
        settings.subject = QStringLiteral("table");
        settings.format = FileFormat::Svg;
        settings.style = styleFor("slide");
        settings.style.palette = &palette("tableau");
        settings.style.widthMillimetres = 123.5;
        settings.style.hatches = false;
        settings.style.isDark = true;
        settings.style.hasLegend = false;
        const ExportSettings again = settingsFromJson(toJson(settings));
        QCOMPARE(toJson(again), toJson(settings));
        QCOMPARE(again.style.preset, settings.style.preset);
        QCOMPARE(again.style.width(), 123.5);
    }

    void settingsThatAreNoneAreAsTheyCome()
    {
        for (const char* text : {"", "[]", "{\"width\": 1e9, \"preset\": \"stone\", \"format\": 3}"})
            QCOMPARE(toJson(settingsFromJson(text)), toJson({}));
    }
};

QTEST_MAIN(TestFigureStyle)
#include "tst_figure_style.moc"
