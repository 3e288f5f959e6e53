// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/figure_style.h"

#include "ui/fonts.h"

#include <QCoreApplication>
#include <QFontDatabase>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("figureStyle", words);
}

constexpr double millimetresPerInch = 25.4;
constexpr double slideDots = 144;  ///< 1920 pixels are then the 13.33 inches of a 16:9 slide
constexpr double readmeDots = 192; ///< two pixels for each of CSS's 96 to the inch

/// Families whose letters have the widths of Times, as Debian names them.
constexpr std::array timesLike{"Times New Roman", "Liberation Serif", "TeX Gyre Termes", "Nimbus Roman",
                               "Tinos",           "FreeSerif",        "STIX Two Text",   "DejaVu Serif",
                               "Noto Serif"};

} // namespace

std::span<const FigurePreset> figurePresets()
{
    static const std::array<FigurePreset, 5> all{
        FigurePreset{.id = "paper-single",
                     .title = [] { return tr("Paper, single column"); },
                     .widthMillimetres = 88.9,
                     .fontPoints = 8,
                     .dotsPerInch = 300},
        FigurePreset{.id = "paper-double",
                     .title = [] { return tr("Paper, double column"); },
                     .widthMillimetres = 181,
                     .fontPoints = 8,
                     .dotsPerInch = 300},
        FigurePreset{.id = "slide",
                     .title = [] { return tr("Slide, 16:9"); },
                     .widthMillimetres = 1920 * millimetresPerInch / slideDots,
                     .heightMillimetres = 1080 * millimetresPerInch / slideDots,
                     .fontPoints = 18,
                     .dotsPerInch = slideDots,
                     .isForScreens = true},
        FigurePreset{.id = "readme",
                     .title = [] { return tr("README, 1200 px at 2×"); },
                     .widthMillimetres = 1200 * millimetresPerInch / (readmeDots / 2),
                     .fontPoints = 12,
                     .dotsPerInch = readmeDots,
                     .isForScreens = true},
        FigurePreset{.id = "custom",
                     .title = [] { return tr("Custom"); },
                     .widthMillimetres = 120,
                     .fontPoints = 9,
                     .dotsPerInch = 300,
                     .isForScreens = true},
    };
    return all;
}

Result<const FigurePreset*> figurePresetNamed(std::string_view id)
{
    const auto found = std::ranges::find(figurePresets(), id, &FigurePreset::id);
    if (found != figurePresets().end())
        return &*found;
    return failure(ErrorKind::NotFound, std::string(id), "no preset of this name");
}

Theme FigureStyle::theme() const
{
    Theme theme = themeOf(*palette, isDark && preset->isForScreens, hasHatches());
    theme.fontFamily = fontFamily;
    return theme;
}

QStringList FigureStyle::fontFamilies()
{
    return {QStringLiteral("Sunflop Sans"), QStringLiteral("DejaVu Sans"), QStringLiteral("Times")};
}

Result<QString> fontFamilyNamed(const QString& name)
{
    registerFonts();
    const QStringList known = QFontDatabase::families();
    const auto find = [&known](const QString& wanted) {
        const auto same = [&](const QString& family) {
            return family.compare(wanted, Qt::CaseInsensitive) == 0;
        };
        const auto found = std::ranges::find_if(known, same);
        return found == known.end() ? QString() : *found;
    };
    if (name.compare(QLatin1String("sunflop"), Qt::CaseInsensitive) == 0)
        return find(QStringLiteral("Sunflop Sans"));
    if (name.compare(QLatin1String("times"), Qt::CaseInsensitive) == 0)
        for (const char* family : timesLike)
            if (const QString found = find(QLatin1String(family)); !found.isEmpty())
                return found;
    if (const QString found = find(name); !found.isEmpty())
        return found;
    return failure(ErrorKind::NotFound, name.toStdString(),
                   "no font of this name here, expected \"Sunflop Sans\" or an installed family");
}

} // namespace sunflop
