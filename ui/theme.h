// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Every colour of the program, from one table of tokens per scheme, and how the tokens reach Qt.

#include "core/model/module.h"
#include "ui/hatch.h"

#include <QColor>
#include <QPalette>
#include <QString>

#include <array>

class QApplication;

namespace sunflop {

/// What the user asked for; System follows the desktop's palette.
enum class ThemeChoice { System, Light, Dark };

/// One scheme. Views paint with these and nothing else.
struct Theme {
    bool isDark = false;
    QColor window, panel, panelAlternate;   ///< grounds
    QColor border, grid;                    ///< lines; grid is also the ground of tracks and bars
    QColor text, dim, faint;                ///< ink on panel; every one has contrast of at least 4.5
    QColor accent, accentSoft, onAccent;    ///< selection and what can be acted on; ink on accent
    QColor good, warning, danger;           ///< ink on panel
    QColor goodSoft;                        ///< ground of chips
    QColor dangerSoft, warningSoft;         ///< grounds of banners and chips
    QColor cheaper, dearer;                 ///< fills of bars: less and more than what is compared with
    QColor cheaperInk, dearerInk;           ///< the same as ink on panel
    QColor badgeA, badgeB;                  ///< two models: their letters' grounds, under white, and lines
    QColor rest;                            ///< slices that gather what is too thin to see
    std::array<QColor, roleCount> roles;    ///< fills; index by Role
    std::array<QColor, 4> branches;         ///< fills of containers, by branch of the model
    std::array<Hatch, roleCount> hatches{}; ///< lines on the fills of roles; none on the screen
    QString fontFamily{};                   ///< of figures; empty: the compiled-in one

    static const Theme& light();
    static const Theme& dark();
    /// The scheme of a choice; System is dark if the desktop's window colour is.
    static const Theme& of(ThemeChoice choice, const QPalette& desktop);

    QColor role(Role role) const { return roles[static_cast<std::size_t>(role)]; }
    Hatch hatch(Role role) const { return hatches[static_cast<std::size_t>(role)]; }
    /// Fill of a container: its branch's colour, the nearer to the ground the deeper it lies.
    QColor branch(int branch, int depth) const;
    /// Fill for a fraction 0..1 of the largest value: viridis.
    QColor heat(double fraction) const;

    QPalette palette() const;
    QString styleSheet() const;
};

/// Fusion, palette and style sheet of one scheme for the whole program.
void applyTheme(QApplication& application, const Theme& theme);

/// a and b in the proportion 1 - t : t.
QColor mix(const QColor& a, const QColor& b, double t);
/// Contrast ratio of WCAG 2.1, 1..21.
double contrast(const QColor& a, const QColor& b);
/// The better readable of light and dark ink on a fill.
QColor inkOn(const QColor& fill);

} // namespace sunflop
