// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Programs from files beside what PyTorch's FlopCounterMode counted of them:
/// tests/programs/files/counts.json.

#include "core/run/run.h"
#include "tests/support/differences.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sunflop::test {

/// The folder of our own programs and checkpoints.
std::filesystem::path programFolder();

/// Names and entries of counts.json below "programs" whose names end in `suffix`.
std::vector<std::pair<std::string, nlohmann::json>> countedPrograms(std::string_view suffix);

/// A file run under "flopcounter" with its first inputs set to `arguments`, which are in forward()'s order.
Result<Run> runOf(const std::filesystem::path& path, std::span<const std::string> arguments);

/// Adds what is not as in entry `i` of the "runs" of `counted`: the total, each module, and that modules add
/// up. What a module is called for under several names counts under the first of them.
void compare(const Run& run, const nlohmann::json& counted, std::size_t i, Differences& differences);

/// Adds a run whose modules' own operators do not come to its total.
void compareSum(const Run& run, const std::string& what, Differences& differences);

} // namespace sunflop::test
