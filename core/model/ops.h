// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The operator vocabulary: PyTorch's functions on shape-only tensors. Each checks its operands, records the
/// call in the operands' tracer and returns the result; operands that do not fit become the tracer's error.

#include "core/model/tracer.h"

#include <optional>

namespace sunflop {

/// x [..., in] times weight [out, in] transposed, plus bias [out]: [..., out].
Tensor linear(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias = {});

/// x [n, c, h, w] with weight [out, c / groups, kh, kw]: [n, out, h', w'].
struct Conv2dOptions {
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
};
Tensor conv2d(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
              const Conv2dOptions& options);

/// left [..., m, k] times right [..., k, n]: [..., m, n]; leading dimensions broadcast.
Tensor matmul(const Tensor& left, const Tensor& right, Spelling spelling = Spelling::Function);

/// query [b, h, m, d], key [b, h', k, d], value [b, h', k, e]: [b, h, m, e]; h' divides h.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionAttributes& attributes,
                                    const std::optional<Tensor>& mask = {});

/// Rows of table [rows, width] for integer indices [...]: [..., width].
Tensor embedding(const Tensor& indices, const Tensor& table);

/// Over the last dimension.
Tensor softmax(const Tensor& x, DType dtype, Spelling spelling = Spelling::Function);
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias);

/// Elementwise on broadcast shapes. The result has the wider of two tensors' float types; a number adapts.
Tensor add(const Tensor& a, const Tensor& b, Spelling spelling = Spelling::Operator);
Tensor mul(const Tensor& a, const Tensor& b, Spelling spelling = Spelling::Operator);
Tensor div(const Tensor& a, const Tensor& b, Spelling spelling = Spelling::Operator);
/// x - y with a number or tensor y, and number - x, spelled "1.0 - x".
Tensor sub(const Tensor& a, const Tensor& b, Spelling spelling = Spelling::Operator);
Tensor rsub(const Tensor& x, Spelling spelling = Spelling::Operator);
Tensor neg(const Tensor& x, Spelling spelling = Spelling::Operator);

/// x.pow(2), x.mean(-1, keepdim=True), rsqrt(x), cos(x), sin(x).
Tensor pow(const Tensor& x, Spelling spelling = Spelling::Method);
Tensor mean(const Tensor& x, Spelling spelling = Spelling::Method);
Tensor rsqrt(const Tensor& x, Spelling spelling = Spelling::Function);
Tensor cos(const Tensor& x, Spelling spelling = Spelling::Method);
Tensor sin(const Tensor& x, Spelling spelling = Spelling::Method);

Tensor silu(const Tensor& x, Spelling spelling = Spelling::Function);
Tensor gelu(const Tensor& x, Spelling spelling = Spelling::Function);
Tensor gelu_tanh(const Tensor& x, Spelling spelling = Spelling::Function);
Tensor relu(const Tensor& x, Spelling spelling = Spelling::Function);

/// Resizes the last two dimensions of x [n, c, h, w] by interpolation.
Tensor interpolate(const Tensor& x, std::int64_t height, std::int64_t width);

/// Index of the largest element of each row: the last dimension is dropped.
Tensor argmax(const Tensor& x);
/// x where a mask of a broadcast shape says so, a number elsewhere: torch.where, masked_fill.
Tensor masked_fill(const Tensor& x);

/// Joins a and b along one dimension.
Tensor cat(const Tensor& a, const Tensor& b, std::size_t dimension);
/// New memory for the same elements, in another shape (contiguous, reshape of a transposed tensor, repeat_kv)
/// ...
Tensor copy(const Tensor& x, const Shape& shape);
/// ... or in another dtype; free where the dtype stays.
Tensor to(const Tensor& x, DType dtype);

/// Views: the same memory, no operator. `view` keeps the number of elements, `slice` need not.
Tensor view(const Tensor& x, const Shape& shape);
Tensor transpose(const Tensor& x, std::size_t i, std::size_t j);
Tensor slice(const Tensor& x, const Shape& shape);

} // namespace sunflop
