// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Values of what a recorded program is called with.

#include "core/base/result.h"
#include "core/model/input.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// One argument, or what belongs to it, by the id of its input.
struct Argument {
    std::string id;
    std::string text;   ///< "4x3x224x224", or what the input's scale says
    bool isSet = false; ///< by the user; else it may follow from others

    friend bool operator==(const Argument&, const Argument&) = default;
};

/// Sizes of one tensor, outermost first.
using Sizes = std::vector<std::int64_t>;

/// Elements of the largest tensor that an argument may be: sizes stay far from overflow.
inline constexpr std::int64_t mostElements = std::int64_t{1} << 48;

/// Reads "4x3x224x224", a shape; "scalar" has no dimensions. Several shapes are the tensors of a list,
/// separated by commas. Errors say what was found and expected.
Result<std::vector<Sizes>> parseShapes(std::string_view text);
/// The text that parseShapes() reads.
std::string shapesText(std::span<const Sizes> shapes);

/// The values of all shapes among `offered` after `assignments` to whole shapes and to single dimensions, in
/// the order of `offered`. Dimensions with the same symbol follow each other; two that are set to different
/// values are an error, as is what is out of range. Assignments to other inputs are passed over.
Result<std::vector<Argument>> shapesOf(std::span<const Input> offered,
                                       std::span<const Assignment> assignments);

} // namespace sunflop
