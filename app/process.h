// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace sunflop {

/// What a process asks of its surroundings before it does anything. Standard streams that the caller closed
/// are taken by files that refuse to be read or written: or the next file that is opened would be one of
/// them. Memory runs out in a sentence.
void prepareProcess();

} // namespace sunflop
