// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Quantised layers on shapes: operators of "quantized::", and the objects in which they keep their weights.

#include "app/worker/recorder.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

namespace sunflop::worker {

/// What such an object has packed, as shapes of their element types; the same tensors for the same object.
struct PackedWeights {
    at::Tensor weight;
    at::Tensor bias; ///< undefined: it has none
};

/// Undefined tensors where a value is no linear layer and no convolution.
PackedWeights packedWeights(const c10::IValue& value);

/// Whether an operator is one of quantised numbers, which are bytes here.
bool isQuantised(const c10::OperatorHandle& op);

/// Runs one and writes it down, layers with "weight" and "bias" in place of the object. Throws where its
/// shapes are not known.
void runQuantised(const c10::OperatorHandle& op, torch::jit::Stack& stack, Recorder& recorder);

/// Whether one of a call's arguments is a tensor of quantised numbers.
bool takesQuantised(c10::ArrayRef<c10::IValue> arguments);

/// Runs another operator on such tensors, whose rules for shapes may know floats alone, and writes it down.
void runOnQuantised(const c10::OperatorHandle& op, torch::jit::Stack& stack, Recorder& recorder);

} // namespace sunflop::worker
