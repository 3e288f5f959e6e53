// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether a reshape of a strided tensor needs new memory.

#include <cstdint>
#include <vector>

namespace sunflop {

/// Sizes and strides of a tensor in elements, outermost first. No strides: contiguous.
struct Layout {
    std::vector<std::int64_t> sizes;
    std::vector<std::int64_t> strides;
};

/// Whether a tensor can be seen as `sizes` in the memory it has: every dimension of the view lies within a
/// stretch of dimensions that is contiguous. Source: computeStride in ATen's TensorUtils.cpp.
bool isViewable(const Layout& layout, const std::vector<std::int64_t>& sizes);

/// Whether two tensors of equal sizes lie alike in memory; strides of dimensions of one element do not count.
bool isSameLayout(const Layout& a, const Layout& b);

} // namespace sunflop
