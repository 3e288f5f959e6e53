// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a release of transformers keeps of a sliding layer's keys and values between steps.

#include "core/base/version.h"
#include "core/model/workload.h"

#include <cstdint>
#include <optional>

namespace sunflop {

/// Most tokens of a sequence whose keys and values a layer with a window of `window` >= 1 keeps; nothing: of
/// all. A growing cache keeps window - 1 from 4.56 on (DynamicSlidingWindowLayer), one of fixed size the
/// window (StaticSlidingWindowLayer); DynamicCache and StaticCache before it know of no window. Blocks that
/// have left the window are given back (vLLM), whatever the release.
std::optional<std::int64_t> keptTokens(std::int64_t window, Version transformers, KvCache cache);

/// The cache that a run has: a captured graph needs one of fixed size.
KvCache cacheKind(const Workload& workload);

} // namespace sunflop
