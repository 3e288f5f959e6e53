// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Layers with a low-rank adapter beside them, as peft's lora.Layer computes them without dropout. Each is
/// called within the layer's module and adds to `y`, the layer's own result.

#include "core/model/ops.h"
#include "core/model/tracer.h"

#include <optional>

namespace sunflop {

/// y + B A x, scaled, for x [..., in] and weight [out, in]. DoRA (arXiv 2402.09353) scales both by the ratio
/// of a learned magnitude to the norm of each row of the weight with its adapter.
Tensor adaptedLinear(Tracer& t, const LowRank& low, const Tensor& x, const Tensor& weight,
                     const std::optional<Tensor>& bias, Tensor y);

/// The same of a convolution without padding: x [n, in, h, w].
Tensor adaptedConvolution(Tracer& t, const LowRank& low, const Tensor& x, std::int64_t stride, Tensor y);

/// The same of a table: integer indices [...].
Tensor adaptedEmbedding(Tracer& t, const LowRank& low, const Tensor& indices, Tensor y);

} // namespace sunflop
