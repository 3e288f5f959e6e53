// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A sweep as text for scripts: exact figures of one model, or of two, at every value.

#include "core/run/sweep_question.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sunflop {

/// A question and what it came to, with the values at which a side cannot run.
struct SweepText {
    SweepQuestion question;
    Sweep sweep;
    std::vector<std::int64_t> leftOut;
};

/// One row a value: the input, then every measure; of two models "a_" and "b_" in front of the measure's id.
std::string sweepCsv(const SweepText& text);
/// The schema stands in the README.
std::string sweepJson(const SweepText& text);

} // namespace sunflop
