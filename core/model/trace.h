// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a model computes under one workload, before anyone counts it.

#include "core/model/module.h"
#include "core/model/op.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// A stretch of the run in which every operand's size is a linear function of the step.
struct Phase {
    enum class Kind : std::uint8_t { Prefill, Decode } kind = Kind::Prefill;
    std::int64_t steps = 1;
};

/// Keys and values that one attention module keeps at the end of the run, all sequences together.
struct CacheEntry {
    std::int32_t module = 0;
    Count elements; ///< keys plus values
    DType dtype = DType::BF16;
};

/// How the images of one sequence became tokens.
struct ImageTokens {
    std::int64_t images = 0;
    std::int64_t tilesPerImage = 0;
    std::int64_t towerTokens = 0;   ///< positions in the vision tower, class tokens included, all tiles
    std::int64_t featureTokens = 0; ///< positions that image features take in the prompt, all images
    std::int64_t markerTokens = 0;  ///< positions of the model's own image markers that come on top
};

/// Sizes of the run that follow from the workload, per sequence.
struct RunSummary {
    std::int64_t promptTokens = 0;
    std::int64_t decodeSteps = 0;
    std::optional<ImageTokens> images;
};

/// Module tree and operators, without any cost. Values and indices only; immutable once made.
struct Trace {
    std::vector<Module> modules; ///< pre-order; modules[0] is the model, with an empty name
    std::vector<Parameter> parameters;
    std::vector<Op> ops; ///< in call order; a run of equal siblings is called once here
    std::vector<Phase> phases;
    std::vector<CacheEntry> caches;
    RunSummary run;

    /// Dotted name as in named_modules(), runs written "0-35"; empty for the model itself.
    std::string path(std::int32_t module) const;
};

} // namespace sunflop
