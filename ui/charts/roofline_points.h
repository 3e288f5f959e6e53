// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a roofline diagram shows of a run.

#include "core/run/run.h"
#include "core/timing/roofline.h"

#include <QString>

#include <vector>

namespace sunflop {

/// The calls of one module itself, without its children, in one part of the run.
struct RooflineMark {
    std::int32_t module = 0;
    Part part = Part::Prefill;
    Share share; ///< all instances and steps
    RooflinePoint place;
};

/// At most `most` marks, those that take longest, the longest first. What computes nothing has no place.
std::vector<RooflineMark> rooflineMarks(const Run& run, std::size_t most);

/// "prefill", "decode", "backward"; of a run without a cache the first is the forward.
QString partTitle(const Run& run, Part part);
/// "compute-bound", "memory-bound", "launch-bound"
QString boundTitle(Bound bound);
/// "42.5 ms in all · first token 30.1 ms · 95 tokens/s · MFU 12.0 %"
QString timesText(const Run& run);
/// "H100 SXM5 80GB · bf16 · eager"
QString deviceText(const Run& run);
/// "312 TFLOP/s"
QString rateText(double flopsPerSecond);
/// Every part of a mark, a line each.
QStringList markLines(const Run& run, const RooflineMark& mark);

} // namespace sunflop
