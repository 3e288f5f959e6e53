// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/collectives.h"

#include <cassert>

namespace sunflop {

namespace {

constexpr double linkEfficiency = 0.75;
constexpr double messageSeconds = 10e-6;

/// parts / n of `whole`, rounded up.
Count share(Count whole, std::int64_t parts, std::int64_t devices)
{
    assert(devices >= 1);
    const Count scaled = whole * parts;
    if (scaled.isSaturated())
        return scaled;
    return scaled.value() / devices + (scaled.value() % devices != 0 ? 1 : 0);
}

/// Crossings of a layer, counted in forwards.
std::int64_t crossings(Passes passes)
{
    switch (passes) {
    case Passes::Forward: return 1;
    case Passes::ForwardBackward: return 2;
    case Passes::Recomputed: return 3;
    }
    return 1;
}

} // namespace

Count allReduceBytes(Count whole, std::int64_t devices)
{
    return share(whole, 2 * (devices - 1), devices);
}

Count allGatherBytes(Count whole, std::int64_t devices)
{
    return share(whole, devices - 1, devices);
}

Count allToAllBytes(Count local, std::int64_t devices)
{
    return share(local, devices - 1, devices);
}

Count dataParallelBytes(Count gradientBytes, std::int64_t devices)
{
    return allReduceBytes(gradientBytes, devices);
}

Count fullyShardedBytes(Count weightBytes, Count gradientBytes, std::int64_t devices)
{
    return allGatherBytes(weightBytes, devices) * 2 + allGatherBytes(gradientBytes, devices);
}

Count tensorParallelBytes(Count hiddenBytes, std::int64_t layers, std::int64_t devices, Passes passes)
{
    return allReduceBytes(hiddenBytes, devices) * 2 * layers * crossings(passes);
}

Count pipelineBytes(Count hiddenBytes, std::int64_t microBatches, Passes passes)
{
    return hiddenBytes * microBatches * (passes == Passes::Forward ? 1 : 2);
}

Count expertParallelBytes(Count hiddenBytes, std::int64_t active, std::int64_t layers, std::int64_t devices,
                          Passes passes)
{
    return allToAllBytes(hiddenBytes * active, devices) * 2 * layers * crossings(passes);
}

Count contextParallelBytes(Count keyValueBytes, std::int64_t layers, std::int64_t devices, Passes passes)
{
    return share(keyValueBytes, devices - 1, devices) * layers * (passes == Passes::Forward ? 1 : 3);
}

double transferSeconds(Count bytes, std::int64_t messages, const Device& device)
{
    assert(device.linkBandwidth > 0);
    return static_cast<double>(messages) * messageSeconds +
           static_cast<double>(bytes.value()) / (linkEfficiency * device.linkBandwidth);
}

} // namespace sunflop
