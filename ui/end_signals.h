// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace sunflop {

/// When the system asks the process to end (SIGTERM, SIGINT, SIGHUP: a logout, Ctrl+C, a terminal that
/// closes), calls `before` on this thread, from its event loop, and then lets the signal do what it does.
/// Once a process.
void beforeEndSignals(std::function<void()> before);

} // namespace sunflop
