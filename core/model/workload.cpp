// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/workload.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/model/input_definitions.h"
#include "core/model/input_names.h"
#include "core/model/own_quantisation.h"
#include "core/model/setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace sunflop {

namespace {

template<auto member>
bool isOf(const Input& input)
{
    const InputDefinition* const row = definitionOf(input);
    return row != nullptr && row->member == &memberKey<member>;
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
    const std::vector<std::string_view> choices(input.choices.begin(), input.choices.end());
    const InputDefinition* const row = definitionOf(input);
    return expectedName(value, choices, row != nullptr ? row->list : InputDefinition{}.list);
}

Result<void> checkRange(const Input& input, std::string_view value)
{
    if (isOf<&Workload::transformers>(input))
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
    if (const InputDefinition* const row = definitionOf(input))
        row->set(workload, input, value);
    else
        assignArgument(workload, input.id, value);
}

/// llama.cpp's names of file types stand for the methods: "q4_k_m" for "gguf-q4_k_m".
std::string_view canonical(const Input& input, std::string_view value)
{
    constexpr std::string_view prefix = "gguf-";
    if (!isOf<&Workload::weightDType>(input) ||
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

std::string Workload::text(std::string_view id) const
{
    if (const auto argument = std::ranges::find(arguments, id, &Argument::id); argument != arguments.end())
        return argument->text;
    if (const InputDefinition* const row = inputDefinition(id))
        return row->text(*this);
    const auto argument =
        std::ranges::find(arguments, id.substr(0, id.rfind('[')), &Argument::id); // of a dimension
    assert(argument != arguments.end());
    return std::to_string(sizeIn(argument->text, id).value_or(0));
}

bool Workload::isAutomatic(std::string_view id) const
{
    if (std::ranges::find(arguments, id, &Argument::id) != arguments.end())
        return false;
    const InputDefinition* const row = inputDefinition(id);
    return row != nullptr && row->isAutomatic != nullptr && row->isAutomatic(*this);
}

} // namespace sunflop
