// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What can be shown of a cost tree: one number per module.

#include "core/cost/cost_tree.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sunflop {

/// What a number comes from, and with it whether it may be asked of a tree that only cost() has filled.
enum class Basis : std::uint8_t { Trace, Memory, Time };

/// One kind of number. `unit` is what is counted: "", "MAC", "FLOP", "B", "ns".
struct Measure {
    std::string_view id;
    std::string_view title;
    std::string_view unit;
    Count (*of)(const Costs&) = nullptr;
    Basis basis = Basis::Trace;
};

/// params, active_params, macs, flops, backward_flops, weight_bytes, kv_cache_bytes, peak_bytes, saved_bytes,
/// nanoseconds.
std::span<const Measure> measures();
/// The measure of this id, which must be one of them.
const Measure& measureNamed(std::string_view id);

/// Whether a tree has the figure at all: a run without gradients has no backward, which is not one of zero.
bool isKnown(const CostTree& tree, const Measure& measure);
/// The same of a part of a tree, of which is known whether that has a backward.
bool isKnown(bool hasBackward, const Measure& measure);

} // namespace sunflop
