// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Arguments for any operator, made up from its schema.

#include <ATen/core/function_schema.h>
#include <ATen/core/stack.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop::test {

/// The shape of the tensors behind the first one.
enum class Others {
    Same,
    Channels, ///< as many numbers as the first has channels, its second dimension
    Number,   ///< no dimensions
};

/// One way of filling in a schema. Every argument is given by its name and type alone, so that one trial
/// serves all operators; most will refuse it.
struct Trial {
    std::vector<std::int64_t> sizes; ///< of the first tensor
    c10::ScalarType first = c10::ScalarType::Float;
    c10::ScalarType rest = c10::ScalarType::Float;
    Others others = Others::Same;
    bool isVaried = false; ///< other numbers, the other truth values, and the tensors that may be left out
};

/// All trials, the more common shapes first.
const std::vector<Trial>& trials();

/// The arguments of one call, on the processor, with values that operators take: fractions, and indices 0
/// and 1. Nothing where the schema has an argument of a type that is not made up (a generator, a name, an
/// object).
std::optional<torch::jit::Stack> argumentsOf(const c10::FunctionSchema& schema, const Trial& trial);

} // namespace sunflop::test
