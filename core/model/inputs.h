// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Every input that a run can have.

#include "core/base/dtype.h"
#include "core/base/version.h"
#include "core/model/input.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace sunflop {

/// The inputs that exist, with neutral ranges; families pick from these and narrow them.
namespace inputs {
Input batch(std::string_view unit = "sequences per device");
Input textTokens(std::int64_t defaultTokens = 512);
Input images(std::int64_t defaultImages = 1);
Input imageWidth(std::int64_t defaultPixels);
Input imageHeight(std::int64_t defaultPixels);
Input tiles(std::int64_t maximum);
Input newTokens();
Input cachedTokens();
Input attention();
Input logits();
/// From `oldest`, the release the family came with, to the newest known; starts at `own`, the config's own
/// version (unreadable or empty: the newest). Minimum and maximum are 1000 * major + minor.
Input transformers(std::string_view own, Version oldest);
Input weightDType(DType dtype);
Input activationDType(DType dtype);
Input kvDType(DType dtype);
Input kvCache();
Input lifetimes();
Input mode();

// Only in training.
Input trainable();      ///< of a vision-language model
Input inputGradients(); ///< of a model that is given numbers, not ids alone
Input loraRank();       ///< of a model with a decoder
Input loraTargets();    ///< without "stored", which an adapter's file brings
Input checkpointing();
Input autocast();
Input optimizer(const std::vector<std::string_view>& ids);
Input recipe(const std::vector<std::string_view>& ids);
Input optimizerStep();
Input accumulation();
Input gradientBuckets();
Input zeroStage();

// How many devices share the work.
Input dataParallel();
Input tensorParallel();
Input sequenceParallel();
Input pipelineParallel();
Input contextParallel();
Input expertParallel();

// On what, and how it is launched.
Input device(const std::vector<std::string_view>& ids);
Input preset(const std::vector<std::string_view>& ids);
} // namespace inputs

} // namespace sunflop
