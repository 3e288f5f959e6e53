// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Traces as text, so that a test can write down the tree and the calls that it expects.

#include "core/model/trace.h"

#include <string>

namespace sunflop::test {

/// One module a line, two blanks deeper per level: "label: Class(detail)", followed by "list" for a
/// container, "dormant" for a module that never ran, and its own parameters as "weight [4, 8]".
std::string treeText(const Trace& trace);

/// One call a line, in call order: "path op [2, 8] [4, 8] -> [2, 4]"; a number operand is "number", the
/// model's own path "model", and calls of later phases begin with "phase 1: ".
std::string callsText(const Trace& trace);

} // namespace sunflop::test
