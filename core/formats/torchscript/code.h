// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The Python-like source that a TorchScript archive keeps below code/: what its classes declare.
/// Source: torch/csrc/jit/serialization/python_print.cpp, which writes it.

#include "core/base/result.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// A parameter of a method.
struct ScriptParameter {
    std::string name;
    std::string type;                        ///< as written: "Optional[Tensor]"
    std::optional<std::string> defaultValue; ///< as written: "None"

    friend bool operator==(const ScriptParameter&, const ScriptParameter&) = default;
};

/// A method or function as it is written.
struct ScriptMethod {
    std::string self;                        ///< what it calls its object; empty: a function
    std::vector<ScriptParameter> parameters; ///< without that one
    std::string body;
};

/// A declared class. The functions of a file are methods of one that is called as the file.
struct ScriptClass {
    bool isModule = false;
    std::vector<std::string> parameters; ///< names of tensor attributes
    std::vector<std::string> buffers;
    std::vector<std::pair<std::string, std::string>> constants; ///< "in_channels", "3"; only where scripted
    std::map<std::string, std::string, std::less<>> attributes; ///< "conv", "__torch__.Conv2d": types
    std::map<std::string, ScriptMethod, std::less<>> methods;

    const std::string* constant(std::string_view name) const;
    const ScriptMethod* method(std::string_view name) const; ///< null: there is none
};

/// Classes by their full name: "__torch__.torch.nn.modules.conv.___torch_mangle_3.Conv2d".
using ScriptClasses = std::map<std::string, ScriptClass, std::less<>>;

/// Adds the classes that one file declares. `member` is its name below the archive's root:
/// "code/__torch__/torch/nn/modules/conv.py". What cannot be read is passed over.
void readScriptClasses(std::string_view member, std::string_view text, ScriptClasses& into);

/// The name of a class in Python: without "__torch__." and "___torch_mangle_3.", and without its module.
std::string_view shortClassName(std::string_view fullName);

/// Splits at commas outside of brackets and quotes; blanks around the parts go.
std::vector<std::string_view> splitList(std::string_view text);

} // namespace sunflop
