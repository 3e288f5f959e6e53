// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The program as a window on the desktop.

#include "core/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sunflop {

/// What the window is to show, as the user wrote it.
struct WindowOptions {
    std::vector<std::string> models;   ///< none, one, or two to be compared
    std::vector<std::string> settings; ///< "input=value", of both
    std::vector<std::string> settingsOfA;
    std::vector<std::string> settingsOfB;
    std::optional<std::string> convention;
    std::optional<std::string> conventionOfB;

    bool isOfB() const { return !settingsOfB.empty() || conventionOfB; }
    /// Whether anything is asked of the runs.
    bool hasRuns() const { return isOfB() || !settings.empty() || !settingsOfA.empty() || convention; }
};

/// Adds MODEL and the options of its run.
void addWindowOptions(CLI::App& app, WindowOptions& options);

/// Shows the window, two models side by side in it, until the user closes it. Refuses to start without a
/// display, with models that are not there, and with inputs that they do not take.
Result<void> showWindow(int argc, char** argv, const WindowOptions& options);

} // namespace sunflop
