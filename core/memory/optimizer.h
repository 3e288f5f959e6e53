// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Optimizers: the state each keeps for a parameter tensor, and what a step needs besides.

#include "core/base/dtype.h"
#include "core/base/result.h"
#include "core/base/shape.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sunflop {

/// How torch.optim walks over parameters: all at once with temporaries, in one kernel, or one by one.
enum class OptimizerStep : std::uint8_t { Foreach, Fused, ForLoop };

/// One trainable tensor as an optimizer sees it.
struct TrainedTensor {
    Shape shape;
    DType stateDType = DType::F32; ///< of states that follow the parameter
    bool isHidden = true;          ///< a matrix of a layer: no embedding and no head
};

/// Settings that only some optimizers have.
struct OptimizerSettings {
    OptimizerStep step = OptimizerStep::Foreach;
    std::int64_t rank = 128; ///< GaLore's projection
};

/// One optimizer.
struct Optimizer {
    std::string_view id;
    std::string_view title;
    /// Bytes kept between steps for one tensor.
    Count (*stateBytes)(const TrainedTensor&, const OptimizerSettings&) = nullptr;
    /// Bytes that live while one tensor is updated.
    Count (*temporaryBytes)(const TrainedTensor&, const OptimizerSettings&) = nullptr;
    bool hasForeach = false;  ///< torch's multi-tensor update: the temporaries of all tensors at once
    bool countsSteps = false; ///< fused kernels keep a 32-bit step count per tensor on the device
};

/// Every optimizer; the first is the default.
std::span<const Optimizer> optimizers();
Result<const Optimizer*> optimizerNamed(std::string_view id);

struct OptimizerBytes {
    Count states;
    Count transient; ///< on top at the worst moment of a step
};

/// Bytes for `tensors`, `instances[i]` equal ones of each. Requires as many instances as tensors.
OptimizerBytes optimizerBytes(const Optimizer& optimizer, std::span<const TrainedTensor> tensors,
                              std::span<const Count> instances, const OptimizerSettings& settings);

/// States of one tensor, a fused kernel's step count included.
Count stateBytes(const Optimizer& optimizer, const TrainedTensor& tensor, const OptimizerSettings& settings);

} // namespace sunflop
