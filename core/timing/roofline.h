// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where modules stand under a device's roof, for whoever draws it.

#include "core/timing/timing.h"

namespace sunflop {

/// FLOPs per byte from which on a device is limited by arithmetic: peak over bandwidth.
double ridge(const Device& device, Precision precision);

/// FLOP/s of the roof over a kernel of this many FLOPs per byte: min(peak, intensity * bandwidth).
double attainable(const Device& device, Precision precision, double intensity);

/// A module in the diagram. All zero where nothing ran.
struct RooflinePoint {
    double intensity = 0;  ///< FLOPs per byte
    double achieved = 0;   ///< FLOP/s
    double attainable = 0; ///< FLOP/s of the roof above it
};

RooflinePoint rooflinePoint(const Share& share, const Device& device, Precision precision);

} // namespace sunflop
