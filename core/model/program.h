// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A PyTorch program from a file: what it takes, and how to learn which operators it calls.

#include "core/base/result.h"
#include "core/model/argument.h"
#include "core/model/recording.h"
#include "core/model/workload.h"

#include <functional>
#include <span>
#include <vector>

namespace sunflop {

/// Immutable. Its modules and tensors are Source::stored.
struct Program {
    std::vector<Input> arguments; ///< shapes first, in the order of forward()
    /// The operators of a call with these values of all `arguments`, in their order, in eval() or train().
    /// A program that was written down in one of these does the same in both. Safe on any thread. An error
    /// names an argument, or the module that could not run.
    std::function<Result<Recorded>(std::span<const Argument>, Mode)> record;
};

} // namespace sunflop
