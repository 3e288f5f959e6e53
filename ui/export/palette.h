// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Palettes of figures: variants of the window's two schemes.

#include "ui/theme.h"

#include <QString>

#include <span>
#include <string_view>

namespace sunflop {

/// One palette: the fills of roles and branches. Grounds and inks are those of the scheme.
struct Palette {
    std::string_view id;
    QString (*title)() = nullptr;
    /// Whether colours alone tell any two roles apart to every eye: 15 in CIE76 at the least. Where not,
    /// hatches do.
    bool isApartByColour = false;
    bool isOrderedByLightness = false;   ///< every two roles are 8 in L* apart
    std::array<QRgb, roleCount> roles{}; ///< in the order of Role; all zero: the scheme's own
    bool hasGreyContainers = false;
    bool hasGreyInks = false; ///< nothing at all has a hue
};

/// Sunflop's own comes first.
std::span<const Palette> palettes();

/// A scheme in the colours of a palette, with a hatch for every role where `hatches` is set.
Theme themeOf(const Palette& palette, bool isDark, bool hatches);

} // namespace sunflop
