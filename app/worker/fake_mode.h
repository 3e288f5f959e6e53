// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs PyTorch's operators on shapes alone: large tensors have sizes and no elements, small ones that sizes
/// are computed from are real.

#include "app/worker/recorder.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

namespace sunflop::worker {

/// Tensors of at most this many elements that a program makes by itself are real.
inline constexpr std::int64_t mostRealElements = 4096;

/// Rules for the operators that have none for shapes, and those newer than this LibTorch. Once, before a
/// program is loaded.
void registerShapeRules();

/// Lets every operator that still has no rule be tried on made-up values. Once, after the rules.
void registerTries();

/// Stops a run at an operator whose result depends on the elements of a tensor that has none.
[[noreturn]] void stopAtValues(const char* what);

/// As long as it lives, every operator of this thread runs on shapes, and `recorder` hears of it. One at a
/// time.
class FakeMode {
public:
    explicit FakeMode(Recorder& recorder);
    ~FakeMode();
    FakeMode(const FakeMode&) = delete;
    FakeMode& operator=(const FakeMode&) = delete;

    /// The recorder of the run; null outside of one.
    static Recorder* recorder();

private:
    c10::impl::IncludeDispatchKeyGuard m_guard;
};

} // namespace sunflop::worker
