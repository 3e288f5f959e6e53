// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Reads what the worker wrote down of a run. Nothing in it is believed: every index, size and count is
/// checked.

#include "core/base/result.h"
#include "core/model/recording.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// Why a run did not reach its end.
struct TorchStop {
    std::string message;
    std::string target;           ///< "aten.bmm.default", the operator that was called; may be empty
    std::int32_t module = 0;      ///< index, as in calls
    bool dependsOnValues = false; ///< the operator's result depends on elements, of which there are none
};

/// One run. `stop`: `graph` ends there, and has no outputs.
struct TorchRun {
    Recording graph;
    std::optional<TorchStop> stop;
};

/// What the worker's module and tensor numbers mean here; -1: no stored tensor.
struct TorchNumbers {
    std::vector<std::int32_t> modules;
    std::vector<std::int32_t> tensors;
};

/// Reads the answer to a run. Errors name what was found in it.
Result<TorchRun> readRecording(const nlohmann::json& answer, const TorchNumbers& numbers);

} // namespace sunflop
