// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The program as a window on the desktop.

#include "core/base/result.h"

#include <string>
#include <vector>

namespace sunflop {

/// Shows the window, with `models` in it, two of them side by side, until the user closes it. Refuses to
/// start without a display.
Result<void> showWindow(int argc, char** argv, const std::vector<std::string>& models);

} // namespace sunflop
