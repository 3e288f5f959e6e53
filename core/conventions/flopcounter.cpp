// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"

namespace sunflop::convention {

static std::optional<Work> count(const Op& op)
{
    const auto product = [](Count macs) { return Work{macs, macs * 2}; };
    switch (op.kind) {
    case OpKind::Linear: return product(linearMacs(op));
    case OpKind::Conv2d: return product(convolutionMacs(op));
    case OpKind::MatMul: return product(matmulMacs(op));
    case OpKind::ScaledDotProductAttention: return product(attentionMacs(op, densePairs(op)));
    default: return movesData(op.kind) ? std::optional(Work{}) : std::nullopt;
    }
}

static std::string_view inWords(const Op& op)
{
    switch (op.kind) {
    case OpKind::Linear:
    case OpKind::Conv2d:
    case OpKind::MatMul: return rule::product;
    case OpKind::ScaledDotProductAttention:
        return "counts 2 for each multiply-accumulate over the full square of queries and keys";
    default: return movesData(op.kind) ? rule::nothing : "has no formula for these calls";
    }
}

Convention flopcounter()
{
    return {
        .id = "flopcounter",
        .title = "PyTorch FlopCounterMode",
        .notes =
            {"Matrix products, convolutions and attention, 2 FLOPs per multiply-accumulate; nothing else.",
             "Attention counts the full square of queries and keys, causal or not.",
             "Biases, norms, activations, softmax and elementwise operators have no formula."},
        .count = count,
        .backward = autogradWork,
        .rule = inWords,
        .biasRule = [](const Op&) { return std::string_view("leaves biases out"); }};
}

} // namespace sunflop::convention
