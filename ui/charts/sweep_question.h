// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A sweep of one input of the open model: what can be swept, over which range, and how it is counted.

#include "core/cost/sweep.h"
#include "ui/session/session.h"

#include <QString>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sunflop {

/// Something that can be varied: a numeric input, or width and height of square images together.
struct SweepAxis {
    QString id;
    QString title;
    QString unit;
    std::vector<std::string> inputs; ///< all get the same value
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    std::int64_t step = 1;

    friend bool operator==(const SweepAxis&, const SweepAxis&) = default;
};

/// What a model lets vary; the first is the one to begin with: image size if there is one, else text tokens.
std::vector<SweepAxis> sweepAxes(const Model& model);
/// Where a run stands on an axis; of images that are not square, the side of a square of the same area.
std::optional<std::int64_t> currentValue(const SweepAxis& axis, const Run& run);
/// "672 px"; "1,344 × 896 px" of images that are not square.
QString currentText(const SweepAxis& axis, const Run& run);

/// All that a sweep depends on. Owns or shares what it needs, so it can be answered on any thread.
struct SweepQuestion {
    std::shared_ptr<const Model> model;
    std::vector<Assignment> settings; ///< of the other inputs
    const Convention* convention = nullptr;
    const Measure* measure = nullptr;
    Grouping grouping = Grouping::Branch;
    SweepAxis axis;
    SweepRange range;
    std::optional<std::int64_t> current; ///< one of the values

    /// Whether the curve would be the same, apart from where the current value lies on it.
    bool hasSameCurve(const SweepQuestion& other) const;
};

SweepQuestion questionOf(const Session& session, const SweepAxis& axis, Grouping grouping);
/// Nothing if stopped.
std::optional<Sweep> answer(const SweepQuestion& question, const std::stop_token& stop);

} // namespace sunflop
