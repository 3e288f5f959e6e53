// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"
#include "core/operators/quantities.h"

#include <algorithm>
#include <array>

namespace sunflop::convention {

namespace {

/// Operators that are no matrix product, convolution or attention to the registry: kernels for packed and
/// grouped weights, integers and sparse ones, sums of products, and those of other libraries.
bool isUnregistered(const Op& op)
{
    static constexpr std::array<std::string_view, 6> known{"mm",         "bmm",   "linalg_matmul",
                                                           "_scaled_mm", "inner", "tensordot"};
    const bool isProduct = isMatrixProduct(op.kind) || isConvolution(op.kind);
    return op.kind == OpKind::Bilinear ||
           (isProduct && !op.name.empty() && std::ranges::find(known, op.name) == known.end());
}

/// Products with a vector go to aten.mv and aten.dot, which are not in the registry of formulas; only a
/// vector times a matrix is made a matrix first. Source: should_fold() and _matmul_impl() in
/// LinearAlgebra.cpp.
bool isVectorProduct(const Op& op)
{
    const std::size_t left = leftOf(op).rank();
    const std::size_t right = rightOf(op).rank();
    return right == 1 || (left == 1 && right != 2);
}

/// One step of a recurrent layer is not fused: its linear layers are seen.
bool isCell(const Op& op)
{
    return isRecurrent(op.kind) && nameOf(op).ends_with("_cell");
}

/// flop_registry of torch/utils/flop_counter.py: mm, addmm, bmm, baddbmm, the convolutions, transposed ones
/// by the positions of their input, and scaled dot product attention. Linear and matmul decompose to these; a
/// fused LSTM does not.
std::optional<Work> count(const Op& op)
{
    const auto product = [](Count macs) { return Work{macs, macs * 2}; };
    if (isUnregistered(op) || (op.kind == OpKind::MatMul && isVectorProduct(op)))
        return std::nullopt;
    if (isMatrixProduct(op.kind) || isConvolution(op.kind))
        return product(productMacs(op));
    if (isCell(op))
        return product(recurrenceOf(op).positions * recurrenceOf(op).weights);
    if (op.kind == OpKind::ScaledDotProductAttention)
        return product(attentionMacs(op, densePairs(op)));
    return movesData(op.kind) ? std::optional(Work{}) : std::nullopt;
}

std::string_view inWords(const Op& op)
{
    if (isUnregistered(op))
        return "has no formula for these calls";
    if (op.kind == OpKind::MatMul && isVectorProduct(op))
        return "has no formula for products with a vector";
    if (isMatrixProduct(op.kind) || isConvolution(op.kind) || isCell(op))
        return rule::product;
    if (op.kind == OpKind::ScaledDotProductAttention)
        return "counts 2 for each multiply-accumulate over the full square of queries and keys";
    return movesData(op.kind) ? rule::nothing : "has no formula for these calls";
}

} // namespace

Convention flopcounter()
{
    return {
        .id = "flopcounter",
        .title = "PyTorch FlopCounterMode",
        .notes =
            {"Matrix products, convolutions and attention, 2 FLOPs per multiply-accumulate; nothing else.",
             "Attention counts the full square of queries and keys, causal or not.",
             "Biases, norms, activations, softmax and elementwise operators have no formula; nor have LSTM, "
             "GRU and RNN, whose fused kernels it does not see into, and products with a vector."},
        .count = count,
        .backward = autogradWork,
        .rule = inWords,
        .biasRule = [](const Op&) { return std::string_view("leaves biases out"); }};
}

} // namespace sunflop::convention
