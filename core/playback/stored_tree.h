// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The module tree and the parameters of a model that is known by what a file stores of it.

#include "core/model/source.h"
#include "core/model/trace.h"

#include <cstdint>
#include <vector>

namespace sunflop {

/// What is stored as a trace without operators, and where each stored thing went.
struct StoredTree {
    /// One prefill without calls; no module ran. Parameters and buffers in the order of Stored::tensors, a
    /// storage for each.
    Trace trace;
    std::vector<std::int32_t> modules; ///< by Stored::modules: index into Trace::modules
    /// By Stored::tensors: index into Trace::parameters, and into Trace::storages as well.
    std::vector<std::int32_t> tensors;
};

/// Modules in registration order, that is in the order in which names first tell of them; children that only
/// tensors tell of stand by number where all of a module's children are numbered. A module that is missing
/// is a ModuleList if its children are numbered, else a Module. Tensors that share `memory` and have as many
/// elements are tied. Names may be anything; two that are the same make one module, and two parameters.
StoredTree storedTree(const Stored& stored);

/// The tree and the parameters of a source, nothing of which runs: for programs that cannot run yet.
/// Requires source.stored.
Trace dormantTrace(const Source& source);

} // namespace sunflop
