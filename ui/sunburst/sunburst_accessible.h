// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The sunburst for screen readers: a tree whose items are the slices, in words.

namespace sunflop {

class SunburstWidget;

/// Makes Qt find the accessible side of every SunburstWidget; may be called again.
void installSunburstAccessibility();
/// There are other slices.
void tellAccessibility(SunburstWidget* widget);
/// A slice has the keyboard's attention; -1: the middle.
void tellAccessibilityFocus(SunburstWidget* widget, int slice);

} // namespace sunflop
