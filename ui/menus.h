// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Every command of the window: its words, its shortcut, and what it does.

namespace sunflop {

class MainWindow;

/// Fills the menu bar. Commands that need a model are grey without one.
void buildMenus(MainWindow& window);

} // namespace sunflop
