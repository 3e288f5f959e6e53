// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

QColor hex(QRgb rgb)
{
    return QColor::fromRgb(rgb);
}

/// Relative luminance of WCAG 2.1.
double luminance(const QColor& colour)
{
    const auto linear = [](double x) {
        return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

/// In the order of Role; checked by tst_theme under three colour-vision deficiencies.
constexpr std::array<QRgb, roleCount> lightRoles{
    0xC9D2E0, // Other
    0x22A884, // Embedding
    0x2F6BD0, // Attention
    0xEC7F2B, // Mlp
    0xA79BC4, // Norm
    0xCFDBEA, // Activation
    0xF2D77A, // Conv
    0x7E3A7A, // Head
    0x96301F, // Projector
    0x7024E0, // Router
};
constexpr std::array<QRgb, roleCount> darkRoles{
    0x3A4452, 0x35C79A, 0x5C86F0, 0xDB7F35, 0x9C97AE, 0x46525F, 0xF1E08A, 0x97549F, 0xB03A32, 0x7B2FF2,
};

std::array<QColor, roleCount> colours(const std::array<QRgb, roleCount>& table)
{
    std::array<QColor, roleCount> result;
    std::ranges::transform(table, result.begin(), hex);
    return result;
}

} // namespace

const Theme& Theme::light()
{
    static const Theme theme{
        .isDark = false,
        .window = hex(0xF4F6F9),
        .panel = hex(0xFFFFFF),
        .panelAlternate = hex(0xF8FAFC),
        .border = hex(0xE1E6ED),
        .grid = hex(0xEBEFF4),
        .text = hex(0x1B2430),
        .dim = hex(0x5B6878),
        .faint = hex(0x626F7E),
        .accent = hex(0x2A65D8),
        .accentSoft = hex(0xE6EEFC),
        .onAccent = hex(0xFFFFFF),
        .good = hex(0x15714B),
        .warning = hex(0x9A5B00),
        .danger = hex(0xB3261E),
        .goodSoft = hex(0xE2F4EA),
        .dangerSoft = hex(0xFDECEA),
        .warningSoft = hex(0xFDF0DC),
        .cheaper = hex(0x3E7CC9),
        .dearer = hex(0xD9822B),
        .cheaperInk = hex(0x2B62A8),
        .dearerInk = hex(0x9A5200),
        .badgeA = hex(0x3D5A80),
        .badgeB = hex(0x7E5A9B),
        .rest = hex(0xD5DBE4),
        .roles = colours(lightRoles),
        .branches = {hex(0x3D5A80), hex(0x4A6D6B), hex(0x6B5B7E), hex(0x44546E)},
    };
    return theme;
}

const Theme& Theme::dark()
{
    static const Theme theme{
        .isDark = true,
        .window = hex(0x14181E),
        .panel = hex(0x1B2027),
        .panelAlternate = hex(0x20262E),
        .border = hex(0x2C343E),
        .grid = hex(0x272E38),
        .text = hex(0xE6EBF2),
        .dim = hex(0x9BA8B8),
        .faint = hex(0x8794A4),
        .accent = hex(0x6EA0FF),
        .accentSoft = hex(0x22314E),
        .onAccent = hex(0x101826),
        .good = hex(0x5FD39A),
        .warning = hex(0xE9A84C),
        .danger = hex(0xFF8A80),
        .goodSoft = hex(0x1B372C),
        .dangerSoft = hex(0x3A2226),
        .warningSoft = hex(0x3A2C17),
        .cheaper = hex(0x5C9BE6),
        .dearer = hex(0xE0903F),
        .cheaperInk = hex(0x7DB2F2),
        .dearerInk = hex(0xEDA85C),
        .badgeA = hex(0x55779F),
        .badgeB = hex(0x8A63A8),
        .rest = hex(0x3A4350),
        .roles = colours(darkRoles),
        .branches = {hex(0x55779F), hex(0x57827F), hex(0x837199), hex(0x5D6C86)},
    };
    return theme;
}

const Theme& Theme::of(ThemeChoice choice, const QPalette& desktop)
{
    const bool isDark = choice == ThemeChoice::Dark ||
                        (choice == ThemeChoice::System && luminance(desktop.color(QPalette::Window)) < 0.2);
    return isDark ? dark() : light();
}

QColor Theme::branch(int branch, int depth) const
{
    const QColor& own = branches[static_cast<std::size_t>(branch) % branches.size()];
    const double fade = std::min(0.72, 0.17 * depth);
    return mix(own, panel, isDark ? 0.8 * fade : fade);
}

QColor Theme::heat(double fraction) const
{
    // Nine samples of matplotlib's viridis (CC0).
    static constexpr std::array<QRgb, 9> viridis{0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C,
                                                 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725};
    const double position = std::clamp(fraction, 0.0, 1.0) * (viridis.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(position), viridis.size() - 2);
    return mix(hex(viridis[below]), hex(viridis[below + 1]), position - static_cast<double>(below));
}

QPalette Theme::palette() const
{
    QPalette p;
    p.setColor(QPalette::Window, window);
    p.setColor(QPalette::WindowText, text);
    p.setColor(QPalette::Base, panel);
    p.setColor(QPalette::AlternateBase, panelAlternate);
    p.setColor(QPalette::Text, text);
    p.setColor(QPalette::PlaceholderText, faint);
    p.setColor(QPalette::Button, panel);
    p.setColor(QPalette::ButtonText, text);
    p.setColor(QPalette::BrightText, danger);
    p.setColor(QPalette::ToolTipBase, panel);
    p.setColor(QPalette::ToolTipText, text);
    p.setColor(QPalette::Highlight, accent);
    p.setColor(QPalette::HighlightedText, onAccent);
    p.setColor(QPalette::Link, accent);
    p.setColor(QPalette::LinkVisited, accent);
    p.setColor(QPalette::Light, panelAlternate);
    p.setColor(QPalette::Midlight, grid);
    p.setColor(QPalette::Mid, border);
    p.setColor(QPalette::Dark, border);
    p.setColor(QPalette::Shadow, isDark ? QColor(Qt::black) : dim);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, mix(faint, panel, 0.4));
    return p;
}

QColor mix(const QColor& a, const QColor& b, double t)
{
    const auto between = [t](float x, float y) { return x + (y - x) * static_cast<float>(t); };
    return QColor::fromRgbF(between(a.redF(), b.redF()), between(a.greenF(), b.greenF()),
                            between(a.blueF(), b.blueF()), between(a.alphaF(), b.alphaF()));
}

double contrast(const QColor& a, const QColor& b)
{
    const auto [darker, lighter] = std::minmax({luminance(a), luminance(b)});
    return (lighter + 0.05) / (darker + 0.05);
}

QColor inkOn(const QColor& fill)
{
    const auto better = [&](const QColor& a, const QColor& b) {
        return contrast(a, fill) >= contrast(b, fill) ? a : b;
    };
    const QColor ink = better(Qt::white, hex(0x182230));
    // On fills of medium lightness only black is dark enough.
    return contrast(ink, fill) >= 4.5 ? ink : better(ink, Qt::black);
}

} // namespace sunflop
