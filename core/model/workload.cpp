// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/workload.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/model/input_names.h"
#include "core/model/own_quantisation.h"
#include "core/model/setting.h"
#include "core/model/workload_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace sunflop {

namespace {

template<typename Choices>
std::size_t indexIn(const Choices& choices, std::string_view value)
{
    return static_cast<std::size_t>(std::ranges::find(choices, value) - std::ranges::begin(choices));
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

std::string expectedChoice(const Input& input, std::string_view value)
{
    const bool isDevice = input.id == "device" && !input.isArgument;
    const std::vector<std::string_view> choices(input.choices.begin(), input.choices.end());
    return expectedName(value, choices, isDevice ? "list devices" : "list inputs");
}

Result<void> checkRange(const Input& input, std::string_view value)
{
    if (input.id == "transformers" && !input.isArgument)
        return checkVersion(input, value);
    if (input.scale == InputScale::Choice) {
        if (std::ranges::find(input.choices, value) != input.choices.end())
            return {};
        return failure(
            ErrorKind::OutOfRange, {},
            fmt::format("\"{}\" is no choice, {}", shortened(value), expectedChoice(input, value)));
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

/// A name that is no dtype is a way to store weights; what they compute in stays. What a config calls its own
/// way goes before a dtype of that name.
void setWeights(Workload& workload, const Input& input, std::string_view value)
{
    const bool isOwn = input.own != nullptr && value == input.own->id;
    const auto dtype = isOwn ? input.own->rest : dtypeNamed(value);
    if (dtype)
        workload.weightDType = *dtype;
    workload.quantisation = dtype && !isOwn ? std::string_view() : value;
    workload.ownQuantisation = isOwn ? input.own : nullptr;
}

void assignArgument(Workload& workload, std::string_view id, std::string_view value)
{
    const auto argument = std::ranges::find(workload.arguments, id, &Argument::id);
    if (argument == workload.arguments.end()) {
        workload.arguments.push_back({std::string(id), std::string(value)});
    } else {
        argument->text = value;
        argument->isSet = true;
    }
}

/// Writes a value that has passed its input's range or choices.
void assign(Workload& workload, const Input& input, std::string_view value)
{
    const std::string_view id = input.id;
    if (input.isArgument) {
        assignArgument(workload, id, value);
    } else if (const WorkloadField* field = workloadField(id)) {
        if (field->text != nullptr)
            workload.*field->text = value;
        else if (field->dtype == &Workload::weightDType)
            setWeights(workload, input, value);
        else if (field->dtype != nullptr)
            workload.*field->dtype = dtypeNamed(value).value();
        else
            workload.*field->number = parseWhole(value).value();
    } else if (id == "tiles") {
        workload.tiles = value == automatic ? std::nullopt : std::optional(parseWhole(value).value());
    } else if (const ChoiceField* choices = choiceField(id)) {
        choices->set(workload, indexIn(choices->choices, value));
        if (id == "lora_targets")
            workload.adapters = workload.loraTargets == LoraTargets::Stored ? input.adapters : nullptr;
    } else if (id == "logits") {
        workload.logits.reset();
        if (value != automatic)
            workload.logits = static_cast<Logits>(indexIn(logitChoices, value));
    } else if (id == "transformers") {
        workload.transformers = Version::parse(value).value();
    } else {
        assignArgument(workload, id, value);
    }
}

/// llama.cpp's names of file types stand for the methods: "q4_k_m" for "gguf-q4_k_m".
std::string_view canonical(const Input& input, std::string_view value)
{
    constexpr std::string_view prefix = "gguf-";
    if (input.id != "weight_dtype" || input.isArgument ||
        std::ranges::find(input.choices, value) != input.choices.end())
        return value;
    const auto method = std::ranges::find_if(input.choices, [&](std::string_view choice) {
        return choice.starts_with(prefix) && choice.substr(prefix.size()) == value;
    });
    return method == input.choices.end() ? value : *method;
}

Result<void> apply(Workload& workload, const Input& input, std::string_view text)
{
    Result<std::string> chosen(canonical(input, text));
    if (input.spelled != nullptr && std::ranges::find(input.choices, *chosen) == input.choices.end())
        chosen = input.spelled(text);
    if (!chosen)
        return failure(chosen.error());
    const std::string_view value = *chosen;
    const bool derived = value == automatic && input.defaultValue == automatic;
    if (!derived)
        if (const auto allowed = checkRange(input, value); !allowed)
            return allowed;
    assign(workload, input, value);
    return {};
}

/// Arguments in the order of forward(), whatever their kinds.
void sortArguments(std::vector<Argument>& arguments, std::span<const Input> offered)
{
    std::ranges::stable_sort(arguments, {}, [&](const Argument& argument) {
        return std::ranges::find(offered, argument.id, &Input::id) - offered.begin();
    });
}

/// Settings that exclude each other. Only what the user set can conflict.
std::optional<Error> conflict(const Workload& workload, std::span<const Assignment> assignments)
{
    const auto isSet = [&](std::string_view id) {
        if (std::ranges::find(workload.arguments, id, &Argument::id) != workload.arguments.end())
            return false;
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

Result<Workload> Workload::from(std::span<const Input> offered, std::span<const Assignment> settings)
{
    const std::vector<Assignment> spelled = spelledOut(offered, settings);
    const std::span<const Assignment> assignments(spelled);
    Workload workload;
    auto shapes = shapesOf(offered, assignments);
    if (!shapes)
        return failure(shapes.error());
    workload.arguments = *std::move(shapes);
    for (const Input& input : offered) {
        if (input.scale == InputScale::Shape)
            continue;
        const auto applied = apply(workload, input, input.defaultValue);
        assert(applied);
    }
    for (std::size_t i = 0; i < assignments.size(); ++i) {
        const Assignment& assignment = assignments[i];
        const Input* const input = inputSetBy(offered, assignment.id);
        if (input == nullptr) {
            return failure(ErrorKind::NotFound, assignment.id,
                           "no such input here, " + expectedInput(assignment.id, offered));
        }
        if (std::ranges::find(assignments.subspan(i + 1), assignment.id, &Assignment::id) !=
            assignments.end())
            return failure(ErrorKind::Conflict, assignment.id, "set more than once, expected one value");
        if (input->scale == InputScale::Shape)
            continue;
        if (const auto applied = apply(workload, *input, assignment.value); !applied)
            return failure(applied.error().within(assignment.id));
    }
    if (auto error = conflict(workload, assignments))
        return failure(*std::move(error));
    sortArguments(workload.arguments, offered);
    return workload;
}

namespace {

std::string textOf(const Workload& workload, const WorkloadField& field)
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
    if (const auto argument = std::ranges::find(arguments, id, &Argument::id); argument != arguments.end())
        return argument->text;
    if (const WorkloadField* field = workloadField(id))
        return textOf(*this, *field);
    if (id == "tiles")
        return tiles ? std::to_string(*tiles) : std::string(automatic);
    if (const ChoiceField* choices = choiceField(id))
        return std::string(choices->choices[choices->index(*this)]);
    if (id == "logits")
        return std::string(logitChoices[static_cast<std::size_t>(keptLogits())]);
    if (id == "transformers")
        return transformers.text();
    const auto argument =
        std::ranges::find(arguments, id.substr(0, id.rfind('[')), &Argument::id); // of a dimension
    assert(argument != arguments.end());
    return std::to_string(sizeIn(argument->text, id).value_or(0));
}

bool Workload::isAutomatic(std::string_view id) const
{
    if (std::ranges::find(arguments, id, &Argument::id) != arguments.end())
        return false;
    return (id == "tiles" && !tiles) || (id == "logits" && !logits);
}

} // namespace sunflop
