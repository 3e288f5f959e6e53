// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/axis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace sunflop {

namespace {

constexpr std::array<std::string_view, 2> sides{"image_width", "image_height"};

bool isSide(std::string_view input)
{
    return std::ranges::find(sides, input) != sides.end();
}

const Input* inputNamed(std::span<const Input> offered, std::string_view id)
{
    const auto found = std::ranges::find(offered, id, &Input::id);
    return found == offered.end() ? nullptr : &*found;
}

Axis axisOf(const Input& input)
{
    return {.id = input.id,
            .title = input.title,
            .unit = input.unit,
            .inputs = {input.id},
            .minimum = input.minimum,
            .maximum = input.maximum,
            .step = input.step};
}

/// Whether a setting cannot stand beside values on the axis.
bool isExcluded(const Axis& axis, std::string_view setting)
{
    const auto isOnAxis = [&](std::string_view id) {
        return std::ranges::find(axis.inputs, id) != axis.inputs.end();
    };
    return isOnAxis(setting) || (isSide(setting) && isOnAxis("tiles")) ||
           (setting == "tiles" && std::ranges::any_of(axis.inputs, isSide));
}

} // namespace

std::vector<Axis> axesOf(std::span<const Input> offered)
{
    std::vector<Axis> axes;
    const Input* const width = inputNamed(offered, sides[0]);
    const Input* const height = inputNamed(offered, sides[1]);
    if (width != nullptr && height != nullptr && width->step == height->step)
        axes.push_back({.id = "image_size",
                        .title = "Image size",
                        .unit = width->unit,
                        .inputs = {sides.begin(), sides.end()},
                        .minimum = std::max(width->minimum, height->minimum),
                        .maximum = std::min(width->maximum, height->maximum),
                        .step = width->step});
    for (const Input& input : offered)
        if (input.scale != InputScale::Choice && input.minimum < input.maximum)
            axes.push_back(axisOf(input));
    if (width == nullptr)
        std::ranges::stable_partition(axes, [](const Axis& axis) { return axis.id == "text_tokens"; });
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
        if (axis.minimum < axis.maximum)
            shared.push_back(std::move(axis));
    }
    return shared;
}

Result<Axis> axisNamed(std::span<const Axis> axes, std::string_view id)
{
    if (const auto axis = std::ranges::find(axes, id, &Axis::id); axis != axes.end())
        return *axis;
    std::vector<std::string_view> ids;
    std::ranges::transform(axes, std::back_inserter(ids), &Axis::id);
    return failure(ErrorKind::NotFound, std::string(id),
                   fmt::format("cannot be varied here, expected one of {}", fmt::join(ids, ", ")));
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
    for (const std::string_view input : axis.inputs)
        at.push_back({std::string(input), std::to_string(value)});
    return at;
}

} // namespace sunflop
