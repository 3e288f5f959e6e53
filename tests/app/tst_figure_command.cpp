// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"
#include "tests/support/text.h"

#include <QImage>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop::test;

class TestFigureCommand : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }

    /// Runs the program on a bare machine: `variables` are all that it knows of a screen.
    Outcome sunflop(const QString& arguments, const QStringList& variables = {}) const
    {
        QStringList all;
        for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR"})
            all << q("-u") << q(variable);
        all << variables << q(SUNFLOP_PROGRAM) << arguments.split(QLatin1Char(' '), Qt::SkipEmptyParts);
        return runProgram(q("/usr/bin/env"), all, {.folder = m_folder.path()});
    }

private Q_SLOTS:
    void hasAsManyPixelsAsAskedFor_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QSize>("pixels");
        const auto row = [](const char* arguments, QSize pixels) {
            QTest::newRow(arguments) << q(arguments) << pixels;
        };
        row("--view sunburst --size 300x200", {300, 200});
        row("--view sunburst --size 300x200 --scale 2", {2 * 300, 2 * 200});
        row("--view table --size 640x120 --scale 1.5", {640 * 3 / 2, 120 * 3 / 2});
        row("--view table --size 640x480 --unfold --select model.layers.17.mlp", {640, 480});
        row("--size 1000x700", {1000, 700});
        row("--size 1000x700 --scale 2", {2 * 1000, 2 * 700});
        row("", {1680, 1050});
        row("--view sunburst --preset slide", {1920, 1080});
        row("--view by_type --preset slide --theme dark --palette viridis --transparent", {1920, 1080});
        // 60 mm are 60 / 25.4 inches of 254 dots.
        row("--view table --preset custom --width-mm 60 --height-mm 40 --dpi 254", {600, 400});
        row("--view sunburst --preset paper-single --greyscale --straight-labels --width-mm 60 --height-mm "
            "60 --dpi 254",
            {600, 600});
        row("--compare internvl2-1b --size 1180x720", {1180, 720});
    }

    void hasAsManyPixelsAsAskedFor()
    {
        QFETCH(QString, arguments);
        const Outcome outcome = sunflop(q("figure qwen2.5-0.5b -o out.png ") + arguments);
        QVERIFY2(outcome.status == 0 && outcome.out.isEmpty() && outcome.error.isEmpty(),
                 qPrintable(outcome.text()));
        QTEST(QImage(path("out.png")).size(), "pixels");
    }

    void modelsThatRunAlikeAreLinked()
    {
        const auto picture = [this](const char* options) {
            const Outcome outcome = sunflop(
                q("figure qwen2.5-0.5b --compare qwen2.5-1.5b --size 1180x720 -o out.png ") + q(options));
            QImage image(path("out.png"));
            return outcome.status == 0 ? image : QImage();
        };
        const QImage unsaid = picture("");
        QVERIFY(!unsaid.isNull());
        QVERIFY(unsaid == picture("--link"));
        QVERIFY(unsaid != picture("--no-link"));
        QVERIFY(picture("--set-b batch=2") == picture("--set-b batch=2 --no-link"));
    }

    void doesNotDependOnTheScreen_data()
    {
        QTest::addColumn<QString>("variable");
        for (const char* variable :
             {"QT_FONT_DPI=144", "QT_SCALE_FACTOR=3", "QT_SCREEN_SCALE_FACTORS=2", "QT_QPA_PLATFORM=xcb",
              "LC_ALL=de_DE.UTF-8", "QT_STYLE_OVERRIDE=windows"})
            QTest::newRow(variable) << q(variable);
    }

    void doesNotDependOnTheScreen()
    {
        QFETCH(QString, variable);
        const QString figure = q("figure qwen2.5-0.5b --view sunburst --size 300x200 -o ");
        QCOMPARE(sunflop(figure + q("plain.png")).status, 0);
        const Outcome outcome = sunflop(figure + q("other.png"), {variable});
        QVERIFY2(outcome.status == 0, qPrintable(outcome.text()));
        QCOMPARE(QImage(path("other.png")), QImage(path("plain.png")));
    }

    void refusesWithOneLine_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("error");
        const auto row = [](const char* name, const char* arguments, int status, const char* error) {
            QTest::newRow(name) << q("figure ") + q(arguments) << status << q(error);
        };
        row("unknown model", "gpt-9 -o x.png", 1, "gpt-9: no bundled model, file or folder of this name");
        row("unknown input", "qwen2.5-0.5b --set tiles=2 -o x.png", 1, "tiles: no such input here");
        row("unknown module", "qwen2.5-0.5b --select model.layer -o x.png", 1, "model.layer: no module");
        row("member of a folded run", "qwen2.5-0.5b --select model.layers.17 -o x.png", 1,
            "model.layers.17: no module");
        row("unknown module in the middle", "qwen2.5-0.5b --view sunburst --zoom head -o x.png", 1,
            "head: no module");
        row("missing folder", "qwen2.5-0.5b --size 64x64 --view sunburst -o no/x.png", 1, "no/x.png: ");
        row("folder as a file", "qwen2.5-0.5b --size 64x64 --view sunburst -o folder.png", 1, "folder.png: ");
        row("unknown tab", "qwen2.5-0.5b --tab icicle -o x.png", 2, "--tab");
        row("unknown view", "qwen2.5-0.5b --view icicle -o x.png", 2, "--view");
        row("unknown measure", "qwen2.5-0.5b --measure joules -o x.png", 2, "--measure");
        row("unknown preset", "qwen2.5-0.5b --view table --preset poster -o x.png", 2, "--preset");
        row("unknown palette", "qwen2.5-0.5b --view table --preset slide --palette jet -o x.png", 2,
            "--palette");
        row("unknown font", "qwen2.5-0.5b --view table --preset slide --font NoSuchGrotesk -o x.png", 1,
            "NoSuchGrotesk: no font of this name");
        row("palette without a preset", "qwen2.5-0.5b --view table --palette grey -o x.png", 2, "--preset");
        row("window as a page", "qwen2.5-0.5b --preset slide -o x.png", 2, "--preset");
        row("width alone", "qwen2.5-0.5b --view table --width-mm 60 -o x.png", 2, "--width-mm");
        row("unknown theme", "qwen2.5-0.5b --theme blue -o x.png", 2, "--theme");
        row("size of one side", "qwen2.5-0.5b --size 640 -o x.png", 2, "\"640\" is no size");
        row("size in words", "qwen2.5-0.5b --size bigxsmall -o x.png", 2, "\"bigxsmall\" is no size");
        row("size with a tail", "qwen2.5-0.5b --size 640x480px -o x.png", 2, "\"640x480px\" is no size");
        row("negative size", "qwen2.5-0.5b --size 640x-480 -o x.png", 2, "\"640x-480\" is no size");
        row("too small", "qwen2.5-0.5b --size 640x63 -o x.png", 2, "expected WIDTHxHEIGHT of 64 to 16384");
        row("too large", "qwen2.5-0.5b --size 16385x64 -o x.png", 2, "expected WIDTHxHEIGHT of 64 to 16384");
        row("scale of nothing", "qwen2.5-0.5b --scale 0 -o x.png", 2, "--scale");
        row("no picture", "qwen2.5-0.5b -o x.jpg", 2, "\"x.jpg\" is no PNG, PDF or SVG file");
        row("no file", "qwen2.5-0.5b", 2, "-o is required");
    }

    void refusesWithOneLine()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, error);
        QVERIFY(QDir(m_folder.path()).mkpath(q("folder.png")));
        const Outcome outcome = sunflop(arguments);
        QTEST(outcome.status, "status");
        QVERIFY2(outcome.isOneLineError(), qPrintable(outcome.text()));
        QVERIFY2(outcome.error.contains(error), qPrintable(outcome.text()));
        QVERIFY(!QFile::exists(path("x.png")));
    }

    void leavesTheUsersSettingsAlone()
    {
        const QString home = path("home");
        // Caches are no settings: fontconfig has one wherever it runs.
        const QStringList variables{q("HOME=") + home, q("XDG_CONFIG_HOME=") + home,
                                    q("XDG_CACHE_HOME=") + path("cache")};
        QCOMPARE(sunflop(q("figure qwen2.5-0.5b --theme dark -o out.png"), variables).status, 0);
        QVERIFY(!QFile::exists(home));
    }

    void theWindowNeedsADisplay()
    {
        for (const char* arguments : {"", "ovis2-4b"}) {
            const Outcome outcome = sunflop(q(arguments));
            QCOMPARE(outcome.status, 1);
            QVERIFY2(outcome.isOneLineError() && outcome.error.contains(q("display")),
                     qPrintable(outcome.text()));
        }
    }
};

QTEST_APPLESS_MAIN(TestFigureCommand)
#include "tst_figure_command.moc"
