// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// InternViT, the vision tower of InternVLChat.
/// Layout and operators: OpenGVLab's modeling_intern_vit.py as shipped with the checkpoints.

#include "core/families/bricks/blocks.h"

#include <string>

namespace sunflop {

struct InternVit {
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t imageSize = 0; ///< pixels, square
    std::int64_t patch = 0;     ///< pixels, square
    Bias qkvBias = Bias::No;
    bool normalisesHeads = false; ///< q_norm and k_norm over the full width
    bool rmsNorms = false;        ///< InternRMSNorm instead of LayerNorm
    double normEpsilon = 1e-6;
    std::string hiddenAct;
    double dropout = 0;
    double attentionDropout = 0;
    double dropPathRate = 0;

    std::int64_t patchesPerSide() const { return imageSize / patch; }
    /// Patches and the class token of one tile.
    std::int64_t positions() const { return patchesPerSide() * patchesPerSide() + 1; }
};

/// Reads a vision_config; `imageSize` overrides its own where given. Errors stay in the reader.
InternVit readInternVit(ConfigReader& config, std::optional<std::int64_t> imageSize);

/// InternVisionModel under `name`: pixels [n, 3, imageSize, imageSize] to states [n, positions, hidden].
/// The class knows two kernels: flash-attn, and two matmuls for anything else.
Tensor internVisionModel(Tracer& t, std::string_view name, const InternVit& model, const Tensor& pixels,
                         const Workload& workload);

} // namespace sunflop
