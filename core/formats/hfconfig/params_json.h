// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The params.json that Meta and Mistral publish beside their own checkpoints.

#include "core/base/result.h"
#include "core/model/config.h"

#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// A model in the words of a config.json, and what params.json leaves open.
struct DescribedModel {
    Config config;
    std::vector<std::string> notes;
};

/// The Llama or Mistral model that a params.json describes; nothing where the object is no such file. Refuses
/// mixtures of experts and models that see, and names keys of wrong types. Sources: ModelArgs of
/// meta-llama/llama and llama-models, TransformerArgs of mistral-inference.
std::optional<Result<DescribedModel>> configOfParams(const Config& params);

} // namespace sunflop
