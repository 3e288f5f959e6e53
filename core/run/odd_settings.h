// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Settings under which a run's figures mean less, or something else, than their reader may think.

#include "core/run/run.h"

#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// Positions that the language model of a config was made for: "max_position_embeddings", stretched by a
/// "rope_scaling" (or "rope_parameters") that gives a factor on top of it; llama3 and longrope scale within
/// it. Nothing: the config has no such key.
std::optional<std::int64_t> contextTokens(const Config& config);

/// A sentence for each: tokens beyond the context, an uneven or replicated cut among devices, arithmetic that
/// the device lacks, a release of transformers whose layout is not known, a batch that several devices have
/// each. Empty for a run on one device with what its config names.
std::vector<std::string> oddSettings(const Run& run);

} // namespace sunflop
