// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a TorchScript program may be called with where nobody has said it yet.

#include "core/containers/pickle.h"
#include "core/formats/torchscript/arguments.h"
#include "core/model/stored.h"

#include <vector>

namespace sunflop {

/// Takes shapes and dtypes from the inputs that the file was traced with; false where they do not fit.
bool takeExamples(const PickleValue& tracedInputs, std::vector<ScriptArgument>& arguments);

/// Shapes that tensors may have, likely ones first, from the model's first weights.
std::vector<ExampleTensor> likelyTensors(const Stored& stored);

} // namespace sunflop
