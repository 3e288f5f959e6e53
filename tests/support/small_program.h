// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A recorded program that is small enough to count by hand, and a family that plays it.

#include "core/run/model.h"

namespace sunflop::test {

/// forward(x [batch, tokens, 8], y [batch, 8], points [...]..., mode, steps) of one linear layer to 16
/// values: batch * tokens * 8 * 16 MACs. `batch` is one symbol, 1 to 64, `tokens` 2 to 4096. At 13 steps it
/// refuses.
Model smallProgram();

} // namespace sunflop::test
