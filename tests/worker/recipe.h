// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Arguments of the operators whose own rules no made-up call meets.

#include <ATen/core/function_schema.h>

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sunflop::test {

/// A tensor on the processor: fractions between 0.1 and 0.9, whole numbers 0 and 1, or truth values; never
/// the same twice.
at::Tensor values(const std::vector<std::int64_t>& sizes, c10::ScalarType type);

/// What makes an argument, by the argument's name.
using Recipe = std::unordered_map<std::string, std::function<c10::IValue()>>;

/// The recipe for all operators of the schema's name; null: there is none.
const Recipe* recipeFor(const c10::FunctionSchema& schema);

} // namespace sunflop::test
