// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// In what order numpy would multiply the operands of an einsum, and what it says that costs.

#include "core/base/count.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop {

/// Operands and the result as sets of dimensions: bit i is the one of sizes[i].
struct EinsumSets {
    std::vector<std::uint64_t> operands;
    std::uint64_t output = 0;
    std::vector<std::int64_t> sizes; ///< at most 64
};

/// "Optimized FLOP count" of numpy.einsum_path(optimize="optimal") before it is printed: for each step of the
/// cheapest order all sizes that meet there, times the number of operands less one, once more where something
/// is summed over; and one. Steps whose result is larger than every operand and the output are not tried.
/// Nothing: more operands than it is sensible to try all orders of. Source: numpy/core/einsumfunc.py.
std::optional<Count> pathFlops(const EinsumSets& einsum);

} // namespace sunflop
