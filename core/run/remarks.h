// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the reader of a run's figures must be told beside them.

#include "core/cost/measure.h"
#include "core/run/model.h"
#include "core/run/run.h"

#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Says that a run is an estimate, and what of it is.
inline constexpr std::string_view estimateRemark =
    "An estimate: the file stores weights and not the program that uses them. Parameters and weight bytes "
    "are "
    "exact; operators, and what follows from them, were guessed.";

/// A sentence each, in this order: that the run is an estimate, what the file's reader said, what the run
/// did, what is odd about its settings. What a convention counts is no part of it.
std::vector<std::string> remarksOf(const Run& run);

/// Whether the runs of a model are estimates: its file stores weights without a program, or a config that a
/// family knows.
bool isEstimate(const Model& model);

/// Whether a figure of this run follows from guessed operators.
bool isEstimate(const Run& run, const Measure& measure);

} // namespace sunflop
