// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Copies of packed weights that products work on.

#include "core/model/trace.h"
#include "core/model/workload.h"

#include <vector>

namespace sunflop {

/// By call: bytes of the weight in the activations' type, made for this product and freed behind it. In
/// training every packed weight is expanded, in the forward and once more for the gradient of the input; in
/// inference only those of methods without kernels of their own, for more than one row. Empty: no weight is
/// packed. Source: MatMul4Bit and gemv_4bit of bitsandbytes, HQQLinear.
std::vector<Count> expandedWeights(const Trace& trace, const Workload& workload);

} // namespace sunflop
