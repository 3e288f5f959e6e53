// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What can be varied from one end to the other: a number among the inputs, a free dimension of an argument,
/// or both sides of square images.

#include "core/base/result.h"
#include "core/model/input.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Values are minimum + n * step, up to the maximum.
struct Axis {
    std::string id;                       ///< of the input or dimension, or "image_size"
    std::string title;                    ///< "Text tokens", "x, dimension 1"
    std::string unit;                     ///< "tokens"; may be empty
    std::vector<std::string> inputs;      ///< all get the same value
    std::vector<std::string> followers{}; ///< dimensions that take it by themselves
    std::int64_t minimum = 0;
    std::int64_t maximum = 0; ///< at least the minimum
    std::int64_t step = 1;
    std::int64_t usual = 0; ///< what people ask about at most; 0: not known here

    friend bool operator==(const Axis&, const Axis&) = default;
};

/// The part of a range that people ask about, from the default on: a power of two at most, 16 times as much.
std::int64_t usualMaximum(std::int64_t minimum, std::int64_t maximum, std::int64_t defaultValue);

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
