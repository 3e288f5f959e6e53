// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/scarce_memory.h"

#include <atomic>
#include <cstdlib>

namespace sunflop {

namespace {

/// Room for the addresses of the children of the widest JSON value that is read; not touched, it takes no
/// memory.
constexpr std::size_t mostReserved = 64U << 20U;
constexpr std::size_t leastReserved = 1U << 20U;

std::atomic<void*> reserved = nullptr;

thread_local int attempts = 0;

void giveUp()
{
    void* const kept = reserved.exchange(nullptr);
    std::free(kept);
    if (kept == nullptr || attempts > 0)
        throw std::bad_alloc();
}

} // namespace

MemoryAttempt::MemoryAttempt()
{
    ++attempts;
}

MemoryAttempt::~MemoryAttempt()
{
    --attempts;
}

void reserveMemory()
{
    std::set_new_handler(giveUp);
    for (std::size_t bytes = mostReserved; reserved.load() == nullptr && bytes >= leastReserved; bytes /= 2)
        std::free(reserved.exchange(std::malloc(bytes)));
}

Error outOfMemory()
{
    return {ErrorKind::Memory, {}, "needs more memory than this process may have"};
}

} // namespace sunflop
