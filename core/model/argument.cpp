// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/argument.h"

#include "core/base/plain_text.h"
#include "core/base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace sunflop {

namespace {

constexpr std::string_view scalar = "scalar";
constexpr std::size_t mostDimensions = 64; // PyTorch's own limit
constexpr std::size_t mostTensors = 1024;

/// Calls `take` with every part of a text; stops at the first error.
template<typename Take>
Result<void> split(std::string_view text, char separator, const Take& take)
{
    for (;;) {
        const std::size_t end = text.find(separator);
        if (Result<void> taken = take(text.substr(0, end)); !taken)
            return taken;
        if (end == std::string_view::npos)
            return {};
        text.remove_prefix(end + 1);
    }
}

Result<Sizes> parseShape(std::string_view text)
{
    Sizes sizes;
    if (text == scalar)
        return sizes;
    std::int64_t elements = 1;
    const auto parsed = split(text, 'x', [&](std::string_view part) -> Result<void> {
        const auto size = parseWhole(part);
        if (!size || *size < 0)
            return failure(ErrorKind::Malformed, {},
                           fmt::format("found \"{}\" in \"{}\", expected sizes such as 4x3x224x224",
                                       shortened(part), shortened(text)));
        if (sizes.size() == mostDimensions || *size > mostElements / std::max<std::int64_t>(elements, 1))
            return failure(ErrorKind::OutOfRange, {},
                           fmt::format("{} is too large, expected at most {} dimensions and {} elements",
                                       shortened(text), mostDimensions, mostElements));
        elements *= std::max<std::int64_t>(*size, 1);
        sizes.push_back(*size);
        return {};
    });
    if (!parsed)
        return failure(parsed.error());
    return sizes;
}

struct Shaped {
    const Input* input = nullptr;
    std::vector<Sizes> shapes;
    std::vector<bool> isSet; ///< by dimension of the only shape
};

/// Its default; where that does not fit its dimensions, the smallest shape that does.
Shaped shapedAs(const Input& input)
{
    Shaped shaped{&input, parseShapes(input.defaultValue).value_or(std::vector<Sizes>(1)),
                  std::vector<bool>(input.dimensions.size())};
    if (!input.dimensions.empty() &&
        (shaped.shapes.size() != 1 || shaped.shapes.front().size() != input.dimensions.size())) {
        shaped.shapes.assign(1, {});
        std::ranges::transform(input.dimensions, std::back_inserter(shaped.shapes.front()),
                               &Dimension::minimum);
    }
    return shaped;
}

Result<void> checkDimension(const Dimension& dimension, std::int64_t size)
{
    if (size >= dimension.minimum && size <= dimension.maximum)
        return {};
    const std::string expected = dimension.minimum == dimension.maximum
                                     ? fmt::format("{}, the only size it was recorded for", dimension.minimum)
                                     : fmt::format("{} to {}", dimension.minimum, dimension.maximum);
    return failure(ErrorKind::OutOfRange, std::string(dimension.id),
                   fmt::format("{} is out of range, expected {}", size, expected));
}

Result<void> setShape(Shaped& shaped, const std::string& text)
{
    auto shapes = parseShapes(text);
    if (!shapes)
        return failure(shapes.error().within(std::string(shaped.input->id)));
    const std::vector<Dimension>& dimensions = shaped.input->dimensions;
    const bool isOtherRank = shapes->size() == 1 && shapes->front().size() != dimensions.size();
    if (!dimensions.empty() && !(shaped.input->isRankFree && isOtherRank)) {
        if (shapes->size() != 1 || shapes->front().size() != dimensions.size())
            return failure(ErrorKind::OutOfRange, std::string(shaped.input->id),
                           fmt::format("found {}, expected {} dimensions as in {}", shortened(text),
                                       dimensions.size(), shaped.input->defaultValue));
        for (std::size_t i = 0; i < dimensions.size(); ++i)
            if (const auto fits = checkDimension(dimensions[i], shapes->front()[i]); !fits)
                return fits;
    }
    shaped.shapes = *std::move(shapes);
    shaped.isSet.assign(dimensions.size(), true);
    return {};
}

Result<void> setDimension(Shaped& shaped, std::size_t i, const std::string& text)
{
    const Dimension& dimension = shaped.input->dimensions[i];
    if (i >= shaped.shapes.front().size())
        return failure(ErrorKind::Conflict, std::string(dimension.id),
                       fmt::format("{} is {}, which has no such dimension", shaped.input->id,
                                   shapesText(shaped.shapes)));
    const auto size = parseWhole(text);
    if (!size)
        return failure(size.error().within(std::string(dimension.id)));
    if (const auto fits = checkDimension(dimension, *size); !fits)
        return fits;
    shaped.shapes.front()[i] = *size;
    shaped.isSet[i] = true;
    return {};
}

/// Free dimensions of one symbol take the value that one of them was set to.
Result<void> followSymbols(std::vector<Shaped>& all)
{
    struct Owner {
        std::int64_t size = 0;
        std::string_view dimension;
    };
    std::map<std::int32_t, Owner> owners;
    for (const Shaped& shaped : all)
        for (std::size_t i = 0; i < shaped.isSet.size(); ++i) {
            const Dimension& dimension = shaped.input->dimensions[i];
            if (!dimension.isFree || dimension.symbol < 0 || !shaped.isSet[i] ||
                i >= shaped.shapes.front().size())
                continue;
            const std::int64_t size = shaped.shapes.front()[i];
            const auto [owner, isNew] = owners.try_emplace(dimension.symbol, Owner{size, dimension.id});
            if (!isNew && owner->second.size != size)
                return failure(ErrorKind::Conflict, std::string(dimension.id),
                               fmt::format("{}, but {} is {}: the program takes them to be equal", size,
                                           owner->second.dimension, owner->second.size));
        }
    for (Shaped& shaped : all)
        for (std::size_t i = 0; i < shaped.isSet.size(); ++i) {
            const Dimension& dimension = shaped.input->dimensions[i];
            const auto owner = owners.find(dimension.symbol);
            if (owner == owners.end() || !dimension.isFree || i >= shaped.shapes.front().size())
                continue;
            if (const auto fits = checkDimension(dimension, owner->second.size); !fits)
                return fits;
            shaped.shapes.front()[i] = owner->second.size;
        }
    return {};
}

/// What single dimensions and those that follow them have made of a shape.
Result<void> checkShape(const Shaped& shaped)
{
    std::int64_t elements = 1;
    const std::size_t rank = shaped.shapes.empty() ? 0 : shaped.shapes.front().size();
    for (std::size_t i = 0; i < std::min(rank, shaped.isSet.size()); ++i) {
        const std::int64_t size = shaped.shapes.front()[i];
        if (size > mostElements / elements)
            return failure(ErrorKind::OutOfRange, std::string(shaped.input->dimensions[i].id),
                           fmt::format("{} is too large, expected at most {} elements",
                                       shapesText(shaped.shapes), mostElements));
        elements *= std::max<std::int64_t>(size, 1);
    }
    return {};
}

} // namespace

