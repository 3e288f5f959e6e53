// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What to do where there is no more memory: a file may need more than a process may have.

#include "core/base/result.h"

#include <new>

namespace sunflop {

/// Keeps some memory back for the moment when there is no more. Inside of withinMemory() it then serves what
/// cleans up after the work that failed: destructors of JSON values allocate, and one that cannot ends the
/// program. Elsewhere it serves whoever asks.
void reserveMemory();

/// Why work was given up that needs more memory than there is.
Error outOfMemory();

/// Work that may fail for want of memory, on this thread, as long as it lives.
class MemoryAttempt {
public:
    MemoryAttempt();
    ~MemoryAttempt();
    MemoryAttempt(const MemoryAttempt&) = delete;
    MemoryAttempt& operator=(const MemoryAttempt&) = delete;
};

/// What `work` comes to, a Result; a refusal where memory does not suffice.
template<typename Work>
auto withinMemory(Work work) -> decltype(work())
{
    try {
        const MemoryAttempt attempt;
        return work();
    } catch (const std::bad_alloc&) {
        reserveMemory();
        return failure(outOfMemory());
    }
}

} // namespace sunflop
