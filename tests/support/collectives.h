// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bytes that each device sends when a model is spread over several, and how long that takes.

#include "core/base/count.h"
#include "core/timing/device.h"

#include <cstdint>

namespace sunflop {

// Ring algorithms over n >= 1 devices; `whole` is the tensor in full, in bytes; rounded up. One device sends
// nothing.

/// Every device ends with the sum: 2 (n - 1) / n of the tensor.
Count allReduceBytes(Count whole, std::int64_t devices);
/// Every device ends with all parts, or with its part of the sum (reduce-scatter): (n - 1) / n of the tensor.
Count allGatherBytes(Count whole, std::int64_t devices);
/// Every device sends each other one its part of `local`, what it holds itself: (n - 1) / n of that.
Count allToAllBytes(Count local, std::int64_t devices);

// Per training step and device.

/// Data parallel, and ZeRO stages 1 and 2, whose reduce-scatter and all-gather move as much: one all-reduce
/// of the gradients.
Count dataParallelBytes(Count gradientBytes, std::int64_t devices);
/// ZeRO stage 3 and FSDP: all-gather of the weights for the forward and again for the backward,
/// reduce-scatter of the gradients.
Count fullyShardedBytes(Count weightBytes, Count gradientBytes, std::int64_t devices);

/// How often a step crosses the layers.
enum class Passes : std::uint8_t {
    Forward,         ///< inference
    ForwardBackward, ///< training
    Recomputed,      ///< training with full recomputation: the forward twice
};

/// Tensor parallel, of `layers` layers: an all-reduce of the hidden states [batch, tokens, hidden] after
/// attention and one after the MLP, in each pass. Sequence parallel sends as much, in two halves.
Count tensorParallelBytes(Count hiddenBytes, std::int64_t layers, std::int64_t devices, Passes passes);
/// One boundary between pipeline stages: the hidden states of each micro-batch once in each direction.
Count pipelineBytes(Count hiddenBytes, std::int64_t microBatches, Passes passes);
/// Expert parallel, of `layers` layers of experts: two all-to-alls of the tokens' hidden states, once for
/// each of the `active` experts of a token, in each pass.
Count expertParallelBytes(Count hiddenBytes, std::int64_t active, std::int64_t layers, std::int64_t devices,
                          Passes passes);
/// Context parallel by a ring, of `layers` layers: every device passes on n - 1 blocks of keys and values
/// [batch, tokens / n]; with gradients three times as much.
Count contextParallelBytes(Count keyValueBytes, std::int64_t layers, std::int64_t devices, Passes passes);

/// Seconds to send `bytes` in `messages`: 0.75 of the link's bandwidth (NVLink reaches 0.65 to 0.85) and 10
/// us for each message (calculon's value within a server). Requires a device with links.
double transferSeconds(Count bytes, std::int64_t messages, const Device& device);

} // namespace sunflop
