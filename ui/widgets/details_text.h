// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the details pane says about one module, in words.

#include "core/cost/measure.h"
#include "core/run/run.h"

#include <QString>

#include <cstdint>

namespace sunflop::details {

/// "Each of 36 instances: 67,633,152 parameters, 502 G FLOPs"; empty for a single instance.
QString eachText(const Run& run, std::int32_t node);
/// "Sum of 4 children, the largest is mlp with 73.3 %"; empty for a module without children.
/// What the device does with a module: seconds and their limit in each part of the run. Of the model also
/// what its peak is made of.
QString deviceText(const Run& run, std::int32_t node);
QString childrenText(const Run& run, std::int32_t node, const Measure& measure);
/// "Intensity 294 FLOP/B: 78.3 GiB read and written by its operators"; empty where no byte moves.
QString intensityText(const Run& run, std::int32_t node);
/// "weight  [11008, 2048]  bf16", a line for every parameter.
QString tensorsText(const Run& run, std::int32_t node);
/// The costliest operator below a module and its formula; empty where nothing is counted.
QString formulaText(const Run& run, std::int32_t node);
/// What is missing or shared, a sentence a line.
QString remarksText(const Run& run, std::int32_t node);

} // namespace sunflop::details
