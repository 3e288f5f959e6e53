// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/workload.h"

#include "core/base/units.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace sunflop {

namespace {

constexpr std::array<std::string_view, 2> logitChoices{"all", "last"};

template<typename Choices>
std::size_t indexIn(const Choices& choices, std::string_view value)
{
    return static_cast<std::size_t>(std::ranges::find(choices, value) - std::ranges::begin(choices));
}

/// An input with a fixed list of values, and where it lives in a workload as the index of one.
struct ChoiceField {
    std::string_view id;
    std::string_view title;
    std::vector<std::string_view> choices;
    std::size_t (*index)(const Workload&);
    void (*set)(Workload&, std::size_t);
};

template<auto member>
ChoiceField choiceField(std::string_view id, std::string_view title, std::vector<std::string_view> choices)
{
    using Value = std::remove_reference_t<decltype(std::declval<Workload&>().*member)>;
    return {id, title, std::move(choices),
            [](const Workload& workload) { return static_cast<std::size_t>(workload.*member); },
            [](Workload& workload, std::size_t index) { workload.*member = static_cast<Value>(index); }};
}

const std::vector<ChoiceField>& choiceFields()
{
    static const std::vector table{
        choiceField<&Workload::attention>("attention", "Attention", {"eager", "sdpa", "flash"}),
        choiceField<&Workload::mode>("mode", "Mode", {"inference", "training"}),
        choiceField<&Workload::kvCache>("kv_cache", "Cache", {"dynamic", "static", "paged", "none"}),
        choiceField<&Workload::checkpointing>("checkpointing", "Checkpointing", {"none", "layers"}),
        choiceField<&Workload::autocast>("autocast", "Autocast", {"off", "bf16"}),
        choiceField<&Workload::trainable>("trainable", "Trainable", {"all", "language", "vision"}),
        choiceField<&Workload::lifetimes>("lifetimes", "Tensors live", {"eager", "last-use", "in-place"}),
        choiceField<&Workload::bucketView>("gradient_buckets", "DDP buckets", {"copy", "view"}),
        choiceField<&Workload::sequenceParallel>("sequence_parallel", "Sequence parallel", {"off", "on"}),
    };
    return table;
}

const ChoiceField* choiceNamed(std::string_view id)
{
    const auto field = std::ranges::find(choiceFields(), id, &ChoiceField::id);
    return field == choiceFields().end() ? nullptr : &*field;
}

/// Where a number or an element type lives in a workload.
struct Field {
    std::string_view id;
    std::int64_t Workload::*number = nullptr;
    DType Workload::*dtype = nullptr;
    std::string Workload::*text = nullptr;
};

constexpr std::array fields{
    Field{"batch", &Workload::batch},
    Field{"text_tokens", &Workload::textTokens},
    Field{"images", &Workload::images},
    Field{"image_width", &Workload::imageWidth},
    Field{"image_height", &Workload::imageHeight},
    Field{"new_tokens", &Workload::newTokens},
    Field{"cached_tokens", &Workload::cachedTokens},
    Field{.id = "weight_dtype", .dtype = &Workload::weightDType},
    Field{.id = "activation_dtype", .dtype = &Workload::activationDType},
    Field{.id = "kv_dtype", .dtype = &Workload::kvDType},
    Field{"lora_rank", &Workload::loraRank},
    Field{"accumulation", &Workload::accumulation},
    Field{"zero_stage", &Workload::zeroStage},
    Field{"data_parallel", &Workload::dataParallel},
    Field{"tensor_parallel", &Workload::tensorParallel},
    Field{"pipeline_parallel", &Workload::pipelineParallel},
    Field{"context_parallel", &Workload::contextParallel},
    Field{"expert_parallel", &Workload::expertParallel},
    Field{.id = "optimizer", .text = &Workload::optimizer},
    Field{.id = "recipe", .text = &Workload::recipe},
    Field{.id = "optimizer_step", .text = &Workload::optimizerStep},
    Field{.id = "device", .text = &Workload::device},
    Field{.id = "preset", .text = &Workload::preset},
};

constexpr std::int64_t ordinal(Version version)
{
    return 1000 * std::int64_t{version.major} + version.minor;
}

constexpr Version fromOrdinal(std::int64_t number)
{
    return {static_cast<int>(number / 1000), static_cast<int>(number % 1000)};
}

Result<void> checkVersion(const Input& input, std::string_view value)
{
    const auto version = Version::parse(value);
    if (!version)
        return failure(version.error());
    if (*version < fromOrdinal(input.minimum) || *version > fromOrdinal(input.maximum))
        return failure(ErrorKind::OutOfRange, {},
                       fmt::format("{} is out of range, expected {} to {}", version->text(),
                                   fromOrdinal(input.minimum).text(), fromOrdinal(input.maximum).text()));
    return {};
}

Result<void> checkRange(const Input& input, std::string_view value)
{
    if (input.id == "transformers")
        return checkVersion(input, value);
    if (input.scale == InputScale::Choice) {
        if (std::ranges::find(input.choices, value) != input.choices.end())
            return {};
        return failure(
            ErrorKind::OutOfRange, {},
            fmt::format("\"{}\" is no choice, expected one of {}", value, fmt::join(input.choices, ", ")));
    }
    const auto number = parseWhole(value);
    if (!number)
        return failure(number.error());
    if (*number < input.minimum || *number > input.maximum)
        return failure(
            ErrorKind::OutOfRange, {},
            fmt::format("{} is out of range, expected {} to {}", *number, input.minimum, input.maximum));
    return {};
}

/// A name that is no dtype is a way to store weights; what they compute in stays.
void setDType(Workload& workload, const Field& field, std::string_view value)
{
    const auto dtype = dtypeNamed(value);
    if (dtype)
        workload.*field.dtype = *dtype;
    if (field.dtype == &Workload::weightDType)
        workload.quantisation = dtype ? std::string_view() : value;
}

/// Writes a value that has passed its input's range or choices.
void assign(Workload& workload, std::string_view id, std::string_view value)
{
    if (const auto field = std::ranges::find(fields, id, &Field::id); field != fields.end()) {
        if (field->text != nullptr)
            workload.*field->text = value;
        else if (field->dtype != nullptr)
            setDType(workload, *field, value);
        else
            workload.*field->number = parseWhole(value).value();
    } else if (id == "tiles") {
        workload.tiles = value == automatic ? std::nullopt : std::optional(parseWhole(value).value());
    } else if (const ChoiceField* choices = choiceNamed(id)) {
        choices->set(workload, indexIn(choices->choices, value));
    } else if (id == "logits") {
        workload.logits.reset();
        if (value != automatic)
            workload.logits = static_cast<Logits>(indexIn(logitChoices, value));
    } else {
        assert(id == "transformers");
        workload.transformers = Version::parse(value).value();
    }
}

/// llama.cpp's names of file types stand for the methods: "q4_k_m" for "gguf-q4_k_m".
std::string_view canonical(const Input& input, std::string_view value)
{
    constexpr std::string_view prefix = "gguf-";
    if (input.id != "weight_dtype" || std::ranges::find(input.choices, value) != input.choices.end())
        return value;
    const auto method = std::ranges::find_if(input.choices, [&](std::string_view choice) {
        return choice.starts_with(prefix) && choice.substr(prefix.size()) == value;
    });
    return method == input.choices.end() ? value : *method;
}

Result<void> apply(Workload& workload, const Input& input, std::string_view value)
{
    value = canonical(input, value);
    const bool derived = value == automatic && input.defaultValue == automatic;
    if (!derived)
        if (const auto allowed = checkRange(input, value); !allowed)
            return allowed;
    assign(workload, input.id, value);
    return {};
}

/// Settings that exclude each other. Only what the user set can conflict.
std::optional<Error> conflict(const Workload& workload, std::span<const Assignment> assignments)
{
    const auto isSet = [&](std::string_view id) {
        return std::ranges::find(assignments, id, &Assignment::id) != assignments.end();
    };
    if (workload.mode == Mode::Training && workload.isGeneration())
        return Error{
            ErrorKind::Conflict, "new_tokens",
            fmt::format("{} new tokens in training, expected 0: a training step is one forward and its "
                        "backward",
                        workload.newTokens)};
    if (workload.kvCache == KvCache::None && workload.isGeneration())
        return Error{ErrorKind::Conflict, "kv_cache", "none while tokens are generated, expected a cache"};
    if (workload.tiles && workload.images == 0)
        return Error{ErrorKind::Conflict, "tiles",
                     fmt::format("{} tiles of 0 images, expected images of at least 1", *workload.tiles)};
    for (const std::string_view side : {"image_width", "image_height"}) {
        if (workload.tiles && isSet(side))
            return Error{ErrorKind::Conflict, std::string(side),
                         "set together with tiles, expected either the image's size or its tiles"};
        if (workload.images == 0 && isSet(side) && isSet("images"))
            return Error{ErrorKind::Conflict, std::string(side),
                         "size of 0 images, expected images of at least 1"};
    }
    return std::nullopt;
}

} // namespace

