// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What PyTorch prints of a module between brackets, from its parameters and its first call.

#include "core/model/module.h"
#include "core/model/trace.h"
#include "core/playback/call_arguments.h"

#include <span>
#include <string>
#include <string_view>

namespace sunflop {

/// extra_repr() of torch.nn's classes, and of others that hold what these hold, as far as it can be told:
/// from `held`, the module's own parameters and buffers, and `call`, which may be null. Empty where the class
/// is not known.
std::string detailOf(std::string_view className, std::span<const Parameter* const> held,
                     const CallArguments* call);

/// Writes the details of leaves that have none yet. `firstCalls` are calls of `recorded` by module, null
/// where a module has none; both may be nothing.
void describeModules(Trace& trace, const Recorded* recorded, std::span<const RecordedCall* const> firstCalls);

} // namespace sunflop
