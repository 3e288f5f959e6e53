// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What can be shown of a cost tree: one number per module.

#include "core/cost/cost_tree.h"

#include <span>
#include <string_view>

namespace sunflop {

/// One kind of number. `unit` is what is counted: "", "MAC", "FLOP", "B".
struct Measure {
    std::string_view id;
    std::string_view title;
    std::string_view unit;
    Count (*of)(const Costs&) = nullptr;
};

/// params, active_params, macs, flops, backward_flops, weight_bytes, kv_cache_bytes.
std::span<const Measure> measures();

} // namespace sunflop