Result<Workload> Workload::from(std::span<const Input> offered, std::span<const Assignment> assignments)
{
    Workload workload;
    for (const Input& input : offered) {
        const auto applied = apply(workload, input, input.defaultValue);
        assert(applied);
    }
    for (std::size_t i = 0; i < assignments.size(); ++i) {
        const Assignment& assignment = assignments[i];
        const auto input = std::ranges::find(offered, assignment.id, &Input::id);
        if (input == offered.end()) {
            std::vector<std::string_view> ids;
            std::ranges::transform(offered, std::back_inserter(ids), &Input::id);
            return failure(ErrorKind::NotFound, assignment.id,
                           fmt::format("no such input here, expected one of {}", fmt::join(ids, ", ")));
        }
        if (std::ranges::find(assignments.subspan(i + 1), assignment.id, &Assignment::id) !=
            assignments.end())
            return failure(ErrorKind::Conflict, assignment.id, "set more than once, expected one value");
        if (const auto applied = apply(workload, *input, assignment.value); !applied)
            return failure(applied.error().within(assignment.id));
    }
    if (auto error = conflict(workload, assignments))
        return failure(*std::move(error));
    return workload;
}

namespace {

std::string textOf(const Workload& workload, const Field& field)
{
    if (field.text != nullptr)
        return workload.*field.text;
    if (field.dtype == &Workload::weightDType && !workload.quantisation.empty())
        return workload.quantisation;
    return field.dtype != nullptr ? std::string(info(workload.*field.dtype).id)
                                  : std::to_string(workload.*field.number);
}

} // namespace

