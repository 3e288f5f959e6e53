// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What forward() of a TorchScript program takes: as inputs that a user sets, and as values for the worker.

#include "core/base/result.h"
#include "core/formats/torchscript/code.h"
#include "core/model/argument.h"
#include "core/model/program.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// A tensor argument before the user says otherwise.
struct ExampleTensor {
    std::vector<Sizes> shapes; ///< one, or those of a list
    std::string dtype;         ///< PyTorch's name: "int64"
};

/// One argument of forward(), or a part of one.
struct ScriptArgument {
    enum class Kind : std::uint8_t { Tensor, TensorList, Tuple, Dict, Int, Float, Bool, Text, None } kind{};
    std::string id;          ///< of its input: "x"; "x.0" is the first of a tuple
    bool isOptional = false; ///< left out unless the user gives it
    std::string value;       ///< of Int, Float, Bool and Text
    bool hasDefault = false;
    ExampleTensor example;             ///< of Tensor and TensorList
    std::vector<std::string> keys;     ///< of a Dict, as many as parts
    std::vector<ScriptArgument> parts; ///< of a Tuple or Dict
};

/// The arguments of a class's forward(), without examples. An argument of a type that nothing here can make
/// is None, where it may be; else that is the error.
Result<std::vector<ScriptArgument>> scriptArguments(const ScriptClasses& classes, std::string_view className);

/// All tensors among the arguments, in their order.
std::vector<ScriptArgument*> tensorsOf(std::span<ScriptArgument> arguments);

/// Fills `arguments`: what a user can set.
void offerInputs(std::span<const ScriptArgument> arguments, Program& program);

/// What the worker is to call forward() with. `values` are those of the offered inputs; an input that is not
/// among them has its default.
nlohmann::json givenArguments(std::span<const ScriptArgument> arguments, std::span<const Argument> values);

} // namespace sunflop
