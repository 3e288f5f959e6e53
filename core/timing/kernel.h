// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What one operator asks of a device: FLOPs at a precision, bytes in an order, a kernel of its own or none.

#include "core/model/trace.h"
#include "core/timing/device.h"
#include "core/timing/efficiency.h"

#include <cstdint>
#include <vector>

namespace sunflop {

/// Whether an operator runs on tensor cores or in tiles: matrix products, convolutions, recurrent layers and
/// attention.
bool isTiled(OpKind kind);

/// The class of arithmetic in which operands of this dtype are multiplied.
Precision precisionOf(DType dtype);

/// How an operator runs as a kernel, or as part of one.
struct Kernel {
    std::uint32_t reads = 0; ///< bit i: input i comes from memory, it is not an inner tensor of the kernel
    bool writes = true;      ///< the result goes to memory
    bool starts = true;      ///< first operator of its kernel
    bool isTiled = false;    ///< isTiled() of its operator
    bool appendsInPlace = false; ///< a cat that joins new keys or values to a static cache
    Access access = Access::Streaming;
    Precision precision = Precision::F32;
};

/// One entry for each operator of the trace. Weights in a block or 8-bit format with 16-bit activations are
/// unpacked to the activations' precision: only their bytes shrink.
std::vector<Kernel> kernels(const Trace& trace, const Efficiency& efficiency);

/// What a call computes and moves.
struct Demand {
    Count flops;
    Count bytes;
};

/// Of the forward at one step of its phase. FLOPs by the exact convention, 0 where it has no rule; each
/// operand is read and the result written once. An embedding reads the rows it looks up, and what moves
/// elements no more of an operand than its result holds.
Demand forwardDemand(const Op& op, const Kernel& kernel, std::int64_t step);

/// Of the gradients that autograd computes for the call: FLOPs by the exact convention, and the forward's
/// traffic again for each operand that needs a gradient: the other operands and the result's gradient are
/// read, a gradient is written. Fused attention and recurrent layers make theirs in two passes. 0 where none
/// is needed.
Demand backwardDemand(const Op& op, const Kernel& kernel);

} // namespace sunflop
