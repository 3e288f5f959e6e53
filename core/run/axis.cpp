// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/axis.h"

#include "core/base/registry.h"
#include "core/base/units.h"
#include "core/model/argument.h"
#include "core/model/input_names.h"
#include "core/model/setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <string>

namespace sunflop {

namespace {

bool isSide(std::string_view input)
{
    return std::ranges::find(imageSides, input) != imageSides.end();
}

const Input* inputNamed(std::span<const Input> offered, std::string_view id)
{
    const auto found = std::ranges::find(offered, id, &Input::id);
    return found == offered.end() || found->isArgument ? nullptr : &*found;
}

/// Arguments may take any integer; what sizes can be is enough, and stays far from overflow.
Axis axisOf(const Input& input)
{
    Axis axis{.id = input.id,
              .title = input.title,
              .unit = input.unit,
              .inputs = {input.id},
              .minimum = std::max(input.minimum, -mostElements),
              .maximum = std::min(input.maximum, mostElements),
              .step = input.step};
    if (input.isArgument)
        axis.usual = usualMaximum(axis.minimum, axis.maximum, parseWhole(input.defaultValue).value_or(0));
    return axis;
}

/// Of a free dimension and all that have its symbol.
Axis axisOf(std::span<const Input> offered, const Input& input, std::size_t index)
{
    const Dimension& own = input.dimensions[index];
    Axis axis{.id = own.id,
              .title = fmt::format("{}, dimension {}", input.title, index),
              .inputs = {own.id},
              .minimum = own.minimum,
              .maximum = std::min(own.maximum, mostElements)};
    for (const Input& other : offered)
        for (const Dimension& dimension : other.dimensions)
            if (dimension.isFree && dimension.symbol >= 0 && dimension.symbol == own.symbol &&
                dimension.id != own.id)
                axis.followers.push_back(dimension.id);
    axis.usual =
        usualMaximum(axis.minimum, axis.maximum, sizeIn(input.defaultValue, own.id).value_or(own.minimum));
    return axis;
}

/// One for each size that can differ from the others.
void addDimensions(std::vector<Axis>& axes, std::span<const Input> offered, const Input& input)
{
    for (std::size_t i = 0; i < input.dimensions.size(); ++i) {
        const Dimension& dimension = input.dimensions[i];
        const auto covers = [&](const Axis& axis) {
            return std::ranges::find(axis.followers, dimension.id) != axis.followers.end();
        };
        if (dimension.isFree && dimension.minimum < std::min(dimension.maximum, mostElements) &&
            std::ranges::none_of(axes, covers))
            axes.push_back(axisOf(offered, input, i));
    }
}

/// Whether a setting cannot stand beside values on the axis.
bool isExcluded(const Axis& axis, std::string_view setting)
{
    const auto isOnAxis = [&](std::string_view id) {
        return std::ranges::find(axis.inputs, id) != axis.inputs.end();
    };
    return isOnAxis(setting) || std::ranges::find(axis.followers, setting) != axis.followers.end() ||
           (isSide(setting) && isOnAxis("tiles")) ||
           (setting == "tiles" && std::ranges::any_of(axis.inputs, isSide));
}

} // namespace

std::int64_t usualMaximum(std::int64_t minimum, std::int64_t maximum, std::int64_t defaultValue)
{
    constexpr std::int64_t least = 256;
    constexpr std::int64_t growth = 16;
    const auto start = static_cast<std::uint64_t>(std::clamp<std::int64_t>(defaultValue, 1, mostElements));
    return std::clamp(std::max(static_cast<std::int64_t>(std::bit_ceil(start)) * growth, least), minimum,
                      maximum);
}

std::vector<Axis> axesOf(std::span<const Input> offered)
{
    std::vector<Axis> axes;
    const Input* const width = inputNamed(offered, imageSides[0]);
    const Input* const height = inputNamed(offered, imageSides[1]);
    if (width != nullptr && height != nullptr && width->step == height->step)
        axes.push_back({.id = std::string(imageSize),
                        .title = "Image size",
                        .unit = width->unit,
                        .inputs = {imageSides.begin(), imageSides.end()},
                        .minimum = std::max(width->minimum, height->minimum),
                        .maximum = std::min(width->maximum, height->maximum),
                        .step = width->step});
    for (const Input& input : offered) {
        if (input.scale == InputScale::Shape)
            addDimensions(axes, offered, input);
        else if (input.scale != InputScale::Choice && input.minimum < input.maximum)
            axes.push_back(axisOf(input));
    }
    if (width == nullptr)
        std::stable_partition(axes.begin(), axes.end(),
                              [](const Axis& axis) { return axis.id == "text_tokens"; });
    return axes;
}

std::vector<Axis> sharedAxes(std::span<const Input> a, std::span<const Input> b)
{
    const std::vector<Axis> others = axesOf(b);
    std::vector<Axis> shared;
    for (Axis axis : axesOf(a)) {
        const auto other = std::ranges::find(others, axis.id, &Axis::id);
        if (other == others.end() || other->step != axis.step ||
            (other->minimum - axis.minimum) % axis.step != 0)
            continue;
        axis.minimum = std::max(axis.minimum, other->minimum);
        axis.maximum = std::min(axis.maximum, other->maximum);
        std::ranges::copy(other->followers, std::back_inserter(axis.followers));
        if (axis.minimum < axis.maximum)
            shared.push_back(std::move(axis));
    }
    return shared;
}

Result<Axis> axisNamed(std::span<const Axis> axes, std::string_view id)
{
    if (const auto axis = std::ranges::find(axes, id, &Axis::id); axis != axes.end())
        return *axis;
    return failure(ErrorKind::NotFound, std::string(id),
                   "cannot be varied here, " + expectedInput(id, idsOf(axes)));
}

std::vector<Assignment> settingsBeside(const Axis& axis, std::span<const Assignment> settings)
{
    std::vector<Assignment> rest;
    std::ranges::copy_if(settings, std::back_inserter(rest),
                         [&](const Assignment& setting) { return !isExcluded(axis, setting.id); });
    return rest;
}

std::vector<Assignment> settingsAt(const Axis& axis, std::span<const Assignment> settings, std::int64_t value)
{
    std::vector<Assignment> at = settingsBeside(axis, settings);
    for (const std::string& input : axis.inputs)
        at.push_back({input, std::to_string(value)});
    return at;
}

} // namespace sunflop
