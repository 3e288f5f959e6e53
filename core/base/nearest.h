// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What someone may have meant who wrote a name that is not known: for every place that refuses one.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Another word for a name: "seq_len" for "text_tokens".
struct Synonym {
    std::string_view word;
    std::string_view name;
};

/// Likeness of two names, 0..1: 1 minus the share of letters that must be changed, case and all but letters
/// and digits left out; swapped neighbours are one change. One that contains the other is at least half
/// alike.
double likeness(std::string_view a, std::string_view b);

/// The likeliest of `known`, at most `most`, by themselves or by one of their synonyms; likest first, equals
/// in the order of `known`. None that is less than half alike.
std::vector<std::string_view> nearestNames(std::string_view name, std::span<const std::string_view> known,
                                           std::size_t most = 2, std::span<const Synonym> synonyms = {});

/// The nearest of `known` if `name` is most likely a slip of it; else nothing.
std::optional<std::string_view> mistyped(std::string_view name, std::span<const std::string_view> known);

/// How an error goes on behind the name that it refuses: "expected one of a, b, c" of few names; of many
/// "expected one such as a or b" where any is near, and which command prints all, "list families", or all of
/// them without one.
std::string expectedName(std::string_view name, std::span<const std::string_view> known,
                         std::string_view command = {}, std::span<const Synonym> synonyms = {});

} // namespace sunflop
