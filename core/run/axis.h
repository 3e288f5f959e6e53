// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What can be varied from one end to the other: a number among the inputs, or both sides of square images.

#include "core/base/result.h"
#include "core/model/input.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// Values are minimum + n * step, up to the maximum.
struct Axis {
    std::string_view id;                  ///< of the input, or "image_size"
    std::string_view title;               ///< "Text tokens"
    std::string_view unit;                ///< "tokens"; may be empty
    std::vector<std::string_view> inputs; ///< all get the same value
    std::int64_t minimum = 0;
    std::int64_t maximum = 0; ///< at least the minimum
    std::int64_t step = 1;

    friend bool operator==(const Axis&, const Axis&) = default;
};

/// Every axis that these inputs have; the first is the one that matters most: image size if there is one,
/// else text tokens.
std::vector<Axis> axesOf(std::span<const Input> offered);

/// What can be varied in both of two models, in the order of the first, as far as both can.
std::vector<Axis> sharedAxes(std::span<const Input> a, std::span<const Input> b);

/// The axis of this id; the error lists those there are.
Result<Axis> axisNamed(std::span<const Axis> axes, std::string_view id);

/// Settings with one value on the axis. Those of its inputs, and what excludes them (tiles and the size of an
/// image exclude each other), are left out.
std::vector<Assignment> settingsAt(const Axis& axis, std::span<const Assignment> settings,
                                   std::int64_t value);
/// What settingsAt() keeps.
std::vector<Assignment> settingsBeside(const Axis& axis, std::span<const Assignment> settings);

} // namespace sunflop
