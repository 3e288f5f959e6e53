// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"
#include "core/model/resampling.h"

#include <algorithm>
#include <array>

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

/// Elements of the result that a transposed convolution's bias is added to: weight.shape[1] channels, and as
/// many positions as if it were a plain convolution. Nothing where the call's steps are not known.
std::optional<Count> transposedBias(const Op& op)
{
    const auto* steps = std::get_if<ConvolutionAttributes>(&op.attributes);
    if (steps == nullptr || steps->stride[0] <= 0)
        return std::nullopt;
    const Shape& input = op.inputs[0].shape;
    const Shape& weight = op.inputs[1].shape;
    const std::size_t dimensions = weight.rank() - 2;
    Count elements = Count(input.rank() > dimensions + 1 ? input[0] : 1) * weight[1];
    for (std::size_t i = 0; i < dimensions; ++i) {
        const std::int64_t kernel = steps->dilation[i] * (weight[i + 2] - 1) + 1;
        const std::int64_t room = input[input.rank() - dimensions + i] + 2 * steps->padding[i] - kernel;
        elements *= room < 0 ? 0 : room / std::max<std::int64_t>(1, steps->stride[i]) + 1;
    }
    return elements;
}

/// Divides the channels of a transposed convolution's weight by its groups once more than there are.
std::optional<Work> convolution(const Op& op)
{
    Count macs = convolutionMacs(op);
    Count biasAdds = biasOperand(op) ? op.output.shape.elements() : Count(0);
    if (isTransposed(op.kind)) {
        const auto* attributes = std::get_if<ConvolutionAttributes>(&op.attributes);
        const std::int64_t groups = attributes != nullptr ? std::max<std::int64_t>(1, attributes->groups) : 1;
        const std::int64_t channels = op.inputs[1].shape[1];
        if (groups > 1 && channels > 0)
            macs = Count(macs.value() / channels) * (channels / groups);
        const auto added = biasOperand(op) ? transposedBias(op) : Count(0);
        if (!added)
            return std::nullopt;
        biasAdds = *added;
    }
    return Work{macs, macs * 2 + biasAdds};
}

/// Leading dimensions of the right-hand side never multiply in. What is added counts with its own size.
Work matrixProduct(const Op& op)
{
    const Count macs = leftOf(op).elements() * rightOf(op).fromEnd(0).size;
    const auto added = biasOperand(op);
    return {macs, macs * 2 + (added ? op.inputs[*added].shape.elements() : Count(0))};
}

/// The module hook of nn.LSTM, nn.GRU and nn.RNN and their cells, which writes FLOPs alone. It reads the
/// first direction's weights of every layer and doubles for two directions; the first two sizes of the input
/// are taken for batch and sequence.
Work recurrence(const Op& op)
{
    const Recurrence layers = recurrenceOf(op);
    const auto& attributes = std::get<RecurrentAttributes>(op.attributes);
    const std::int64_t directions = attributes.isBidirectional ? 2 : 1;
    const std::int64_t perUnit = op.kind == OpKind::Lstm ? 10 : op.kind == OpKind::Gru ? 7 : 1;
    Count flops;
    for (std::int64_t layer = 0; layer < attributes.layers; ++layer) {
        const auto first = static_cast<std::size_t>(1 + layer * directions * layers.operands);
        if (first + 1 >= op.inputs.size())
            break;
        for (const Operand& matrix : {op.inputs[first], op.inputs[first + 1]})
            flops += matrix.shape.elements() * 2 - op.inputs[first].shape[0];
        flops += Count(layers.hidden) * perUnit;
        if (attributes.hasBias)
            flops += Count(op.inputs[first].shape[0]) * 2;
    }
    const Shape& input = op.inputs.front().shape;
    const Count positions = nameOf(op).ends_with("_cell") ? layers.positions : Count(input[0]) * input[1];
    return {0, flops * positions * directions};
}

bool isByFactor(const Op& op)
{
    const auto* filter = std::get_if<InterpolateAttributes>(&op.attributes);
    return filter != nullptr && filter->isByFactor;
}

/// Only the size argument counts: batch and channels are left out. Where a factor is given, the input counts.
Work interpolation(const Op& op)
{
    if (isByFactor(op))
        return {0, inputElements(op)};
    Count positions = 1;
    for (std::size_t i = 2; i < op.output.shape.rank(); ++i)
        positions *= op.output.shape[i];
    return {0, positions};
}

Work normalisation(const Op& op)
{
    const auto* norm = std::get_if<NormAttributes>(&op.attributes);
    const bool isGiven = op.kind == OpKind::BatchNorm && norm != nullptr && norm->usesStatistics;
    return {0, inputElements(op) * ((isGiven ? 1 : 4) + (isAffine(op) ? 1 : 0))};
}

/// Functions of torch.nn.functional that are replaced, each counting 1 for an element of its input; of some
/// kinds only those by these names. nn.ReLU6 calls F.hardtanh, which is not replaced.
bool isHookedFunction(const Op& op)
{
    const std::string_view name = nameOf(op);
    switch (op.kind) {
    case OpKind::Softmax:
    case OpKind::SiLU:
    case OpKind::GeLU:
    case OpKind::GeLUTanh:
    case OpKind::ReLU:
    case OpKind::MaxPool:
    case OpKind::AvgPool:
    case OpKind::AdaptiveAvgPool:
    case OpKind::AdaptiveMaxPool: return true;
    case OpKind::HardTanh: return name == "relu6";
    case OpKind::LeakyReLU: return !name.starts_with("rrelu");
    case OpKind::ELU: return name == "elu";
    default: return false;
    }
}

