// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a user has set, kept so that a newer value takes the place of just what it replaces.

#include "core/model/input.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Both sides of an image, which no input is called.
inline constexpr std::string_view imageSize = "image_size";
inline constexpr std::array<std::string_view, 2> imageSides{"image_width", "image_height"};

/// Settings by the ids of inputs and their choices: "image_size", "448" or "1344x896", becomes both sides
/// where they are offered, and no input has that name; a choice takes the spelling that it has.
std::vector<Assignment> spelledOut(std::span<const Input> offered, std::span<const Assignment> settings);

/// The input of this id, or the shape that has a dimension of this id; null: none.
const Input* inputSetBy(std::span<const Input> offered, std::string_view id);

/// The size that a dimension has in a shape: "x[1]" of "4x333" is 333. Nothing where the text is no single
/// shape, or has no such dimension.
std::optional<std::int64_t> sizeIn(std::string_view shape, std::string_view dimension);

/// The default of an input, or of the one of its dimensions that has this id.
std::string defaultOf(const Input& input, std::string_view id);

/// Whether a newer setting leaves nothing of an older one: both are of the same id, or of dimensions that are
/// always equal, or the newer one is the whole shape that the older one is a dimension of.
bool replaces(std::span<const Input> offered, const Assignment& newer, const Assignment& older);

/// The settings with one more. It takes the place of what was set of the same, and is left out where it is
/// empty or the default. A shape whose dimensions are listed is kept as those of its free ones that are not
/// at their default, one for each symbol, so that each can change alone; what is no such shape stays as it
/// was written, for Workload::from() to refuse.
std::vector<Assignment> withSetting(std::span<const Input> offered, std::vector<Assignment> settings,
                                    const Assignment& newest);
/// The same for several, in their order.
std::vector<Assignment> withSettings(std::span<const Input> offered, std::vector<Assignment> settings,
                                     std::span<const Assignment> newest);

/// The settings with whole shapes kept as withSetting() keeps them, so that one dimension can be varied.
std::vector<Assignment> withLooseShapes(std::span<const Input> offered, std::span<const Assignment> settings);

/// Whether anything is set of an input, by its id, by its dimensions or by one that follows them.
bool isSetAmong(std::span<const Assignment> settings, std::span<const Input> offered, const Input& input);

/// What is set of an input, or its default, as text.
std::string valueUnder(std::span<const Assignment> settings, std::span<const Input> offered,
                       const Input& input);

} // namespace sunflop
