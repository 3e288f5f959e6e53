// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/roofline.h"

#include <algorithm>

namespace sunflop {

double ridge(const Device& device, Precision precision)
{
    return device.peak(precision).flopsPerSecond / device.bandwidth;
}

double attainable(const Device& device, Precision precision, double intensity)
{
    return std::min(device.peak(precision).flopsPerSecond, intensity * device.bandwidth);
}

RooflinePoint rooflinePoint(const Share& share, const Device& device, Precision precision)
{
    if (share.bytes <= Count(0) || share.seconds() <= 0)
        return {};
    const auto flops = static_cast<double>(share.flops.value());
    const double intensity = flops / static_cast<double>(share.bytes.value());
    return {intensity, flops / share.seconds(), attainable(device, precision, intensity)};
}

} // namespace sunflop
