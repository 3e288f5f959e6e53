// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/vision.h"
#include "ui/theme.h"

#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const std::array<const Theme*, 2>& schemes()
{
    static const std::array<const Theme*, 2> both{&Theme::light(), &Theme::dark()};
    return both;
}

const char* name(const Theme& theme)
{
    return theme.isDark ? "dark" : "light";
}

} // namespace

class TestTheme : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsDifferencesThatArePublished()
    {
        // White and black are 100 apart in lightness; to a deuteranope this red and green are far nearer.
        QVERIFY(std::abs(difference(Qt::white, Qt::black, visions[0]) - 100) < 0.001);
        const QColor red(0xD0, 0x40, 0x30);
        const QColor green(0x50, 0x90, 0x30);
        QVERIFY(difference(red, green, visions[2]) < difference(red, green, visions[0]) / 2);
    }

    void rolesStayApartToEveryEye_data()
    {
        QTest::addColumn<int>("scheme");
        QTest::addColumn<int>("vision");
        for (int scheme = 0; scheme < 2; ++scheme)
            for (int vision = 0; vision < static_cast<int>(visions.size()); ++vision)
                QTest::addRow("%s, %s", name(*schemes()[static_cast<std::size_t>(scheme)]),
                              visions[static_cast<std::size_t>(vision)].name)
                    << scheme << vision;
    }

    void rolesStayApartToEveryEye()
    {
        QFETCH(int, scheme);
        QFETCH(int, vision);
        const Theme& theme = *schemes()[static_cast<std::size_t>(scheme)];
        // Role::Other is no claim about a module and is left out.
        for (std::size_t i = 1; i < roleCount; ++i)
            for (std::size_t j = i + 1; j < roleCount; ++j) {
                const double apart =
                    difference(theme.roles[i], theme.roles[j], visions[static_cast<std::size_t>(vision)]);
                QVERIFY2(apart >= 20,
                         qPrintable(QStringLiteral("roles %1 and %2: %3").arg(i).arg(j).arg(apart)));
            }
    }

    void cheaperAndDearerStayApartToEveryEye()
    {
        for (const Theme* theme : schemes())
            for (const Vision& vision : visions) {
                QVERIFY(difference(theme->cheaper, theme->dearer, vision) >= 40);
                QVERIFY(difference(theme->cheaperInk, theme->dearerInk, vision) >= 40);
                // Slight differences have bars of their own colour.
                QVERIFY(difference(theme->cheaper, theme->faint, vision) >= 15);
                QVERIFY(difference(theme->dearer, theme->faint, vision) >= 15);
            }
    }

    void barsStandOutFromTheirGround()
    {
        // WCAG 2.1 asks 3 of what is no text.
        for (const Theme* theme : schemes())
            for (const QColor& fill : {theme->cheaper, theme->dearer})
                QVERIFY2(contrast(fill, theme->panel) >= 2.8, qPrintable(fill.name()));
    }

    void inkIsReadableOnEveryFill()
    {
        for (const Theme* theme : schemes()) {
            std::vector<QColor> fills(theme->roles.begin(), theme->roles.end());
            fills.push_back(theme->rest);
            for (int branch = 0; branch < 4; ++branch)
                for (int depth = 0; depth < 8; ++depth)
                    fills.push_back(theme->branch(branch, depth));
            for (int step = 0; step <= 100; ++step)
                fills.push_back(theme->heat(step / 100.0));
            for (const QColor& fill : fills)
                QVERIFY2(contrast(inkOn(fill), fill) >= 4.5,
                         qPrintable(QStringLiteral("%1 %2: %3")
                                        .arg(QLatin1String(name(*theme)), fill.name())
                                        .arg(contrast(inkOn(fill), fill))));
        }
    }

    void textIsReadableOnEveryGround()
    {
        for (const Theme* t : schemes()) {
            std::vector<std::pair<QColor, QColor>> pairs{
                {t->onAccent, t->accent},
                {t->warning, t->warningSoft},
                {t->good, t->goodSoft},
                {t->danger, t->dangerSoft},
                {t->text, t->dangerSoft},
                {t->accent, t->accentSoft},
                {t->text, t->accentSoft},
                {t->dim, t->accentSoft},
                {t->text, t->grid},
                {t->dim, t->grid},
                {Qt::white, t->badgeA},
                {Qt::white, t->badgeB},
                {t->cheaperInk, t->accentSoft},
                {t->dearerInk, t->accentSoft},
            };
            for (const QColor& ground : {t->window, t->panel, t->panelAlternate})
                for (const QColor& ink : {t->text, t->dim, t->faint, t->accent, t->good, t->warning,
                                          t->danger, t->cheaperInk, t->dearerInk})
                    pairs.emplace_back(ink, ground);
            for (const auto& [ink, ground] : pairs)
                QVERIFY2(contrast(ink, ground) >= 4.5,
                         qPrintable(QStringLiteral("%1 %2 on %3: %4")
                                        .arg(QLatin1String(name(*t)), ink.name(), ground.name())
                                        .arg(contrast(ink, ground))));
        }
    }

    void contrastIsThatOfWcag()
    {
        QCOMPARE(contrast(Qt::white, Qt::black), 21.0);
        QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
        // #767676 is the lightest grey that passes on white: 4.54.
        QVERIFY(std::abs(contrast(QColor(0x76, 0x76, 0x76), Qt::white) - 4.54) < 0.01);
    }

    void styleSheetNamesOnlyKnownTokens()
    {
        for (const Theme* theme : schemes()) {
            const QString sheet = theme->styleSheet();
            QVERIFY(sheet.contains(theme->accent.name()));
            QVERIFY2(!sheet.contains(QLatin1Char('@')),
                     qPrintable(sheet.mid(sheet.indexOf(QLatin1Char('@')), 40)));
        }
    }

    void systemFollowsTheDesktop()
    {
        QPalette desktop;
        desktop.setColor(QPalette::Window, QColor(0x20, 0x20, 0x20));
        QVERIFY(Theme::of(ThemeChoice::System, desktop).isDark);
        QVERIFY(!Theme::of(ThemeChoice::Light, desktop).isDark);
        desktop.setColor(QPalette::Window, QColor(0xEE, 0xEE, 0xEE));
        QVERIFY(!Theme::of(ThemeChoice::System, desktop).isDark);
        QVERIFY(Theme::of(ThemeChoice::Dark, desktop).isDark);
    }
};

QTEST_GUILESS_MAIN(TestTheme)
#include "tst_theme.moc"
