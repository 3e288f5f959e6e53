// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which activations, keys and values tensor, sequence and context parallelism cut.

#include "core/memory/sharding.h"

#include <vector>

namespace sunflop {

/// The part of each storage that one device holds, 0..1, by index. A linear layer whose rows are cut makes
/// cut activations, what is computed from them is cut as well, and a layer whose columns are cut sums them up
/// again (Megatron-LM, arXiv 1909.08053). Sequence parallelism cuts the rest too (arXiv 2205.05198). Keys and
/// values are cut by whole heads, those that the run finds in the cache as those that it makes. Empty where
/// nothing is cut.
std::vector<double> activationSplit(const Trace& trace, const ParallelPlan& plan);

/// What one device holds of a cache: its heads, and its share of the tokens.
Count bytesOnDevice(const CacheEntry& cache, const ParallelPlan& plan);

} // namespace sunflop
