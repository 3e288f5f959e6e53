// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Operators that write values down as text: print, format, str.

namespace torch::jit {
struct Block;
}

namespace sunflop::worker {

/// Lets them write of a tensor that it is one: it has no values here. Before a program is loaded.
void replaceTextOperators();

/// The interpreter has an instruction of its own for aten::format: gives a block and those in it an operator.
void replaceFormats(torch::jit::Block& block);

} // namespace sunflop::worker
