// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The operator vocabulary: PyTorch's functions on shape-only tensors. Each checks its operands, records the
/// call in the operands' tracer and returns the result; operands that do not fit become the tracer's error.
/// An operand that is moved or made in place ends with the call, as an unnamed temporary does in Python.

#include "core/model/tracer.h"

#include <optional>

namespace sunflop {

/// x [..., in] times weight [out, in] transposed, plus bias [out]: [..., out].
Tensor linear(Tensor x, Tensor weight, std::optional<Tensor> bias = {});

/// x [n, c, h, w] with weight [out, c / groups, kh, kw]: [n, out, h', w'].
struct Conv2dOptions {
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
};
Tensor conv2d(Tensor x, Tensor weight, std::optional<Tensor> bias, const Conv2dOptions& options);

/// left [..., m, k] times right [..., k, n]: [..., m, n]; leading dimensions broadcast.
Tensor matmul(Tensor left, Tensor right, Spelling spelling = Spelling::Function);

/// left [m, k] times right [k, n], and `added` [n] on every row: [m, n].
Tensor addmm(Tensor added, Tensor left, Tensor right);

/// query [b, h, m, d], key [b, h', k, d], value [b, h', k, e]: [b, h, m, e]; h' divides h. As in PyTorch,
/// every call makes an additive mask of the query's type out of one of truth values.
Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value,
                                    const AttentionAttributes& attributes, std::optional<Tensor> mask = {});

/// Rows of table [rows, width] for integer indices [...]: [..., width].
Tensor embedding(Tensor indices, Tensor table);

/// Over the last dimension.
Tensor softmax(Tensor x, DType dtype, Spelling spelling = Spelling::Functional);
Tensor log_softmax(Tensor x, Spelling spelling = Spelling::Functional);
/// Mean over log-probabilities x [n, classes] at integer targets [n]: a scalar.
Tensor nll_loss(Tensor x, Tensor targets);
Tensor layer_norm(Tensor x, Tensor weight, Tensor bias);

/// Elementwise on broadcast shapes. The result has the wider of two tensors' float types; a number adapts.
Tensor add(Tensor a, Tensor b, Spelling spelling = Spelling::Operator);
Tensor mul(Tensor a, Tensor b, Spelling spelling = Spelling::Operator);
Tensor div(Tensor a, Tensor b, Spelling spelling = Spelling::Operator);
/// x - y with a number or tensor y, and number - x, spelled "1.0 - x".
Tensor sub(Tensor a, Tensor b, Spelling spelling = Spelling::Operator);
Tensor rsub(Tensor x, Spelling spelling = Spelling::Operator);
Tensor neg(Tensor x, Spelling spelling = Spelling::Operator);

/// x.pow(2), x.mean(-1, keepdim=True), rsqrt(x), cos(x), sin(x).
Tensor pow(Tensor x, Spelling spelling = Spelling::Method);
Tensor mean(Tensor x, Spelling spelling = Spelling::Method);
Tensor rsqrt(Tensor x, Spelling spelling = Spelling::Function);
Tensor cos(Tensor x, Spelling spelling = Spelling::Method);
Tensor sin(Tensor x, Spelling spelling = Spelling::Method);

Tensor silu(Tensor x, Spelling spelling = Spelling::Functional);
Tensor gelu(Tensor x, Spelling spelling = Spelling::Functional);
Tensor gelu_tanh(Tensor x, Spelling spelling = Spelling::Functional);
Tensor relu(Tensor x, Spelling spelling = Spelling::Functional);
Tensor tanh(Tensor x, Spelling spelling = Spelling::Function);

/// Any other function of each element of x, under PyTorch's name, a literal: eq, remainder, dropout.
Tensor elementwise(std::string_view name, Tensor x, DType result);

/// Any function that makes a tensor of another shape out of each element of x once: sum, topk.
Tensor reduction(std::string_view name, Tensor x, const Shape& shape, DType result);

/// Rows of x [rows, ...] for integer indices [n]: [n, ...].
Tensor index_select(Tensor x, Tensor indices);

/// Resizes the last two dimensions of x [n, c, h, w] by interpolation.
Tensor interpolate(Tensor x, std::int64_t height, std::int64_t width);

/// Index of the largest element of each row: the last dimension is dropped.
Tensor argmax(Tensor x);
/// x where a mask of a broadcast shape says so, a number elsewhere: torch.where, masked_fill.
Tensor masked_fill(Tensor x);

/// Joins a and b along one dimension.
Tensor cat(Tensor a, Tensor b, std::size_t dimension);
/// New memory for the same elements, in another shape (contiguous, reshape of a transposed tensor, repeat_kv)
/// ...
Tensor copy(Tensor x, const Shape& shape);
/// ... or in another dtype; free where the dtype stays.
Tensor to(Tensor x, DType dtype);

/// Views: the same memory, no operator. `view` keeps the number of elements, `slice` need not.
Tensor view(const Tensor& x, const Shape& shape);
Tensor transpose(const Tensor& x, std::size_t i, std::size_t j);
Tensor slice(const Tensor& x, const Shape& shape);

} // namespace sunflop
