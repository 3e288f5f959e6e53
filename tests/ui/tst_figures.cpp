// SPDX-License-Identifier: GPL-3.0-or-later
// Every picture of tests/golden_images is what `sunflop figure` paints. With SUNFLOP_ACCEPT=1 what it paints
// now becomes what is expected.

#include "tests/support/image_difference.h"
#include "tests/support/program.h"
#include "tests/support/text.h"
#include "ui/theme.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

struct Golden {
    const char* name;
    const char* arguments;
};

const std::array goldens{
    Golden{"window-light", "--size 1280x800"},
    Golden{"window-dark",
           "--size 1280x800 --theme dark --measure macs --zoom llm --search mlp --tab by_type"},
    Golden{"sunburst-light", "--view sunburst --size 480x480"},
    Golden{"sunburst-dark-2x",
           "--view sunburst --size 320x320 --scale 2 --theme dark --zoom visual_tokenizer"},
    Golden{"table-light", "--view table --size 640x480"},
    Golden{"sweep-dark", "--view sweep --size 640x320 --theme dark"},
    Golden{"types-light", "--view by_type --size 640x320 --measure params"},
};

QString pathOf(const QString& name)
{
    return q(TEST_DATA "/golden_images/") + name + q(".png");
}

} // namespace

class TestFigures : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QImage paint(const QString& arguments) const
    {
        const QString file = m_folder.filePath(q("figure.png"));
        const Outcome outcome =
            runProgram(q(SUNFLOP_PROGRAM),
                       (q("figure ovis2-4b ") + arguments + q(" -o ") + file).split(QLatin1Char(' ')));
        if (outcome.status != 0 || !outcome.error.isEmpty() || !outcome.out.isEmpty())
            qWarning("%s", qPrintable(outcome.text()));
        return QImage(file);
    }
    static QImage expected(const char* name) { return QImage(pathOf(q(name))); }

    /// Keeps a picture beside the build, and says where.
    static QString keep(const QImage& image, const QString& name)
    {
        const QDir folder(QCoreApplication::applicationDirPath() + q("/golden_images"));
        folder.mkpath(q("."));
        image.save(folder.filePath(name));
        return folder.filePath(name);
    }

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(q("."))); }

    void looksAsExpected_data()
    {
        QTest::addColumn<int>("index");
        for (int i = 0; i < int(goldens.size()); ++i)
            QTest::newRow(goldens[std::size_t(i)].name) << i;
    }

    void looksAsExpected()
    {
        QFETCH(int, index);
        const Golden& golden = goldens[std::size_t(index)];
        const QString name = q(golden.name);
        const QImage found = paint(q(golden.arguments));
        QVERIFY(!found.isNull());
        if (qEnvironmentVariableIntValue("SUNFLOP_ACCEPT") != 0)
            QVERIFY(found.save(pathOf(name)));
        const QImage image = expected(golden.name);
        if (image.size() != found.size())
            QFAIL(qPrintable(q("another size: ") + keep(found, name + q(".png"))));
        const ImageDifference difference = differenceOf(image, found);
        if (!difference.isTolerable())
            QFAIL(qPrintable(q("%1 % of the pixels differ, at most %2 of a block: %3 %4")
                                 .arg(difference.fraction * 100)
                                 .arg(difference.densest)
                                 .arg(keep(found, name + q(".png")),
                                      keep(difference.picture, name + q("-difference.png")))));
    }

    void everyPictureHasItsArguments()
    {
        const QStringList files = QDir(q(TEST_DATA "/golden_images")).entryList({q("*.png")}, QDir::Files);
        QCOMPARE(std::size_t(files.size()), goldens.size());
    }

    void aColourThatIsSlightlyOffIsNoticed_data()
    {
        QTest::addColumn<int>("shift");
        QTest::addColumn<bool>("isTolerable");
        QTest::newRow("rounding") << 2 << true;
        QTest::newRow("another shade") << 3 << false;
    }

    void aColourThatIsSlightlyOffIsNoticed()
    {
        QFETCH(int, shift);
        const QImage image = expected("sunburst-light");
        const QRgb mlp = Theme::light().role(Role::Mlp).rgb();
        QImage other = image.convertToFormat(QImage::Format_RGB32);
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (image.pixel(x, y) == mlp)
                    other.setPixel(x, y, qRgb(qRed(mlp), qGreen(mlp), qBlue(mlp) + shift));
        QTEST(differenceOf(image, other).isTolerable(), "isTolerable");
    }

    void aFigureThatIsOffIsNoticed()
    {
        const QImage image = expected("table-light");
        const QImage other = paint(q("--view table --size 640x480 --set text_tokens=513"));
        QCOMPARE(other.size(), image.size());
        const ImageDifference difference = differenceOf(image, other);
        QVERIFY(!difference.isTolerable());
        QVERIFY2(difference.fraction < 0.01, "only digits changed");
    }
};

QTEST_GUILESS_MAIN(TestFigures)
#include "tst_figures.moc"
