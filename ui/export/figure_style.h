// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a figure for publication looks like: its size, its font and its colours.

#include "core/base/result.h"
#include "ui/export/palette.h"

#include <QString>
#include <QStringList>

#include <optional>
#include <span>
#include <string_view>

namespace sunflop {

/// A place where figures end up.
struct FigurePreset {
    std::string_view id;
    QString (*title)() = nullptr;
    double widthMillimetres = 0;
    double heightMillimetres = 0; ///< 0: as high as the view's content needs
    double fontPoints = 0;
    double dotsPerInch = 0;    ///< of PNG files
    bool isForScreens = false; ///< dark is a choice there
};

/// paper-single, paper-double, slide, readme, custom.
std::span<const FigurePreset> figurePresets();
Result<const FigurePreset*> figurePresetNamed(std::string_view id);

/// All choices about one figure. Lengths follow the preset until they are set.
struct FigureStyle {
    const FigurePreset* preset = &figurePresets().front(); ///< never null
    const Palette* palette = &palettes().front();          ///< never null
    std::optional<double> widthMillimetres;
    std::optional<double> heightMillimetres;
    std::optional<double> fontPoints;
    std::optional<double> dotsPerInch;
    QString fontFamily = fontFamilies().front();
    std::optional<bool> hatches; ///< nothing: where the palette's colours alone do not tell roles apart
    bool isDark = false;
    bool hasStraightLabels = false;
    bool hasTitle = true;
    bool hasLegend = true;
    bool hasCaption = false; ///< papers have captions of their own
    bool isTransparent = false;

    double width() const { return widthMillimetres.value_or(preset->widthMillimetres); }
    double height() const { return heightMillimetres.value_or(preset->heightMillimetres); } ///< 0: natural
    double points() const { return fontPoints.value_or(preset->fontPoints); }
    double resolution() const { return dotsPerInch.value_or(preset->dotsPerInch); }
    bool hasHatches() const { return hatches.value_or(!palette->isApartByColour); }
    /// The scheme, in palette and font.
    Theme theme() const;

    /// Families that are offered: the compiled-in one first, then what a machine with Debian's usual fonts
    /// has.
    static QStringList fontFamilies();
};

/// A name as users write it ("sunflop", "times", "dejavu sans") as the name of a family that is there. Needs
/// a QGuiApplication. An unknown one is an error: a substitute would have other widths.
Result<QString> fontFamilyNamed(const QString& name);

inline constexpr double narrowestFigure = 30; ///< millimetres
inline constexpr double widestFigure = 1200;
inline constexpr double fewestDots = 36; ///< per inch
inline constexpr double mostDots = 2400;
inline constexpr double smallestFont = 4; ///< points
inline constexpr double largestFont = 72;

} // namespace sunflop
