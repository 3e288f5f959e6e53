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

constexpr std::array<std::string_view, 3> kernels{"eager", "sdpa", "flash"};
constexpr std::array<std::string_view, 2> logitChoices{"all", "last"};

template<std::size_t n>
std::size_t indexIn(const std::array<std::string_view, n>& choices, std::string_view value)
{
    return static_cast<std::size_t>(std::ranges::find(choices, value) - choices.begin());
}

/// Where a number or an element type lives in a workload.
struct Field {
    std::string_view id;
    std::int64_t Workload::*number = nullptr;
    DType Workload::*dtype = nullptr;
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

/// Writes a value that has passed its input's range or choices.
void assign(Workload& workload, std::string_view id, std::string_view value)
{
    if (const auto field = std::ranges::find(fields, id, &Field::id); field != fields.end()) {
        if (field->dtype != nullptr)
            workload.*field->dtype = dtypeNamed(value).value();
        else
            workload.*field->number = parseWhole(value).value();
    } else if (id == "tiles") {
        workload.tiles = value == automatic ? std::nullopt : std::optional(parseWhole(value).value());
    } else if (id == "attention") {
        workload.attention = static_cast<AttentionKernel>(indexIn(kernels, value));
    } else if (id == "logits") {
        workload.logits.reset();
        if (value != automatic)
            workload.logits = static_cast<Logits>(indexIn(logitChoices, value));
    } else {
        assert(id == "transformers");
        workload.transformers = Version::parse(value).value();
    }
}

Result<void> apply(Workload& workload, const Input& input, std::string_view value)
{
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

std::string Workload::text(std::string_view id) const
{
    if (const auto field = std::ranges::find(fields, id, &Field::id); field != fields.end())
        return field->dtype != nullptr ? std::string(info(this->*field->dtype).id)
                                       : std::to_string(this->*field->number);
    if (id == "tiles")
        return tiles ? std::to_string(*tiles) : std::string(automatic);
    if (id == "attention")
        return std::string(kernels[static_cast<std::size_t>(attention)]);
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
    return choice("attention", "Attention", "sdpa", {kernels.begin(), kernels.end()});
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
