// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whose memory is live at one moment, by the module that made it.

#include "core/memory/footprint.h"
#include "core/memory/liveness.h"

#include <vector>

namespace sunflop {

/// Adds to `owned`, by module, what each made and what lives while `call` runs, the earlier passes of equal
/// layers included. `kept` is null in an inference. Returns the part of it that is keys and values.
Count ownersAt(const Trace& trace, const Liveness& liveness, std::int32_t call, const KeptForBackward* kept,
               std::vector<Count>& owned);

/// The same for the backward of `call`: what is still kept then. Gradients of activations are not in it.
void keptAt(const Trace& trace, const Liveness& liveness, std::int32_t call, const KeptForBackward& kept,
            std::vector<Count>& owned);

/// Adds what each module keeps for its backward to ModuleMemory::saved.
void savedByModule(const Trace& trace, const KeptForBackward& kept, std::vector<ModuleMemory>& modules);

} // namespace sunflop
