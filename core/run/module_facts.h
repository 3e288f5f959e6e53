// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What scripts ask of a module besides its costs.

#include "core/base/count.h"
#include "core/base/shape.h"
#include "core/model/trace.h"

#include <vector>

namespace sunflop {

/// Of one module with everything below it. Counts are of all instances; a tied tensor counts once.
struct ModuleFacts {
    Count trainableParams;
    Count frozenParams;
    /// Elements of the results of convolutions and matrix products, over all steps: fvcore's activation
    /// count.
    Count activations;
    /// Tensors that its calls read and that were made outside of it, weights and caches left out, in the
    /// order of their first use; and those that it made and that are read outside of it, or by nobody at the
    /// end of the run. Of the first phase, at its first step, one instance.
    std::vector<Shape> inputs;
    std::vector<Shape> outputs;
};

/// By module.
std::vector<ModuleFacts> moduleFacts(const Trace& trace);

} // namespace sunflop
