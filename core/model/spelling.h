// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How Python called an operator, as far as a recorded program tells.

#include "core/operators/op.h"

#include <span>
#include <string>
#include <string_view>

namespace sunflop {

/// What is known of the place that an operator is called from.
struct CallSite {
    std::string_view called; ///< the operator that Python reached: "relu", "selu"; in place: "add_"
    /// Functions of torch.nn.functional that run, the innermost first: "relu"; "softmax",
    /// "multi_head_attention_forward".
    std::span<const std::string> functions = {};
    bool isKnown = true; ///< false: whether such a function runs is not told
    std::string_view text =
        {}; ///< of the call in the source: "x.softmax", "F.gelu", "a + b"; empty: not told
};

/// A spelling, and the function that was called: Op::function.
struct CalledAs {
    Spelling spelling = Spelling::Functional;
    std::string function;
};

/// What is not told is what it is most often: arithmetic an operator, and anything else a function of
/// torch.nn.functional, in place too: nn.ReLU(inplace=True) calls relu(). Where none of those runs, a
/// function of torch.
CalledAs calledAs(const CallSite& site);

/// Operators that Python has signs for, by name: "add", "matmul", "__and__".
bool isArithmetic(std::string_view name);

/// Functions of torch.nn.functional that call others of it or tensors' methods in Python, by name without a
/// leading underscore; every other one is a call of one operator.
bool isComposedInPython(std::string_view function);

} // namespace sunflop
