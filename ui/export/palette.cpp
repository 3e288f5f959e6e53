// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/palette.h"

#include <QCoreApplication>

#include <algorithm>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("palettes", words);
}

/// In the order of Role. MLPs hold most of most models and stay plain.
constexpr std::array<Hatch, roleCount> roleHatches{
    Hatch::None,       // Other
    Hatch::Level,      // Embedding
    Hatch::Rising,     // Attention
    Hatch::None,       // Mlp
    Hatch::Upright,    // Norm
    Hatch::Dashed,     // Activation
    Hatch::Grid,       // Conv
    Hatch::Falling,    // Head
    Hatch::Crossed,    // Projector
    Hatch::WideRising, // Router
};

constexpr std::array<QRgb, 4> greyBranches{0x8A8A8A, 0xBEBEBE, 0xA4A4A4, 0xD6D6D6};
/// Two models: apart in print, and readable under white as on it.
constexpr QRgb greyBadgeA = 0x2E2E2E;
constexpr QRgb greyBadgeB = 0x767676;

void desaturate(Theme& theme)
{
    for (QColor Theme::*token :
         {&Theme::window, &Theme::panel, &Theme::panelAlternate, &Theme::border, &Theme::grid, &Theme::text,
          &Theme::dim, &Theme::faint, &Theme::accent, &Theme::accentSoft, &Theme::onAccent, &Theme::good,
          &Theme::warning, &Theme::danger, &Theme::goodSoft, &Theme::dangerSoft, &Theme::warningSoft,
          &Theme::rest}) {
        const int grey = qGray((theme.*token).rgb());
        theme.*token = QColor(grey, grey, grey);
    }
    theme.badgeA = theme.isDark ? QColor(greyBadgeB) : QColor(greyBadgeA);
    theme.badgeB = theme.isDark ? QColor(0xA8A8A8U) : QColor(greyBadgeB);
}

} // namespace

std::span<const Palette> palettes()
{
    static const std::array<Palette, 5> all{
        Palette{.id = "sunflop", .title = [] { return tr("Sunflop"); }, .isApartByColour = true},
        // Okabe and Ito 2008, "Color Universal Design"; light grey for what hardly counts.
        Palette{.id = "okabe-ito",
                .title = [] { return tr("Okabe–Ito"); },
                .isApartByColour = true,
                .roles = {0xC9D2E0, 0x009E73, 0x0072B2, 0xE69F00, 0xCC79A7, 0xE2E2E2, 0xF0E442, 0x56B4E9,
                          0xD55E00, 0x000000}},
        // Tableau's "10", version 10.
        Palette{.id = "tableau",
                .title = [] { return tr("Tableau 10"); },
                .roles = {0xD7D7D7, 0x59A14F, 0x4E79A7, 0xF28E2B, 0xB07AA1, 0xBAB0AC, 0xEDC948, 0x76B7B2,
                          0xE15759, 0x9C755F}},
        // Nine even steps of matplotlib's viridis (CC0).
        Palette{.id = "viridis",
                .title = [] { return tr("viridis"); },
                .isOrderedByLightness = true,
                .roles = {0xD7D7D7, 0x28AE80, 0x3B528B, 0x5EC962, 0x21918C, 0xFDE725, 0xADDC30, 0x472D7B,
                          0x2C728E, 0x440154},
                .hasGreyContainers = true},
        // Nine even steps of lightness, L* 17 to 93.
        Palette{.id = "grey",
                .title = [] { return tr("Greyscale"); },
                .isOrderedByLightness = true,
                .roles = {0xF6F6F6, 0xA4A4A4, 0x525252, 0x7C7C7C, 0xD2D2D2, 0xEAEAEA, 0xBBBBBB, 0x666666,
                          0x3E3E3E, 0x2A2A2A},
                .hasGreyContainers = true,
                .hasGreyInks = true},
    };
    return all;
}

Theme themeOf(const Palette& palette, bool isDark, bool hatches)
{
    Theme theme = isDark ? Theme::dark() : Theme::light();
    if (std::ranges::any_of(palette.roles, [](QRgb rgb) { return rgb != 0; }))
        std::ranges::transform(palette.roles, theme.roles.begin(), [](QRgb rgb) { return QColor(rgb); });
    if (palette.hasGreyContainers) {
        std::ranges::transform(greyBranches, theme.branches.begin(), [](QRgb rgb) { return QColor(rgb); });
        theme.rest = isDark ? theme.rest : QColor(0xE4E4E4U);
    }
    if (palette.hasGreyInks)
        desaturate(theme);
    if (hatches)
        theme.hatches = roleHatches;
    return theme;
}

} // namespace sunflop
