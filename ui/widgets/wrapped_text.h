// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Text in several lines as figures need it: each line known before it is painted.

#include <QStringList>

class QFont;

namespace sunflop {

/// The lines of `words` in a width; a word that is too long for one is broken.
QStringList wrapped(const QString& words, const QFont& font, double width);

} // namespace sunflop
