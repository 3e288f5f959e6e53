// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A sweep as text for scripts: exact figures of one model, or of two, at every value.

#include "core/run/sweep_question.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
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

/// One registry-like entry: how sweeps are written.
struct SweepFormat {
    std::string_view id;
    std::string (*write)(const SweepText& text) = nullptr;
};
inline constexpr std::array<SweepFormat, 2> sweepFormats{{{"csv", sweepCsv}, {"json", sweepJson}}};

} // namespace sunflop
