// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/device_costs.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sunflop {

namespace {

/// part / whole of an amount, rounded down; all of it where they are equal.
Count scaled(Count amount, Count part, Count whole)
{
    if (part == whole || amount.isSaturated())
        return amount;
    if (whole <= Count(0))
        return 0;
    const auto value = [](Count count) { return static_cast<long double>(count.value()); };
    return static_cast<std::int64_t>(value(amount) * (value(part) / value(whole)));
}

/// What a module made itself, or its children, and what lives at the peak.
Count made(const ModuleMemory& module)
{
    return module.atPeak - module.weights - module.optimizer;
}

Count nanoseconds(double seconds)
{
    constexpr double perSecond = 1e9;
    const double value = seconds * perSecond;
    return value < 9e18 ? Count(std::llround(value)) : Count::saturated();
}

/// What each module with children spends on its operators, by name.
void addCallTimes(CostTree& costs, const Trace& trace, const Timing& timing)
{
    std::vector<double> seconds(costs.own.size());
    for (std::size_t i = 0; i < trace.ops.size(); ++i) {
        const Op& op = trace.ops[i];
        const std::int32_t first = costs.nodes[static_cast<std::size_t>(op.module)].firstOwn;
        if (first < 0)
            continue;
        const auto own = std::find_if(costs.own.begin() + first, costs.own.end(), [&](const OwnPart& part) {
            return part.kind == OwnKind::Operator && part.name == nameOf(op);
        });
        seconds[static_cast<std::size_t>(own - costs.own.begin())] += timing.callSeconds[i];
    }
    for (std::size_t i = 0; i < seconds.size(); ++i)
        costs.own[i].total.nanoseconds = nanoseconds(seconds[i]);
}

} // namespace

void addWeights(CostTree& costs, const QuantisedWeights& weights)
{
    std::vector<Count> bytes;
    for (const PackedBytes& module : weights.modules)
        bytes.push_back(module.total());
    apportion(costs, &Costs::weightBytes, bytes);
}

void addMemory(CostTree& costs, const Footprint& memory)
{
    const ModuleMemory& root = memory.modules.front();
    const MemoryParts& parts = memory.parts;
    std::vector<Count> peaks;
    std::vector<Count> saved;
    for (const ModuleMemory& module : memory.modules) {
        peaks.push_back(scaled(module.weights, parts.weights, root.weights) +
                        scaled(module.optimizer, parts.optimizer, root.optimizer) +
                        scaled(module.gradients, parts.gradients, root.gradients) +
                        scaled(made(module), parts.activations + parts.cache, made(root)));
        saved.push_back(module.saved);
    }
    peaks.front() = memory.peak();
    apportion(costs, &Costs::peakBytes, peaks);
    apportion(costs, &Costs::savedBytes, saved);
}

void addTimes(CostTree& costs, const Trace& trace, const Timing& timing)
{
    // Rounded where operators are, so that parts sum to the whole.
    std::vector<Count> times;
    for (const ModuleTiming& module : timing.modules)
        times.push_back(nanoseconds(module.whole().seconds()));
    for (std::size_t i = times.size(); i-- > 0;) {
        Count children;
        const auto end = static_cast<std::size_t>(costs.nodes[i].end);
        for (std::size_t child = i + 1; child < end; child = static_cast<std::size_t>(costs.nodes[child].end))
            children += times[child];
        times[i] = std::max(times[i], children);
    }
    times.front() += nanoseconds(timing.optimizerSeconds);
    addCallTimes(costs, trace, timing);
    if (const auto own = costs.ownOf(0); !own.empty())
        costs.own[own.size() - 1].total.nanoseconds = nanoseconds(timing.optimizerSeconds);
    apportion(costs, &Costs::nanoseconds, times);
}

} // namespace sunflop
