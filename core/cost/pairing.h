// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which module of one tree answers which of another.

#include "core/cost/comparison.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sunflop {

/// Partners by module, -1 where there is none. Each is the other's; the two models are partners.
struct Pairing {
    std::vector<std::int32_t> ofA;
    std::vector<std::int32_t> ofB;
    std::vector<Match> match; ///< by module of A
    std::vector<PathPair> refused;
};

/// Pairs modules in the order that compare() tells.
Pairing pairModules(const ComparisonSide& a, const ComparisonSide& b, std::span<const PathPair> pairs);

/// Whether a module has parameters, operators, a cache or costs itself, not only by what lies below it.
std::vector<bool> holdsAnything(const ComparisonSide& side);

} // namespace sunflop