std::string Workload::text(std::string_view id) const
{
    if (const auto field = std::ranges::find(fields, id, &Field::id); field != fields.end())
        return textOf(*this, *field);
    if (id == "tiles")
        return tiles ? std::to_string(*tiles) : std::string(automatic);
    if (const ChoiceField* choices = choiceNamed(id))
        return std::string(choices->choices[choices->index(*this)]);
    if (id == "logits")
        return std::string(logitChoices[static_cast<std::size_t>(keptLogits())]);
    assert(id == "transformers");
    return transformers.text();
}

bool Workload::isAutomatic(std::string_view id) const
{
    return (id == "tiles" && !tiles) || (id == "logits" && !logits);
}

namespace inputs {

namespace {

constexpr std::int64_t manyTokens = 1 << 30;
constexpr std::int64_t mostDevices = 1 << 14;

Input number(std::string_view id, std::string_view title, std::string_view unit, std::int64_t minimum,
             std::int64_t maximum, std::int64_t defaultValue)
{
    return {.id = id,
            .title = title,
            .unit = unit,
            .minimum = minimum,
            .maximum = maximum,
            .defaultValue = std::to_string(defaultValue),
            .scale = InputScale::Logarithmic};
}

Input choice(std::string_view id, std::string_view title, std::string_view defaultValue,
             std::vector<std::string_view> choices)
{
    return {.id = id,
            .title = title,
            .defaultValue = std::string(defaultValue),
            .scale = InputScale::Choice,
            .choices = std::move(choices)};
}

Input fixedChoice(std::string_view id, std::string_view defaultValue)
{
    const ChoiceField& field = *choiceNamed(id);
    return choice(field.id, field.title, defaultValue, field.choices);
}

Input dtype(std::string_view id, std::string_view title, DType defaultValue)
{
    std::vector<std::string_view> ids;
    for (const DTypeInfo& format : dtypes())
        if (isFloat(format.dtype) || format.dtype == DType::I8)
            ids.push_back(format.id);
    return choice(id, title, info(defaultValue).id, std::move(ids));
}

Input plainDType(std::string_view id, std::string_view title, DType defaultValue)
{
    Input input = dtype(id, title, defaultValue);
    std::erase_if(input.choices, [](std::string_view name) { return isBlockFormat(*dtypeNamed(name)); });
    return input;
}

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

Input optimizer(std::vector<std::string_view> ids)
{
    return choice("optimizer", "Optimizer", "adamw", std::move(ids));
}

Input recipe(std::vector<std::string_view> ids)
{
    return choice("recipe", "State dtypes", "as-is", std::move(ids));
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

Input loraRank()
{
    return number("lora_rank", "LoRA rank", "", 0, 1 << 14, 0);
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

Input device(std::vector<std::string_view> ids)
{
    return choice("device", "Device", "h100-sxm", std::move(ids));
}

Input preset(std::vector<std::string_view> ids)
{
    return choice("preset", "Launch", "eager", std::move(ids));
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
    return plainDType("kv_dtype", "KV cache", defaultValue);
}

} // namespace inputs

} // namespace sunflop
