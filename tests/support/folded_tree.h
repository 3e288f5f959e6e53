// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Modules looked up by the names that PyTorch gives them, in a tree that keeps runs of equal siblings once.

#include "core/run/run.h"

#include <optional>
#include <string_view>

namespace sunflop::test {

/// The module of a dotted path ("model.layers.5.mlp", empty for the model), inside a run wherever its number
/// falls into one.
std::optional<std::int32_t> findModule(const Trace& trace, std::string_view path);

/// Costs of one instance of that module; nothing if there is none.
std::optional<Costs> costsOfEach(const Run& run, std::string_view path);

} // namespace sunflop::test
