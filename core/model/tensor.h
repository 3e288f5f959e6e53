// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A shape-only tensor of a forward that is being traced.

#include "core/operators/op.h"

#include <cstddef>
#include <utility>

namespace sunflop {

class Tracer;

/// A live tensor of a forward being traced: what the next operator sees of it, and who records. Copies are
/// further references to the same memory, which is free again when the last one is gone. So lifetimes follow
/// from scopes as in Python: a named local lives to the end of its function, and what is moved or made in
/// place for an operator ends with that operator. What was moved from refers to nothing, but its operand can
/// be read.
class Tensor {
public:
    Tensor() = default;
    Tensor(Tracer* recorder, Operand seen); ///< one more reference to seen.storage
    Tensor(const Tensor& other) : Tensor(other.tracer, other.operand) {}
    Tensor(Tensor&& other) noexcept : tracer(std::exchange(other.tracer, nullptr)), operand(other.operand) {}
    Tensor& operator=(Tensor other) noexcept
    {
        std::swap(tracer, other.tracer);
        std::swap(operand, other.operand);
        return *this;
    }
    ~Tensor();

    Tracer* tracer = nullptr; ///< null: no tensor
    Operand operand;

    const Shape& shape() const { return operand.shape; }
    DType dtype() const { return operand.dtype; }
    /// Dimension i; fromEnd(0) is the innermost.
    Extent size(std::size_t i) const { return operand.shape.extent(i); }
    Extent fromEnd(std::size_t i) const { return operand.shape.fromEnd(i); }
};

} // namespace sunflop