/// torch.mul and add are replaced and so are the methods of a tensor; of the operators + * / all three are.
bool isHookedArithmetic(const Op& op)
{
    switch (op.spelling) {
    case Spelling::Function:
    case Spelling::Operator: return true;
    case Spelling::Method: return op.kind != OpKind::Div;
    default: return false;
    }
}

/// Only names in torch and torch.nn.functional are replaced; Tensor's softmax is not, its operators * + / @
/// are. Source: pytorch_ops.py of calflops.
std::optional<Work> count(const Op& op)
{
    if (op.kind == OpKind::Linear)
        return Work{linearMacs(op), linearMacs(op) * 2};
    if (isConvolution(op.kind))
        return convolution(op);
    if (isRecurrent(op.kind))
        return recurrence(op);
    if (movesData(op.kind))
        return Work{};
    switch (op.kind) {
    case OpKind::MatMul:
    case OpKind::AddMm: return matrixProduct(op);
    case OpKind::BAddBmm: // torch.baddbmm is replaced, the method is not
        return op.spelling == Spelling::Method ? std::nullopt : std::optional(matrixProduct(op));
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Div: return isHookedArithmetic(op) ? std::optional(elementwise(op)) : std::nullopt;
    case OpKind::LayerNorm:
    case OpKind::BatchNorm:
    case OpKind::GroupNorm:
    case OpKind::InstanceNorm: return normalisation(op);
    case OpKind::Interpolate: // F.grid_sample is not replaced
        return resamplesByGrid(op) ? std::nullopt : std::optional(interpolation(op));
    default:
        return op.spelling == Spelling::Function && isHookedFunction(op)
                   ? std::optional(Work{0, inputElements(op)})
                   : std::nullopt;
    }
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
    if (isConvolution(op.kind))
        return "counts a bias by steps of the kernel that it is not told";
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

std::string_view normRule(const Op& op)
{
    static constexpr std::array<std::string_view, 6> words{"", rule::once,     rule::twice,
                                                           "", rule::fourfold, rule::fivefold};
    const Op one{.kind = op.kind,
                 .inputs = std::vector<Operand>(op.inputs.size(), Operand{}), // scalars: one element
                 .attributes = op.attributes};
    return words[static_cast<std::size_t>(normalisation(one).flops.value())];
}

std::string_view productRule(const Op& op)
{
    if (!isMatrixProduct(op.kind) || op.kind == OpKind::Linear)
        return count(op)->macs == productMacs(op)
                   ? rule::product
                   : "counts 2 for each multiply-accumulate, of a part of the channels";
    return count(op)->macs == matmulMacs(op)
               ? rule::product
               : "counts 2 for each multiply-accumulate, without what broadcasts the left operand";
}

std::string_view inWords(const Op& op)
{
    if (!count(op))
        return unseenRule(op);
    if (isMatrixProduct(op.kind) || isConvolution(op.kind))
        return productRule(op);
    if (isRecurrent(op.kind))
        return "counts two for each weight of every layer's first direction, at each step";
    if (isNorm(op.kind))
        return normRule(op);
    switch (op.kind) {
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Div: return elementwiseRule(op);
    case OpKind::Interpolate:
        return isByFactor(op) ? "counts 1 for each element of what is resized"
                              : "counts 1 for each position of the new size";
    case OpKind::MaxPool:
    case OpKind::AvgPool: return "counts 1 for each element of what is pooled";
    default: return movesData(op.kind) ? rule::nothing : rule::once;
    }
}

std::string_view biasInWords(const Op& op)
{
    if (op.kind == OpKind::Linear)
        return "never adds the bias of a linear layer";
    if (isTransposed(op.kind))
        return "adds the bias to as many positions as a plain convolution would have";
    return isConvolution(op.kind) ? rule::biasAdds : "adds as many elements as the added operand has";
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
             "Tensor.sigmoid, hardswish, hardtanh (nn.ReLU6), RMSNorm, reductions and comparisons are not "
             "seen "
             "either.",
             "Pairs the shapes of elementwise operands from the left: a norm's weight [H] times [1, n, H] "
             "counts H * n * H.",
             "Linear biases are never counted, convolution biases are; activations and softmax count 1 per "
             "element, norms 5 with a weight and 4 without, batch norm with given statistics 2 and 1, "
             "pooling 1 "
             "per element of what is pooled.",
             "LSTM, GRU and RNN are counted by a hook of the module: FLOPs and no MACs, layers by the "
             "weights "
             "of their first direction.",
             "Backward is always twice the forward, also for a generation that has none.",
             "Functions kept as objects when a module was built (transformers' GELUActivation) are not "
             "seen."},
        .count = count,
        .backward = [](const Op&, Work forward) { return forward * 2; },
        .rule = inWords,
        .biasRule = biasInWords};
}

} // namespace sunflop::convention
