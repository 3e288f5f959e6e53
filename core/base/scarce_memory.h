// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What to do where there is no more memory: a file may need more than a process may have.

#include "core/base/result.h"

#include <new>

namespace sunflop {

/// Keeps some memory back for the moment when there is no more: it then serves what cleans up after the work
/// that failed. Destructors of JSON values allocate, and one that cannot ends the program.
void reserveMemory();

/// Why work was given up that needs more memory than there is.
Error outOfMemory();

/// What `work` comes to, a Result; a refusal where memory does not suffice.
template<typename Work>
auto withinMemory(Work work) -> decltype(work())
{
    try {
        return work();
    } catch (const std::bad_alloc&) {
        reserveMemory();
        return failure(outOfMemory());
    }
}

} // namespace sunflop
