// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a sweep is about: one model in parts, or two models against each other, over a range of an axis.

#include "core/cost/sweep.h"
#include "core/run/axis.h"
#include "core/run/model.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace sunflop {

/// A model under the settings that stay; those of the axis, and what excludes them, do not matter.
struct SweepSide {
    std::shared_ptr<const Model> model; ///< never null
    std::vector<Assignment> settings;
    const Convention* convention = nullptr; ///< an entry of conventions()
};

/// All that a sweep depends on. Shares or owns what it needs, so it can be answered on any thread.
struct SweepQuestion {
    std::vector<SweepSide> sides;         ///< one or two
    std::vector<const Measure*> measures; ///< what will be read; crossings are those of the first
    Grouping grouping = Grouping::Branch; ///< of one side; two are a group each: "A" and "B"
    Axis axis;                            ///< of every side
    SweepRange range;
    std::optional<std::int64_t> current; ///< one of the values

    const Measure& measure() const { return *measures.front(); }
    bool isComparison() const { return sides.size() > 1; }
    /// Whether the curve would be the same, apart from where the current value lies on it.
    bool hasSameCurve(const SweepQuestion& other) const;
};

/// Whether a range spans so much that equal factors show more of it than equal steps.
bool isWide(std::int64_t from, std::int64_t to);

/// What people ask about, far narrower than what the inputs take; widened to the current value.
SweepRange usualRange(const Axis& axis, std::optional<std::int64_t> current);

/// Where a run stands on an axis; of images that are not square, the side of a square of the same area.
std::optional<std::int64_t> currentValue(const Axis& axis, const Run& run);

/// Counts every value and looks for crossings; bytes and seconds only where a measure asks for them. Values
/// with which a side cannot run are left out. Nothing if stopped.
std::optional<Sweep> answer(const SweepQuestion& question, const std::stop_token& stop);

} // namespace sunflop
