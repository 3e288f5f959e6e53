// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which keys a TorchScript program reads of a dictionary that it is given.

#include "core/formats/torchscript/code.h"

#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// The keys that forward() of a class reads of its parameter, and what it hands the dictionary on to: methods
/// of its own, of modules that it holds, and functions. In the order of the text; a key is named once.
std::vector<std::string> keysRead(const ScriptClasses& classes, std::string_view className,
                                  std::string_view parameter);

} // namespace sunflop
