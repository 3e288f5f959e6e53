// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Every input that a run can have, a row each: what it is called, what it takes, where its value lives.

#include "core/model/input.h"
#include "core/model/workload.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Where people look for an input.
enum class InputGroup : std::uint8_t { Input, Generation, Precision, Mode, Device, Parallel, Run };
inline constexpr std::size_t inputGroups = 7;

/// Stands for a member of Workload in rows of whatever type.
template<auto member>
inline constexpr char memberKey = 0;

/// One input of every program; arguments of recorded ones have no row.
struct InputDefinition {
    std::string_view id;
    std::string_view title;
    std::string_view unit = {};
    InputGroup group = InputGroup::Input;
    bool isForTraining = false; ///< means nothing in inference
    bool isOfEveryRun = false;  ///< whatever the model; else families offer it
    bool isFitted = false;      ///< people ask for the largest that fits; of devices, for the smallest
    std::string_view value;     ///< the default
    std::int64_t minimum = 0;   ///< of numbers
    std::int64_t maximum = 0;
    std::vector<std::string_view> choices = {}; ///< of names; empty: those of who offers it
    std::size_t unoffered = 0;                  ///< of the choices, the last ones, which a file brings
    std::string_view list = "list inputs";      ///< the command that prints the choices
    std::string_view otherNames = {};           ///< words: in transformers, vLLM, llama.cpp, of people

    // Filled in by the row's type.
    InputScale scale = InputScale::Logarithmic;
    const void* member = nullptr; ///< of Workload: &memberKey
    std::string (*text)(const Workload&) = nullptr;
    /// Writes a value that the input takes.
    void (*set)(Workload&, const Input&, std::string_view) = nullptr;
    bool (*isAutomatic)(const Workload&) = nullptr; ///< follows from others; null: never
};

/// In the order in which they are offered.
std::span<const InputDefinition> inputDefinitions();
/// Null where no row has this id.
const InputDefinition* inputDefinition(std::string_view id);
/// That of a member of Workload. Requires that there is one.
const InputDefinition& definitionOfMember(const void* member);
/// That of an input; null: it is an argument.
const InputDefinition* definitionOf(const Input& input);

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
