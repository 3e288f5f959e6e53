// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a config says of how its own weights, and the cache, are stored, and what adapters came with it: as
/// defaults of inputs, and in notes.

#include "core/model/source.h"
#include "core/model/trace.h"
#include "core/model/workload.h"

#include <memory>
#include <string>
#include <vector>

namespace sunflop {

/// Makes the method of a config the default of "weight_dtype", and the type that it wants for keys and values
/// that of "kv_dtype". Inputs stay as they are where the config has no method, or an unknown one.
std::vector<Input> withOwnQuantisation(std::vector<Input> inputs, const Config& config);

/// Makes the adapters that were opened with their base the defaults of "lora_targets" and "lora_rank".
std::vector<Input> withOwnAdapters(std::vector<Input> offered, std::shared_ptr<const Adapters> adapters);

/// What to know of the weights of a run, a sentence each: a method that is not known, by its name; that
/// trained weights are not quantised.
std::vector<std::string> weightNotes(const Source& source, const Workload& workload, const Trace& trace);

} // namespace sunflop
