// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/measure.h"

#include "core/base/registry.h"

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
        Measure{"peak_bytes", "Peak memory", "B", [](const Costs& c) { return c.peakBytes; }, Basis::Memory},
        Measure{"saved_bytes", "Saved for backward", "B", [](const Costs& c) { return c.savedBytes; },
                Basis::Memory},
        Measure{"nanoseconds", "Time", "ns", [](const Costs& c) { return c.nanoseconds; }, Basis::Time},
    };
    return table;
}

const Measure& measureNamed(std::string_view id)
{
    return *entryNamed(measures(), id);
}

bool isKnown(const CostTree& tree, const Measure& measure)
{
    return isKnown(tree.hasBackward, measure);
}

bool isKnown(bool hasBackward, const Measure& measure)
{
    return hasBackward || measure.id != "backward_flops";
}

} // namespace sunflop
