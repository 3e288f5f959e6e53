// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/scarce_memory.h"

#include <atomic>
#include <cstdlib>

namespace sunflop {

namespace {

/// Room for the addresses of the children of the widest JSON value that is read; not touched, it takes no
/// memory.
constexpr std::size_t reservedBytes = 64U << 20U;

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
    if (reserved.load() == nullptr)
        std::free(reserved.exchange(std::malloc(reservedBytes)));
}

Error outOfMemory()
{
    return {ErrorKind::Memory, {}, "needs more memory than this process may have"};
}

} // namespace sunflop
