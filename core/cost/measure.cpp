// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/measure.h"

#include <array>

namespace sunflop {

std::span<const Measure> measures()
{
    static constexpr std::array table{
        Measure{"params", "Parameters", "", [](const Costs& c) { return c.params; }},
        Measure{"active_params", "Active parameters", "", [](const Costs& c) { return c.activeParams; }},
        Measure{"macs", "Forward MACs", "MAC", [](const Costs& c) { return c.forward.macs; }},
        Measure{"flops", "Forward FLOPs", "FLOP", [](const Costs& c) { return c.forward.flops; }},
        Measure{"backward_flops", "Backward FLOPs", "FLOP", [](const Costs& c) { return c.backward.flops; }},
        Measure{"weight_bytes", "Weights", "B", [](const Costs& c) { return c.weightBytes; }},
        Measure{"kv_cache_bytes", "KV cache", "B", [](const Costs& c) { return c.kvCacheBytes; }},
    };
    return table;
}

} // namespace sunflop
