// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What standard output can show.

#include "core/exporters/exporter.h"

namespace sunflop {

/// Of a file or pipe: plain text of the usual width.
struct Terminal {
    int width = ExportOptions{}.width;
    Colours colours = Colours::None;
    bool isUnicode = true;
};

/// Asks the system and the environment: COLUMNS wins over the window's size and holds for pipes too, NO_COLOR
/// (no-color.org) and TERM=dumb leave colours out, a locale that is not UTF-8 and TERM=dumb draw in ASCII.
Terminal terminalOf(int descriptor);

} // namespace sunflop
