// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"

namespace sunflop::convention {

namespace {

Count biasAdds(const Op& op)
{
    return op.inputs.size() > 2 ? op.output.shape.elements() : Count(0);
}

Work product(Count macs, Count extraFlops = 0)
{
    return {macs, macs * 2 + extraFlops};
}

/// The two products, and one scaling and a softmax of five for every score.
Work fusedAttention(const Op& op)
{
    const Count pairs = visiblePairs(op);
    const Shape& query = op.inputs.front().shape;
    return product(attentionMacs(op, pairs), Count(query[0]) * query[1] * pairs * 6);
}

std::optional<Work> count(const Op& op)
{
    const Count in = op.inputs.front().shape.elements();
    const Count out = op.output.shape.elements();
    switch (op.kind) {
    case OpKind::Linear: return product(linearMacs(op), biasAdds(op));
    case OpKind::Conv2d: return product(convolutionMacs(op), biasAdds(op));
    case OpKind::MatMul: return product(matmulMacs(op));
    case OpKind::ScaledDotProductAttention: return fusedAttention(op);
    case OpKind::Softmax:    // maximum, subtract, exponential, sum, divide
    case OpKind::LogSoftmax: // maximum, subtract, exponential, sum, subtract
        return Work{0, in * 5};
    case OpKind::NllLoss: return Work{0, op.inputs[1].shape.elements()};
    case OpKind::LayerNorm: {
        const Count rows = in.value() / op.inputs.front().shape.fromEnd(0).size;
        return Work{0, in * 7 + rows * 2};
    }
    case OpKind::SiLU: return Work{0, in * 4};     // negate, exponential, add, divide
    case OpKind::GeLU: return Work{0, in * 5};     // divide by sqrt 2, erf, add, halve, multiply
    case OpKind::GeLUTanh: return Work{0, in * 9}; // cube 2, scale, add, scale, tanh, add, halve, multiply
    case OpKind::Mean:
    case OpKind::ArgMax: return Work{0, in};
    case OpKind::Interpolate:
        // The same size is a copy; real resampling has no rule yet and is tallied.
        return op.inputs.front().shape == op.output.shape ? std::optional(Work{}) : std::nullopt;
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::RSub:
    case OpKind::Mul:
    case OpKind::Div:
    case OpKind::Neg:
    case OpKind::Pow:
    case OpKind::RSqrt:
    case OpKind::Cos:
    case OpKind::Sin:
    case OpKind::Tanh:
    case OpKind::ReLU: return Work{0, out};
    case OpKind::Embedding:
    case OpKind::Cat:
    case OpKind::Copy:
    case OpKind::MaskedFill: return Work{};
    }
    return std::nullopt;
}

std::string_view attentionRule(const Op& op)
{
    const auto& attention = std::get<AttentionAttributes>(op.attributes);
    if (!attention.causal)
        return "counts every key for each query and 6 for each score";
    return attention.window > 0
               ? "counts every key that a causal query sees in its window and 6 for each score"
               : "counts every key that a causal query sees and 6 for each score";
}

std::string_view inWords(const Op& op)
{
    switch (op.kind) {
    case OpKind::Linear:
    case OpKind::Conv2d:
    case OpKind::MatMul: return rule::product;
    case OpKind::ScaledDotProductAttention: return attentionRule(op);
    case OpKind::Softmax:
    case OpKind::LogSoftmax:
    case OpKind::GeLU: return rule::fivefold;
    case OpKind::NllLoss: return "counts 1 for each label";
    case OpKind::LayerNorm: return "counts 7 for each element and 2 for each row";
    case OpKind::SiLU: return "counts 4 for each element";
    case OpKind::GeLUTanh: return "counts 9 for each element";
    case OpKind::Interpolate:
        return op.inputs.front().shape == op.output.shape ? "takes a table that keeps its size for a copy"
                                                          : "has no rule for real resampling";
    default: return movesData(op.kind) ? rule::nothing : rule::once;
    }
}

} // namespace

Convention exact()
{
    return {
        .id = "exact",
        .title = "Exact",
        .notes =
            {"What the kernels named in the workload execute: 2 FLOPs per multiply-accumulate, 1 per other "
             "operation on an element, biases included.",
             "Softmax 5 per score, SiLU 4, erf GELU 5, tanh GELU 9, LayerNorm 7 per element and 2 per row; "
             "RMSNorm and rotary embedding as the operators they are written in.",
             "A fused causal kernel computes n(n+1)/2 pairs and only the band of a sliding window; eager "
             "attention computes the full square.",
             "Moving data (embedding look-ups, concatenation, casts, masks filled in) costs nothing."},
        .count = count,
        .backward = autogradWork,
        .rule = inWords,
        .biasRule = [](const Op&) { return rule::biasAdds; }};
}

} // namespace sunflop::convention
