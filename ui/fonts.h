// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The fonts that are compiled in, for pictures that must not depend on the machine.

#include <QFont>

namespace sunflop {

/// Makes "Sunflop Sans" and "Sunflop Mono" known to Qt; needs a QGuiApplication, and may be called again.
void registerFonts();

/// Compiled-in text font. Weights are Normal, Medium and DemiBold.
QFont bundledFont(int pixelSize, QFont::Weight weight = QFont::Normal);

/// Compiled-in font whose characters all have one width.
QFont codeFont(int pixelSize);

} // namespace sunflop
