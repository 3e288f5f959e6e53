// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Shapes of results from the processor's kernels, run on made-up values.

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <cstddef>

namespace sunflop::worker {

/// Where a call says a device, or that memory be pinned: all of it is here. The call's arguments lie on the
/// stack from `base` on.
void moveHere(const c10::FunctionSchema& schema, torch::jit::Stack& stack, std::size_t base,
              c10::DeviceType here);

/// Whether sizes of an operator's results, or numbers that a program goes on with, come from values of its
/// operands. PyTorch marks most of them; the others are told how long sequences are.
bool dependsOnValues(const c10::OperatorHandle& op);

/// Whether LibTorch has a rule for an operator's shapes that is wrong: tests/worker tells.
bool isMisruled(const c10::OperatorHandle& op);

/// Shapes from the processor's kernel, on made-up values: right, but slow. One filling may be refused, but if
/// both are taken and their results differ in size, there are no shapes without values.
void onFillings(const c10::OperatorHandle& op, torch::jit::Stack* stack);

} // namespace sunflop::worker
