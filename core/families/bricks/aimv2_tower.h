// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Apple's AIMv2 vision transformer, alone or as the backbone of Ovis2.
/// Layout and operators: apple/aimv2-*'s modeling_aimv2.py as shipped with the checkpoints.

#include "core/families/bricks/blocks.h"
#include "core/model/config.h"

namespace sunflop {

struct Aimv2 {
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t channels = 0;
    std::int64_t imageSize = 0; ///< pixels, square
    std::int64_t patch = 0;     ///< pixels, square
    double normEpsilon = 1e-5;
    Bias qkvBias = Bias::No;
    Bias bias = Bias::No;
    double attentionDropout = 0;
    double projectionDropout = 0;
    DType dtype = DType::F32;

    std::int64_t patchesPerSide() const { return imageSize / patch; }
};

/// Reads a config of model type "aimv2". Errors stay in the reader.
Aimv2 readAimv2(ConfigReader& config);

/// AIMv2Model under `name`: pixels [n, channels, imageSize, imageSize] to the last block's output
/// [n, patches, hidden]. The final norm runs, but its result is not the one returned. With
/// output_hidden_states=True every block's output is appended to `hiddenStates`.
Tensor aimv2Model(Tracer& t, std::string_view name, const Aimv2& model, const Tensor& pixels,
                  std::vector<Tensor>* hiddenStates = nullptr);

} // namespace sunflop
