// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Tensors in a pickle of PyTorch: what torch._utils would rebuild, without its numbers.

#include "core/base/dtype.h"
#include "core/containers/pickle.h"
#include "core/model/argument.h"

#include <string>
#include <vector>

namespace sunflop {

/// A tensor and where its numbers are stored.
struct PickledTensor {
    DType dtype = DType::F32;
    Sizes sizes;
    Sizes strides;       ///< in elements; empty where they were not kept
    std::string storage; ///< its storage's key; empty: the numbers are those of `parts`, or nowhere
    std::int64_t storageBytes = 0;
    std::int64_t offset = 0;          ///< of the first element in the storage, in elements
    bool isParameter = false;         ///< a torch.nn.Parameter
    bool requiresGradient = false;    ///< as it was saved; tensors of a state_dict() are detached
    std::string subclass;             ///< "torchao.dtypes.AffineQuantizedTensor"; empty: a plain tensor
    std::vector<PickledTensor> parts; ///< tensors that hold the numbers: of sparse ones and of subclasses
};

/// Whether a value is a call that makes a tensor.
bool isPickledTensor(const PickleValue& value);

/// What the call makes. Refuses sizes that are negative or overflow, views that reach past their storage, and
/// element types that are not known. Requires isPickledTensor(value).
Result<PickledTensor> pickledTensor(const PickleValue& value);

/// The element type that a Global names: "torch.float16", "torch.HalfStorage", "torch.storage.UntypedStorage"
/// (bytes).
Result<DType> pickledDType(const PickleValue& value);

} // namespace sunflop
