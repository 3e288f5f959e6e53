// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Models small enough to count by hand, and runs of them.

#include "core/sunflop.h"

#include <nlohmann/json.hpp>

#include <string_view>
#include <vector>

namespace sunflop::test {

/// The config of a decoder: width 8, two query heads of 4 over one key head, MLP 12, vocabulary 16, four
/// layers. Keys of `changes` are added or replaced.
nlohmann::json smallDecoder(std::string_view modelType, const nlohmann::json& changes = {});

/// A config as if it had been read from "config.json".
Source sourceOf(nlohmann::json config);

/// A trace that the test takes for granted: ends the program with the error's text if it is refused.
Trace traceOf(const nlohmann::json& config, const std::vector<Assignment>& assignments = {});
/// A run that the test takes for granted: ends the program with the error's text if it is refused.
Run runOf(const nlohmann::json& config, const std::vector<Assignment>& assignments = {},
          std::string_view convention = "exact");

} // namespace sunflop::test
