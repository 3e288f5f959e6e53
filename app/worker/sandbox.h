// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What keeps a hostile program inside this process.

#include <cstdint>

namespace sunflop::worker {

/// Bounds address space, processor time, files and core dumps, and from then on lets the kernel refuse every
/// system call but those that computing, reading and answering need: no network, no writing to files, no
/// other programs or processes. Cannot be undone. False where the kernel or the processor's kind offers no
/// such filter: then the bounds are all there is.
bool confine(std::uint64_t addressBytes);

} // namespace sunflop::worker
