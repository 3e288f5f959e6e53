// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The rows of a page for people: equal neighbours are one row, and lists stand in their only member's name.

#include "core/cost/cost_tree.h"
#include "core/cost/measure.h"
#include "core/run/run.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

struct TextRow {
    std::int32_t module = 0; ///< of several equal ones the first
    std::int32_t depth = 0;  ///< rows above it
    std::string label;       ///< "self_attn", "layers.0-35", "model" for the root
    std::int64_t members = 1;
    Costs total;                ///< of all members and instances
    bool isLast = false;        ///< among its siblings
    bool hasMore = false;       ///< modules below it that the depth leaves out
    std::optional<OwnKind> own; ///< of a part of what the module around it has itself
};

/// What shares are of: FLOPs, of a run without any parameters.
const Measure& sharedMeasure(const Run& run);

/// Rows down to a depth, as a tree is read. Neighbours in a list are equal if they and everything below them
/// have the same names, classes, details and costs. Own parts follow a module's children where their share of
/// the model is more than one that prints as almost nothing: without them shares would not add up.
std::vector<TextRow> textRows(const Run& run, std::int32_t depth);

} // namespace sunflop
