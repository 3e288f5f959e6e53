// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The model in a pickle: where it lies, its modules and its tensors.

#include "core/containers/pickle.h"
#include "core/formats/torchsave/pickled_tensor.h"
#include "core/model/stored.h"

#include <string>
#include <utility>
#include <vector>

namespace sunflop {

/// A tensor under its dotted name.
struct NamedTensor {
    std::string name;
    PickledTensor tensor;
    StoredTensor::Kind kind = StoredTensor::Kind::Parameter;
};

/// What was found.
struct PickledModel {
    std::vector<StoredModule> modules; ///< where whole modules were pickled
    std::vector<NamedTensor> tensors;
    std::string place;               ///< key of the model's part in a training checkpoint: "state_dict"
    std::vector<std::string> others; ///< keys of what else is there
};

/// Looks for a module, a state_dict(), or a dictionary of either, at the root and under the names that
/// training programs use. Refuses a pickle without tensors.
Result<PickledModel> pickledModel(const PickleValue& root);

/// Whether a value is a torch.nn.Module.
bool isPickledModule(const PickleValue& value);
/// What extra_repr() of a pickled module would print, as far as its attributes tell.
std::string pickledDetail(const PickleValue& module);

} // namespace sunflop
