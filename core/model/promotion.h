// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What becomes of operands of different shapes and types.

#include "core/model/tensor.h"

#include <optional>

namespace sunflop {

/// Broadcasts shapes from the right; a dimension of size 1 adapts. Nothing if they do not fit.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

/// PyTorch's type promotion among floats, as far as forwards use it: the type with more bytes an element
/// wins. A block format is read as the other one.
DType promoted(const Tensor& a, const Tensor& b);

} // namespace sunflop
