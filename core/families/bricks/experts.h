// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Routed experts of a checkpoint: which of its tensors are theirs, and how many of them a token passes.

#include "core/model/config.h"
#include "core/model/trace.h"

#include <cstdint>
#include <vector>

namespace sunflop {

/// How many experts a layer has and one token passes, as its config tells.
struct Routing {
    std::int64_t experts = 0; ///< 0: not told
    std::int64_t visited = 0; ///< 0: not told
};

/// What a config says of the layer of this number, -1 being none. Knows the names that transformers' classes,
/// Mistral and Meta give both figures; lists hold one entry a layer. The first object that tells wins, outer
/// ones before those nested in it.
Routing routingOf(const Config& config, std::int64_t layer);

/// A place among the experts of one layer.
struct ExpertPlace {
    std::int64_t index = 0;  ///< of one that is a module of its own
    std::int64_t stored = 0; ///< how many are stored; 0: no expert
    std::int64_t experts =
        0; ///< how many share the tokens: those that are stored, and those that are missing
    std::int64_t visited = 0; ///< of them, by one token; 0: not told

    /// How many of this many rows, each to pass `visited` experts, pass the expert of number `which`, were
    /// they spread evenly: sums to rows * visited over all experts.
    std::int64_t rowsOf(std::int64_t which, std::int64_t rows) const;
};

/// All experts of a tree.
struct Experts {
    std::vector<ExpertPlace> modules; ///< by Trace::modules: the expert that holds each, or none
    std::vector<ExpertPlace>
        parameters; ///< by Trace::parameters: the experts that one tensor stacks, or none
};

/// Finds experts that are numbered modules ("experts.7.up_proj"), those stacked along the first dimension of
/// one tensor ("experts.gate_up_proj", "ffn_up_exps"), and those joined in it ("experts.mlp.w1" of
/// [experts * rows, columns]). Shared experts are none: every token passes them.
Experts expertsOf(const Trace& trace, const Config& config);

/// Writes down which instances one token passes, for active parameters.
void markVisited(Trace& trace, const Experts& experts);

} // namespace sunflop
