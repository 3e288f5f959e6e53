// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Sizes that a trace has written down as numbers.

#include "core/base/result.h"
#include "core/formats/torchscript/arguments.h"
#include "core/worker/recording_json.h"

#include <functional>
#include <string>
#include <vector>

namespace sunflop {

/// Runs a traced program at its example and at twice each dimension of it. A sentence for each dimension that
/// the program does not follow; nothing where the example itself does not run.
std::vector<std::string>
bakedSizes(const std::vector<ScriptArgument>& arguments,
           const std::function<Result<TorchRun>(const std::vector<ScriptArgument>&)>& run);

} // namespace sunflop
