// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The front door of the engine, and its flow: open a Source, choose inputs, trace, count.
///
///   Source --inputsOf()--> Input list --Workload::from()--> Workload
///   Source + Workload --trace()--> Trace --cost(Convention)--> CostTree --> exporters, views
///                                    '-----schedule(Device)---> Timing

#include "core/conventions/convention.h"
#include "core/families/family.h"
#include "core/formats/format.h"
#include "core/run/run.h"
#include "core/timing/timing.h"

#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// Opens what a user names: a bundled model, a file, or a model folder. A bundled name wins over a file of
/// that name in the working directory; write "./name" for the file.
Result<Source> open(std::string_view model);

/// Whether open() finds something of this name, without reading it. The error says what may have been meant.
Result<void> locate(std::string_view model);

/// The knobs of a source; refuses configs that no family knows.
Result<std::vector<Input>> inputsOf(const Source& source);

/// The operators of one run. The workload must come from this source's inputs.
Result<Trace> trace(const Source& source, const Workload& workload);

/// All steps at once: inputs with these assignments, traced and counted.
Result<Run> run(Source source, std::span<const Assignment> assignments, const Convention& convention);

} // namespace sunflop
