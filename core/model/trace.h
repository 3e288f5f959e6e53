// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a model computes under one workload, before anyone counts it.

#include "core/model/module.h"
#include "core/operators/op.h"

#include <cstdint>
#include <limits>
#include <memory>
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
    std::int64_t heads = 1; ///< parts of it that devices can hold apart; 1: who runs the module holds all
    std::int64_t tokenLimit = 0; ///< most tokens that it would keep of a sequence, however long; 0: all
};

/// Memory of one tensor; its views share it. It lives as long as PyTorch's eager forward would hold it: until
/// the last Python name or unfinished call that refers to it is gone.
struct Storage {
    enum class Kind : std::uint8_t {
        Parameter, ///< a weight: lives with the model
        Given,     ///< made by the caller before the run: token ids, pixels
        Cached,    ///< keys or values that the phase finds in the cache
        Result,    ///< made by an operator or a factory function
    } kind = Kind::Result;
    Extent bytes;                ///< grows with the step as its tensor does
    std::int32_t module = 0;     ///< that made it
    bool isCache = false;        ///< keys or values that a decoding step will look for
    std::int32_t tieGroup = -1;  ///< Parameter::tieGroup of a parameter
    std::int32_t born = 0;       ///< calls recorded before it: it exists from Trace::ops[born] on
    std::int32_t died = forever; ///< first call that no longer finds it

    static constexpr std::int32_t forever = std::numeric_limits<std::int32_t>::max();
};

/// One pass through a layer: `ops[first]` up to `ops[end]`, which stand for Module::repeat passes. Each pass
/// is handed the result of the one before; the recorded pass stands for a later one, whose `carried` memory
/// is not what the first was `handed`.
struct Block {
    std::int32_t module = 0;
    std::int32_t first = 0;
    std::int32_t end = 0;
    std::int32_t handed = -1;  ///< storage; -1: nothing is handed on
    std::int32_t carried = -1; ///< storage; the same as `handed` where there is one pass
    std::int32_t result = -1;  ///< storage that the next pass is handed
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
    std::vector<Storage> storages; ///< by Operand::storage
    std::vector<Block> blocks;     ///< in the order of their first call, outer ones first
    std::vector<CacheEntry> caches;
    RunSummary run;
    std::shared_ptr<const void> names; ///< what Op::name points into; null where all names are literals
    std::vector<std::string> notes;    ///< what the reader of this run's figures must know, a sentence each
    bool isEstimate = false;           ///< operators were guessed from what a checkpoint stores

    /// Dotted name as in named_modules(), runs written "0-35"; empty for the model itself.
    std::string path(std::int32_t module) const;
};

} // namespace sunflop
