// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QIcon>
#include <QTest>

using namespace sunflop;

/// Drawings appear where none of Qt's plugins is installed.
class TestIcons : public QObject {
    Q_OBJECT

private:
    /// Pixels that are drawn otherwise than the first one.
    static int drawnPixels(const QImage& image)
    {
        int count = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                count += image.pixel(x, y) != image.pixel(0, 0);
        return count;
    }

private Q_SLOTS:
    void initTestCase() { QCoreApplication::setLibraryPaths({}); }

    void aComboBoxHasItsArrow_data()
    {
        QTest::addColumn<bool>("isDark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void aComboBoxHasItsArrow()
    {
        QFETCH(bool, isDark);
        applyTheme(*qApp, isDark ? Theme::dark() : Theme::light());
        QComboBox box; // without entries: nothing but the arrow stands in it
        box.resize(160, 30);
        const QImage picture = box.grab().toImage();
        // The arrow's column is 22 pixels wide, inside of the border and its round corners.
        const int drawn = drawnPixels(picture.copy(picture.width() - 22, 7, 18, 16));
        QVERIFY2(drawn >= 10 && drawn <= 80, qPrintable(QString::number(drawn)));
        QCOMPARE(drawnPixels(picture.copy(60, 7, 18, 16)), 0);
    }

    void theWindowHasAnIconAtEverySize()
    {
        const QIcon icon(QStringLiteral(":/icons/sunflop.svg"));
        for (const int size : {16, 48, 256}) {
            const QImage picture = icon.pixmap(QSize(size, size), 1.0).toImage();
            QCOMPARE(picture.size(), QSize(size, size));
            QVERIFY(drawnPixels(picture) > size * size / 4);
        }
    }
};

QTEST_MAIN(TestIcons)
#include "tst_icons.moc"
