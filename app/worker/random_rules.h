// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Shapes of what draws random numbers, which training does and inference does not.

namespace sunflop::worker {

/// Before registerShapeRules(), which tries on the processor what has no rule.
void registerRandomRules();

} // namespace sunflop::worker
