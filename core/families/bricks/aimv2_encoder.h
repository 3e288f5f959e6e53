// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// AIMv2 as transformers has it since 4.54: an image encoder, a text encoder, and both side by side. Other
/// names and parameters than the class that ships with Apple's checkpoints (aimv2_tower.h).
/// Layout and operators: transformers' modeling_aimv2.py, 5.17.

#include "core/families/bricks/blocks.h"
#include "core/families/family.h"

namespace sunflop {

/// The classes of modeling_aimv2.py.
enum class Aimv2Class : std::uint8_t {
    Model,       ///< Aimv2Model: both encoders, projections and their likeness
    VisionModel, ///< Aimv2VisionModel
    TextModel,   ///< Aimv2TextModel
};

/// The knobs of such a model; also checks the config.
Result<std::vector<Input>> aimv2EncoderInputs(const Config& config, Aimv2Class kind);
Result<Trace> traceAimv2Encoder(const Config& config, Aimv2Class kind, const Workload& workload);

} // namespace sunflop
