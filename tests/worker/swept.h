// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs each operator of LibTorch twice on small tensors: on the processor, and on shapes as sunflop-torch
/// does.

#include <string>
#include <vector>

namespace sunflop::test {

struct Swept {
    int agreed = 0;      ///< calls whose results have the same sizes and types
    int stopped = 0;     ///< calls that the processor ran, and the run on shapes refused for want of values
    std::string refusal; ///< of the processor, the last
    std::vector<std::string>
        deviations;         ///< calls that differ: arguments, what came of them, what should have
    bool isCrashed = false; ///< the processor's kernel ended its process; what came before counts
};

/// "aten::add.Tensor" of every operator of PyTorch that the processor can run, in the order of their names,
/// but for the one that makes files. To be called first: it registers the rules of sunflop-torch.
std::vector<std::string> operators();

/// Of the LibTorch that is swept.
int majorVersion();

/// Tries an operator in a process of its own: kernels of PyTorch do not check all that they are given.
Swept sweep(const std::string& name);

} // namespace sunflop::test