Result<std::vector<Sizes>> parseShapes(std::string_view text)
{
    std::vector<Sizes> shapes;
    const auto parsed = split(text, ',', [&](std::string_view part) -> Result<void> {
        auto shape = parseShape(part);
        if (!shape)
            return failure(shape.error());
        if (shapes.size() == mostTensors)
            return failure(ErrorKind::OutOfRange, {},
                           fmt::format("more than {} tensors in a list", mostTensors));
        shapes.push_back(*std::move(shape));
        return {};
    });
    if (!parsed)
        return failure(parsed.error());
    return shapes;
}

std::string shapesText(std::span<const Sizes> shapes)
{
    std::string text;
    for (const Sizes& sizes : shapes) {
        if (!text.empty())
            text += ',';
        if (sizes.empty())
            text += scalar;
        for (std::size_t i = 0; i < sizes.size(); ++i)
            text += fmt::format("{}{}", i == 0 ? "" : "x", sizes[i]);
    }
    return text;
}

Result<std::vector<Argument>> shapesOf(std::span<const Input> offered,
                                       std::span<const Assignment> assignments)
{
    std::vector<Shaped> all;
    for (const Input& input : offered)
        if (input.scale == InputScale::Shape)
            all.push_back(shapedAs(input));
    // Whole shapes first: a single dimension changes what is there.
    for (const Assignment& assignment : assignments)
        for (Shaped& shaped : all)
            if (shaped.input->id == assignment.id)
                if (auto set = setShape(shaped, assignment.value); !set)
                    return failure(set.error());
    for (const Assignment& assignment : assignments)
        for (Shaped& shaped : all)
            for (std::size_t i = 0; i < shaped.input->dimensions.size(); ++i)
                if (shaped.input->dimensions[i].id == assignment.id)
                    if (auto set = setDimension(shaped, i, assignment.value); !set)
                        return failure(set.error());
    if (auto followed = followSymbols(all); !followed)
        return failure(followed.error());
    std::vector<Argument> arguments;
    for (const Shaped& shaped : all) {
        if (const auto fits = checkShape(shaped); !fits)
            return failure(fits.error());
        const bool isSet = std::ranges::any_of(shaped.isSet, std::identity()) ||
                           std::ranges::any_of(assignments, [&](const Assignment& assignment) {
                               return assignment.id == shaped.input->id;
                           });
        arguments.push_back({std::string(shaped.input->id), shapesText(shaped.shapes), isSet});
    }
    return arguments;
}

} // namespace sunflop
