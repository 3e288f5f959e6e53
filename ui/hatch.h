// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Hatches: lines that tell fills apart where colour cannot, on paper without colour above all.

#include <QLineF>
#include <QRectF>

#include <cstdint>
#include <vector>

namespace sunflop {

/// One pattern of lines. Every two of them look different.
enum class Hatch : std::uint8_t { None, Rising, Falling, Crossed, Upright, Level, Grid, Dashed, WideRising };

/// The lines of a pattern inside `box`, none of them outside it nor inside `hole`; x grows to the right, y
/// downwards. `unit` is one pixel at the reference font size, by which the lines' distance scales.
std::vector<QLineF> hatchLines(Hatch hatch, const QRectF& box, double unit, const QRectF& hole = {});

} // namespace sunflop
