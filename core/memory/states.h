// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What training holds for every parameter, by module: weights, gradients, master copies, optimizer states.

#include "core/memory/optimizer.h"
#include "core/model/trace.h"
#include "core/quantisation/quantisation.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// How a model is trained, as far as bytes per parameter go. Dtypes that are not set follow the weights, as
/// in PyTorch.
struct TrainingRecipe {
    const Optimizer* optimizer = &optimizers().front();
    OptimizerSettings settings;
    std::optional<DType> weightDType;   ///< of trainable parameters
    std::optional<DType> gradientDType; ///< of gradients as they are kept
    std::optional<DType> stateDType;    ///< of optimizer states
    bool hasMasterWeights = false;      ///< fp32 copies that the optimizer updates; states follow them
};

/// A recipe by name; rows of the table that everyone quotes.
struct RecipeInfo {
    std::string_view id;
    std::string_view title;
    TrainingRecipe recipe;
};
/// "as-is" first: everything follows the weights.
std::span<const RecipeInfo> trainingRecipes();
Result<TrainingRecipe> recipeNamed(std::string_view id);

/// Bytes of one tensor or of a sum of them.
struct StateParts {
    Count weights; ///< of trainable parameters
    Count frozen;  ///< of the others, quantised ones among them
    Count gradients;
    Count masters;
    Count optimizer;

    Count total() const { return weights + frozen + gradients + masters + optimizer; }
    friend StateParts operator+(const StateParts& a, const StateParts& b);
    friend StateParts operator*(const StateParts& a, Count n);
};

/// States of a whole model. A tied tensor counts once in every module that holds it.
struct StateBytes {
    std::vector<StateParts> modules; ///< by module, everything below it, all instances
    Count stepTransient;             ///< of the optimizer, on top while it steps
    Count largestGradient;           ///< of one tensor: all that remains where the step runs in backward

    const StateParts& root() const { return modules.front(); }
};

/// One tensor under a recipe.
StateParts statesOf(const Parameter& parameter, bool isHidden, const TrainingRecipe& recipe);

/// All parameters of a trace; `trainable` of each says which have gradients and states. The others are
/// stored by `frozenAs`; null: as their dtypes say.
StateBytes statesOf(const Trace& trace, const TrainingRecipe& recipe, const Quantisation* frozenAs = nullptr);

/// Parameters of a LoRA adapter of this rank beside a linear weight [out, in]: rank * (in + out).
Count loraParams(const Shape& weight, std::int64_t rank);
/// The same for all weights of modules with one of these names, all instances.
Count loraParams(const Trace& trace, std::span<const std::string_view> modules, std::int64_t rank);

} // namespace sunflop
