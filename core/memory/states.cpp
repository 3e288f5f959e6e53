// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/states.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/registry.h"
#include "core/model/held.h"
#include "core/quantisation/weight_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

/// Blocks and integers have no gradients: quantised weights are frozen.
bool isTrained(const Parameter& parameter)
{
    return parameter.isTrained() && isFloat(parameter.dtype) && !isBlockFormat(parameter.dtype);
}

/// The tensor that the optimizer updates: the parameter, or its master copy.
TrainedTensor trained(const Parameter& parameter, bool isHidden, const TrainingRecipe& recipe)
{
    const DType updated = recipe.hasMasterWeights ? DType::F32 : recipe.weightDType.value_or(parameter.dtype);
    return {
        .shape = parameter.shape, .stateDType = recipe.stateDType.value_or(updated), .isHidden = isHidden};
}

bool isHidden(const Trace& trace, const Parameter& parameter)
{
    const WeightKind kind = weightKind(trace, parameter);
    return kind != WeightKind::Embedding && kind != WeightKind::Head;
}

} // namespace

std::span<const RecipeInfo> trainingRecipes()
{
    static const std::array table{
        RecipeInfo{"as-is", "Everything in the dtype of the weights", {}},
        RecipeInfo{"fp32", "fp32, also under autocast", {.weightDType = DType::F32}},
        RecipeInfo{"bf16", "Pure bf16", {.weightDType = DType::BF16}},
        RecipeInfo{"bf16-fp32-states",
                   "bf16 weights, fp32 states",
                   {.weightDType = DType::BF16, .stateDType = DType::F32}},
        RecipeInfo{"mixed",
                   "16 bit with fp32 master weights (ZeRO, apex)",
                   {.weightDType = DType::BF16, .hasMasterWeights = true}},
        RecipeInfo{"megatron",
                   "bf16 with fp32 gradients and master weights (Megatron-LM)",
                   {.weightDType = DType::BF16, .gradientDType = DType::F32, .hasMasterWeights = true}},
    };
    return table;
}

Result<TrainingRecipe> recipeNamed(std::string_view id)
{
    if (const auto* const found = entryNamed(trainingRecipes(), id))
        return found->recipe;
    return failure(ErrorKind::NotFound, {},
                   fmt::format("\"{}\" is no training recipe, {}", shortened(id),
                               expectedName(id, idsOf(trainingRecipes()))));
}

StateParts operator+(const StateParts& a, const StateParts& b)
{
    return {a.weights + b.weights, a.frozen + b.frozen, a.gradients + b.gradients, a.masters + b.masters,
            a.optimizer + b.optimizer};
}

StateParts operator*(const StateParts& a, Count n)
{
    return {a.weights * n, a.frozen * n, a.gradients * n, a.masters * n, a.optimizer * n};
}

StateParts statesOf(const Parameter& parameter, bool isHidden, const TrainingRecipe& recipe)
{
    if (!isTrained(parameter))
        return {.frozen = byteSize(parameter.shape, parameter.dtype)};
    const DType weight = recipe.weightDType.value_or(parameter.dtype);
    return {.weights = byteSize(parameter.shape, weight),
            .gradients = byteSize(parameter.shape, recipe.gradientDType.value_or(weight)),
            .masters = recipe.hasMasterWeights ? byteSize(parameter.shape, DType::F32) : Count(0),
            .optimizer =
                stateBytes(*recipe.optimizer, trained(parameter, isHidden, recipe), recipe.settings)};
}

StateBytes statesOf(const Trace& trace, const TrainingRecipe& recipe, const Quantisation* frozenAs)
{
    const std::vector<HeldTensor> tensors = heldTensors(trace);
    std::optional<WeightPacking> storage;
    if (frozenAs != nullptr)
        storage.emplace(trace, *frozenAs, Mode::Training);
    std::vector<StateParts> amounts;
    std::vector<TrainedTensor> updated;
    std::vector<Count> instances;
    StateBytes result;
    for (const HeldTensor& tensor : tensors) {
        const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
        const bool hidden = isHidden(trace, parameter);
        const StateParts each = statesOf(parameter, hidden, recipe);
        amounts.push_back(storage && !isTrained(parameter) ? StateParts{.frozen = storage->bytesOf(tensor)}
                                                           : each * tensor.instances);
        result.largestGradient = std::max(result.largestGradient, each.gradients);
        if (!isTrained(parameter))
            continue;
        updated.push_back(trained(parameter, hidden, recipe));
        instances.push_back(tensor.instances);
    }
    result.modules = summedByModule<StateParts>(trace, tensors, amounts);
    result.stepTransient = optimizerBytes(*recipe.optimizer, updated, instances, recipe.settings).transient;
    return result;
}

Count loraParams(const Shape& weight, std::int64_t rank)
{
    return weight.rank() == 2 ? Count(rank) * (Count(weight[0]) + weight[1]) : Count(0);
}

Count loraParams(const Trace& trace, std::span<const std::string_view> modules, std::int64_t rank)
{
    Count params;
    for (const Parameter& parameter : trace.parameters) {
        const std::string& name = trace.modules[static_cast<std::size_t>(parameter.module)].name;
        if (std::ranges::find(modules, name) != modules.end())
            params += loraParams(parameter.shape, rank) * instancesOf(trace, parameter.module);
    }
    return params;
}

} // namespace sunflop
