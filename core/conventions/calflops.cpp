// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"

#include <algorithm>

namespace sunflop::convention {

namespace {

/// Two shapes paired axis by axis from the left, the larger size of each pair multiplied; a missing axis
/// is 1. This is what inflates a weight vector times a tensor: [H] * [1, n, H] becomes H * n * H.
Count leftPaired(const Shape& a, const Shape& b)
{
    Count product = 1;
    for (std::size_t i = 0; i < std::max(a.rank(), b.rank()); ++i)
        product *= std::max(i < a.rank() ? a[i] : 1, i < b.rank() ? b[i] : 1);
    return product;
}

Work elementwise(const Op& op)
{
    const Operand& a = op.inputs[0];
    const Operand& b = op.inputs[1];
    if (a.isNumber || b.isNumber)
        return {0, (a.isNumber ? b : a).shape.elements()};
    return {0, leftPaired(a.shape, b.shape)};
}

Work convolution(const Op& op)
{
    const Count macs = convolutionMacs(op);
    const Count biasAdds = op.inputs.size() > 2 ? op.output.shape.elements() : Count(0);
    return {macs, macs * 2 + biasAdds};
}

/// Only names in torch and torch.nn.functional are replaced; Tensor's softmax is not, its operators * + / @
/// are.
std::optional<Work> count(const Op& op)
{
    const bool isFunction = op.spelling == Spelling::Function;
    const bool isHooked = isFunction || op.spelling == Spelling::Operator;
    const Count in = op.inputs.front().shape.elements();
    switch (op.kind) {
    case OpKind::Linear: return Work{linearMacs(op), linearMacs(op) * 2};
    case OpKind::Conv2d: return convolution(op);
    case OpKind::MatMul: {
        // Leading dimensions of the right-hand side never multiply in.
        const Count macs = in * op.inputs[1].shape.fromEnd(0).size;
        return Work{macs, macs * 2};
    }
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Div: return isHooked ? std::optional(elementwise(op)) : std::nullopt;
    case OpKind::Softmax:
    case OpKind::SiLU:
    case OpKind::GeLU:
    case OpKind::GeLUTanh:
    case OpKind::ReLU: return isFunction ? std::optional(Work{0, in}) : std::nullopt;
    case OpKind::LayerNorm: return Work{0, in * 5};
    case OpKind::Interpolate: {
        // Only the size argument counts: batch and channels are left out.
        const Shape& size = op.output.shape;
        return Work{0, Count(size[2]) * size[3]};
    }
    case OpKind::Embedding:
    case OpKind::Cat:
    case OpKind::Copy:
    case OpKind::MaskedFill: return Work{};
    case OpKind::ScaledDotProductAttention:
    case OpKind::LogSoftmax:
    case OpKind::NllLoss:
    case OpKind::Sub:
    case OpKind::RSub:
    case OpKind::Neg:
    case OpKind::Pow:
    case OpKind::Mean:
    case OpKind::RSqrt:
    case OpKind::Cos:
    case OpKind::Sin:
    case OpKind::Tanh:
    case OpKind::ArgMax: return std::nullopt;
    }
    return std::nullopt;
}

std::string_view elementwiseRule(const Op& op)
{
    return elementwise(op).flops == op.output.shape.elements()
               ? rule::once
               : "pairs the axes of both operands from the left, a vector with the first one";
}

std::string_view unseenRule(const Op& op)
{
    if (op.kind == OpKind::ScaledDotProductAttention)
        return "does not see the fused kernel";
    Op replaced = op;
    replaced.spelling = Spelling::Function;
    if (!count(replaced))
        return "does not see these calls";
    switch (op.spelling) {
    case Spelling::Method: return "does not see methods of a tensor";
    case Spelling::InPlace: return "does not see operators that work in place";
    case Spelling::Captured: return "does not see functions kept since the module was built";
    case Spelling::Function:
    case Spelling::Operator: break;
    }
    return "does not see operators in place of this function";
}

std::string_view inWords(const Op& op)
{
    if (!count(op))
        return unseenRule(op);
    switch (op.kind) {
    case OpKind::Linear:
    case OpKind::Conv2d: return rule::product;
    case OpKind::MatMul:
        return count(op)->macs == matmulMacs(op)
                   ? rule::product
                   : "counts 2 for each multiply-accumulate, without what broadcasts the left operand";
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Div: return elementwiseRule(op);
    case OpKind::LayerNorm: return rule::fivefold;
    case OpKind::Interpolate: return "counts 1 for each position of the new size";
    default: return movesData(op.kind) ? rule::nothing : rule::once;
    }
}

std::string_view biasInWords(const Op& op)
{
    return op.kind == OpKind::Conv2d ? rule::biasAdds : "never adds the bias of a linear layer";
}

} // namespace

Convention calflops()
{
    return {
        .id = "calflops",
        .title = "calflops",
        .notes =
            {"Replaces Python functions by name, so fused attention, Tensor.softmax, pow, mean, rsqrt, cos, "
             "sin, negation and subtraction are not seen.",
             "Pairs the shapes of elementwise operands from the left: a norm's weight [H] times [1, n, H] "
             "counts H * n * H.",
             "Linear biases are never counted, convolution biases are; activations and softmax count 1 per "
             "element, LayerNorm 5.",
             "Backward is always twice the forward, also for a generation that has none.",
             "Functions kept as objects when a module was built (transformers' GELUActivation) are not "
             "seen."},
        .count = count,
        .backward = [](const Op&, Work forward) { return forward * 2; },
        .rule = inWords,
        .biasRule = biasInWords};
}

} // namespace sunflop::convention
