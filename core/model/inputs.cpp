// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/inputs.h"

#include "core/model/workload_fields.h"

#include <algorithm>
#include <array>
#include <string>

namespace sunflop {

namespace inputs {

namespace {

constexpr std::int64_t manyTokens = 1 << 30;
constexpr std::int64_t mostDevices = 1 << 14;

Input number(std::string_view id, std::string_view title, std::string_view unit, std::int64_t minimum,
             std::int64_t maximum, std::int64_t defaultValue)
{
    return {.id = std::string(id),
            .title = std::string(title),
            .unit = std::string(unit),
            .minimum = minimum,
            .maximum = maximum,
            .defaultValue = std::to_string(defaultValue),
            .scale = InputScale::Logarithmic};
}

Input choice(std::string_view id, std::string_view title, std::string_view defaultValue,
             const std::vector<std::string_view>& choices)
{
    return {.id = std::string(id),
            .title = std::string(title),
            .defaultValue = std::string(defaultValue),
            .scale = InputScale::Choice,
            .choices = {choices.begin(), choices.end()}};
}

Input fixedChoice(std::string_view id, std::string_view defaultValue)
{
    const ChoiceField& field = *choiceField(id);
    return choice(field.id, field.title, defaultValue, field.choices);
}

Input dtype(std::string_view id, std::string_view title, DType defaultValue)
{
    std::vector<std::string_view> ids;
    for (const DTypeInfo& format : dtypes())
        if (isOffered(format.dtype))
            ids.push_back(format.id);
    return choice(id, title, info(defaultValue).id, ids);
}

Input plainDType(std::string_view id, std::string_view title, DType defaultValue)
{
    Input input = dtype(id, title, defaultValue);
    std::erase_if(input.choices, [](const std::string& name) { return isBlockFormat(*dtypeNamed(name)); });
    return input;
}

/// The block types that llama.cpp keeps keys and values in: --cache-type-k, --cache-type-v.
constexpr std::array cacheBlocks{DType::Q8_0, DType::Q5_1, DType::Q5_0,
                                 DType::Q4_1, DType::Q4_0, DType::IQ4_NL};

} // namespace

Input batch(std::string_view unit)
{
    return number("batch", "Batch", unit, 1, 1 << 20, 1);
}

Input textTokens(std::int64_t defaultTokens)
{
    return number("text_tokens", "Text tokens", "tokens", 1, manyTokens, defaultTokens);
}

Input images(std::int64_t defaultImages)
{
    return number("images", "Images", "images", 0, 1 << 16, defaultImages);
}

Input imageWidth(std::int64_t defaultPixels)
{
    return number("image_width", "Image width", "px", 1, mostPixels, defaultPixels);
}

Input imageHeight(std::int64_t defaultPixels)
{
    return number("image_height", "Image height", "px", 1, mostPixels, defaultPixels);
}

Input tiles(std::int64_t maximum)
{
    Input input = number("tiles", "Tiles per image", "tiles", 1, maximum, 1);
    input.defaultValue = automatic;
    return input;
}

Input newTokens()
{
    return number("new_tokens", "New tokens", "tokens", 0, manyTokens, 0);
}

Input cachedTokens()
{
    return number("cached_tokens", "Cached tokens", "tokens", 0, manyTokens, 0);
}

Input attention()
{
    return fixedChoice("attention", "sdpa");
}

Input mode()
{
    return fixedChoice("mode", "inference");
}

Input kvCache()
{
    return fixedChoice("kv_cache", "dynamic");
}

Input optimizer(const std::vector<std::string_view>& ids)
{
    return choice("optimizer", "Optimizer", "adamw", ids);
}

Input recipe(const std::vector<std::string_view>& ids)
{
    return choice("recipe", "State dtypes", "as-is", ids);
}

Input optimizerStep()
{
    return choice("optimizer_step", "Step", "fused", {"fused", "foreach", "loop"});
}

Input lifetimes()
{
    return fixedChoice("lifetimes", "eager");
}

Input trainable()
{
    return fixedChoice("trainable", "all");
}

Input inputGradients()
{
    return fixedChoice("input_gradients", "no");
}

Input loraRank()
{
    return number("lora_rank", "LoRA rank", "", 0, 1 << 14, 0);
}

Input loraTargets()
{
    Input input = fixedChoice("lora_targets", "all-linear");
    std::erase(input.choices, "stored");
    return input;
}

Input accumulation()
{
    return number("accumulation", "Accumulation", "micro-batches", 1, 1 << 20, 1);
}

Input gradientBuckets()
{
    return fixedChoice("gradient_buckets", "copy");
}

Input zeroStage()
{
    Input input = number("zero_stage", "ZeRO stage", "", 0, 3, 0);
    input.scale = InputScale::Linear;
    return input;
}

Input dataParallel()
{
    return number("data_parallel", "Data parallel", "devices", 1, mostDevices, 1);
}

Input tensorParallel()
{
    return number("tensor_parallel", "Tensor parallel", "devices", 1, mostDevices, 1);
}

Input sequenceParallel()
{
    return fixedChoice("sequence_parallel", "off");
}

Input pipelineParallel()
{
    return number("pipeline_parallel", "Pipeline parallel", "stages", 1, mostDevices, 1);
}

Input contextParallel()
{
    return number("context_parallel", "Context parallel", "devices", 1, mostDevices, 1);
}

Input expertParallel()
{
    return number("expert_parallel", "Expert parallel", "devices", 1, mostDevices, 1);
}

Input device(const std::vector<std::string_view>& ids)
{
    return choice("device", "Device", "h100-sxm", ids);
}

Input preset(const std::vector<std::string_view>& ids)
{
    return choice("preset", "Launch", "eager", ids);
}

Input checkpointing()
{
    return fixedChoice("checkpointing", "none");
}

Input autocast()
{
    return fixedChoice("autocast", "off");
}

Input logits()
{
    return choice("logits", "Logits", automatic, {logitChoices.begin(), logitChoices.end()});
}

Input transformers(std::string_view own, Version oldest)
{
    const Version start =
        std::clamp(Version::parse(own).value_or(newestTransformers), oldest, newestTransformers);
    Input input =
        number("transformers", "transformers", "version", ordinal(oldest), ordinal(newestTransformers), 0);
    input.defaultValue = start.text();
    input.scale = InputScale::Choice;
    return input;
}

Input weightDType(DType defaultValue)
{
    return dtype("weight_dtype", "Weights", defaultValue);
}

Input activationDType(DType defaultValue)
{
    return plainDType("activation_dtype", "Activations", defaultValue);
}

Input kvDType(DType defaultValue)
{
    Input input = plainDType("kv_dtype", "KV cache", defaultValue);
    for (const DType block : cacheBlocks)
        input.choices.emplace_back(info(block).id);
    return input;
}

} // namespace inputs

} // namespace sunflop
