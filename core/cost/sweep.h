// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One input varied over a range: the figures of every group at each value, and where groups overtake each
/// other.

#include "core/cost/breakdown.h"
#include "core/cost/measure.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sunflop {

/// Which values to count: `from` and `to` included, about `points` of them, evenly spaced or by equal
/// factors. Values between lie on minimum + n * step.
struct SweepRange {
    std::int64_t from = 1;
    std::int64_t to = 1; ///< at least `from`
    std::int64_t minimum = 0;
    std::int64_t step = 1;
    std::size_t points = 48;
    bool isLogarithmic = false;
};

/// The values of a range, ascending and unique. `current` is among them if it lies inside.
std::vector<std::int64_t> sweepValues(const SweepRange& range, std::optional<std::int64_t> current);

/// Counts one setting. Nothing: the model cannot run with this value, which is left out.
using CountAt = std::function<std::optional<std::vector<Group>>(std::int64_t value)>;

/// Costs at one value, in the order of Sweep::groups.
struct SweepPoint {
    std::int64_t value = 0;
    std::vector<Costs> costs;
    std::vector<bool> hasBackward; ///< whether the run at this value has one; see isKnown()

    /// A group's figure; nothing where the run has none.
    std::optional<Count> figure(std::size_t group, const Measure& measure) const;
};

/// `over` costs more than `under` at `at`, and at `before` it did not yet. The two are neighbours (one step
/// apart) unless the effort ran out.
struct Crossing {
    std::size_t over = 0; ///< indices into Sweep::groups
    std::size_t under = 0;
    std::int64_t before = 0;
    std::int64_t at = 0;
    Count figure; ///< what `over` costs at `at`
};

struct Sweep {
    std::vector<Group> groups; ///< every group of any point; costs and members are those of its first point
    std::vector<SweepPoint> points;
    std::vector<Crossing> crossings; ///< the costliest first
};

/// Counts every value, then looks for crossings under `measure`: an interval between two points in which the
/// order of two groups turns is halved until neighbours are found, which takes at most `searches` counts in
/// all. Nothing if `stop` was requested. Runs on the caller's thread and touches nothing but `countAt`.
std::optional<Sweep> sweep(const std::vector<std::int64_t>& values, const CountAt& countAt,
                           const Measure& measure, std::int64_t step, const std::stop_token& stop,
                           int searches = 200);

} // namespace sunflop
