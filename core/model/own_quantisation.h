// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a model's config says of how the weights that come with it are stored.

#include "core/base/dtype.h"
#include "core/model/config.h"

#include <optional>
#include <string>

namespace sunflop {

/// A config's own quantisation, the default of "weight_dtype".
struct OwnQuantisation {
    std::string id;           ///< of the method, as the input shows it
    DType rest = DType::BF16; ///< of weights that it leaves as they are
    Config config;            ///< the object that describes it
};

/// Whether a config has any of the keys that quantisationObject() looks for.
bool hasQuantisation(const nlohmann::json& root);

/// The object of a config that tells how its weights are stored: "quantization_config", or
/// "compression_config" of older compressed-tensors, of the model or of its language model; "quantization" of
/// MLX.
std::optional<Config> quantisationObject(const Config& root);

} // namespace sunflop
