// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where each input's value lives in a workload.

#include "core/model/workload.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// An input with a fixed list of values, and where it lives in a workload as the index of one.
struct ChoiceField {
    std::string_view id;
    std::string_view title;
    std::vector<std::string_view> choices;
    std::size_t (*index)(const Workload&);
    void (*set)(Workload&, std::size_t);
};

/// Null for an input of another kind.
const ChoiceField* choiceField(std::string_view id);

/// A number, an element type or a name: one of the three is set.
struct WorkloadField {
    std::string_view id;
    std::int64_t Workload::*number = nullptr;
    DType Workload::*dtype = nullptr;
    std::string Workload::*text = nullptr;
};

/// Null for an input of another kind.
const WorkloadField* workloadField(std::string_view id);

/// Values of "logits", in the order of Logits.
inline constexpr std::array<std::string_view, 2> logitChoices{"all", "last"};

/// A release as the number that an input's range is stated in.
constexpr std::int64_t ordinal(Version version)
{
    return 1000 * std::int64_t{version.major} + version.minor;
}

constexpr Version fromOrdinal(std::int64_t number)
{
    return {static_cast<int>(number / 1000), static_cast<int>(number % 1000)};
}

} // namespace sunflop
