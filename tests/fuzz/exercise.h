// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Everything that the program does with a model once it is open.

#include "core/model/source.h"
#include "tests/fuzz/reading.h"

namespace sunflop::fuzz {

/// Lists the inputs, then traces the default run and the largest one, counts them under every convention and
/// writes each count with every exporter.
void exercise(const Source& source);

} // namespace sunflop::fuzz
