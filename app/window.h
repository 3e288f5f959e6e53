// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The program as a window on the desktop.

#include "core/base/result.h"

#include <optional>
#include <string>

namespace sunflop {

/// Shows the window, with `model` in it if one is named, until the user closes it. Refuses to start without
/// a display.
Result<void> showWindow(int argc, char** argv, const std::optional<std::string>& model);

} // namespace sunflop
