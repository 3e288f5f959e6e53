// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/registry.h"
#include "core/conventions/convention.h"
#include "core/operators/quantities.h"

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

/// Rounds down, as Python does.
std::int64_t floorDivided(std::int64_t a, std::int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/// Positions that a kernel is put to, by the formula of a plain convolution for transposed ones too: there it
/// is wrong, and may be negative, since its factors may. Nothing where the call's steps are not known.
std::optional<Count> positions(const Op& op)
{
    const auto* steps = std::get_if<ConvolutionAttributes>(&op.attributes);
    if (steps == nullptr || steps->stride[0] <= 0)
        return std::nullopt;
    const Shape& input = op.inputs[0].shape;
    const Shape& weight = op.inputs[1].shape;
    const std::size_t dimensions = weight.rank() - 2;
    Count product = 1;
    for (std::size_t i = 0; i < dimensions; ++i) {
        const std::int64_t kernel = steps->dilation[i] * (weight[i + 2] - 1) + 1;
        const std::int64_t room = input[input.rank() - dimensions + i] + 2 * steps->padding[i] - kernel;
        product *= floorDivided(room, std::max<std::int64_t>(1, steps->stride[i])) + 1;
    }
    return product;
}

std::int64_t batchOf(const Op& op)
{
    return op.inputs[0].shape.rank() == op.inputs[1].shape.rank() ? op.inputs[0].shape[0] : 1;
}

/// Of a plain convolution. "same" padding by a kernel of even size pads one element less than PyTorch.
Work plainConvolution(const Op& op)
{
    const std::int64_t channels = op.inputs[1].shape[0];
    const auto counted = positions(op);
    // A file may claim a kernel larger than its input.
    const Count outputs =
        counted ? std::max(Count(0), *counted * batchOf(op) * channels) : op.output.shape.elements();
    Count filter = 1;
    for (std::size_t i = 1; i < op.inputs[1].shape.rank(); ++i)
        filter *= op.inputs[1].shape[i];
    const Count macs = outputs * filter;
    return {macs, macs * 2 + (biasOperand(op) ? outputs : Count(0))};
}

/// Divides the channels of a transposed convolution's weight by its groups once more than there are.
std::optional<Work> convolution(const Op& op)
{
    if (!isTransposed(op.kind))
        return plainConvolution(op);
    Count macs = convolutionMacs(op);
    const auto* attributes = std::get_if<ConvolutionAttributes>(&op.attributes);
    const std::int64_t groups = attributes != nullptr ? std::max<std::int64_t>(1, attributes->groups) : 1;
    const std::int64_t channels = op.inputs[1].shape[1];
    if (groups > 1 && channels > 0)
        macs = Count(macs.value() / channels) * (channels / groups);
    if (!biasOperand(op))
        return Work{macs, macs * 2};
    const auto counted = positions(op);
    if (!counted)
        return std::nullopt;
    return Work{macs, macs * 2 + *counted * batchOf(op) * channels};
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
            flops += std::max(Count(0), matrix.shape.elements() * 2 - op.inputs[first].shape[0]);
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

/// Whether Python called the operator by one of these names; where it was not seen calling it, by its own.
bool isCalled(const Op& op, std::initializer_list<std::string_view> names)
{
    return std::ranges::find(names, op.function.empty() ? nameOf(op) : op.function) != names.end();
}

bool isFunctional(const Op& op)
{
    return op.spelling == Spelling::Functional;
}

/// Functions of torch.nn.functional that are replaced, each counting 1 for an element of its input; of some
/// kinds only those by these names: nn.ReLU6 calls hardtanh(), which is not. In place they are the same
/// functions.
bool isHookedFunction(const Op& op)
{
    switch (op.kind) {
    case OpKind::Softmax: return isCalled(op, {"softmax", "_softmax"});
    case OpKind::SiLU: return isCalled(op, {"silu"});
    case OpKind::GeLU:
    case OpKind::GeLUTanh: return isCalled(op, {"gelu", "gelu_tanh"});
    case OpKind::ReLU: return isCalled(op, {"relu"});
    case OpKind::HardTanh: return op.function == "relu6" || op.name == "relu6";
    case OpKind::LeakyReLU: return isCalled(op, {"leaky_relu", "prelu", "_prelu_kernel"});
    case OpKind::ELU: return isCalled(op, {"elu"});
    case OpKind::MaxPool:
    case OpKind::AvgPool:
    case OpKind::AdaptiveAvgPool:
    case OpKind::AdaptiveMaxPool: return true;
    default: return false;
    }
}

/// torch.mul and add are replaced and so are the methods of a tensor; of the operators + * / all three are.
bool isHookedArithmetic(const Op& op)
{
    if (op.spelling == Spelling::InPlace || op.spelling == Spelling::Captured)
        return false;
    if (op.kind == OpKind::Div)
        return op.spelling == Spelling::Operator &&
               isCalled(op, {"div", "__truediv__", "truediv", "true_divide"});
    return op.kind == OpKind::Add ? isCalled(op, {"add", "__add__", "__radd__"})
                                  : isCalled(op, {"mul", "__mul__", "__rmul__"});
}

/// torch.matmul, addmm and baddbmm are replaced, the methods of the first two and the operator @ too; mm, bmm
/// and what else multiplies are not. F.linear counts whatever it comes to without the bias.
std::optional<Work> product(const Op& op)
{
    if (op.kind == OpKind::Linear || op.function == "linear") {
        const bool isSeen = isFunctional(op) && isCalled(op, {"linear"});
        return isSeen ? std::optional(Work{productMacs(op), productMacs(op) * 2}) : std::nullopt;
    }
    const bool isSeen = op.spelling != Spelling::Captured && op.spelling != Spelling::InPlace;
    const bool isMethod = op.spelling == Spelling::Method;
    const bool isHooked = op.kind == OpKind::AddMm ? isCalled(op, {"addmm"})
                          : op.kind == OpKind::BAddBmm
                              ? !isMethod && isCalled(op, {"baddbmm"})
                              : isCalled(op, {"matmul", "__matmul__", "__rmatmul__"});
    return isSeen && isHooked ? std::optional(matrixProduct(op)) : std::nullopt;
}

/// torch.einsum has no multiply-accumulates, and the FLOPs that numpy estimates for the cheapest order.
std::optional<Work> einsum(const EinsumAttributes& whole)
{
    const auto flops = printedPathFlops(whole);
    return !whole.isLast ? std::optional(Work{}) : flops ? std::optional(Work{0, *flops}) : std::nullopt;
}

/// F.upsample calls F.interpolate, which counts once more. F.grid_sample is not replaced.
std::optional<Work> resampling(const Op& op)
{
    if (resamplesByGrid(op) || !isFunctional(op))
        return std::nullopt;
    return op.function == "upsample" ? interpolation(op) * 2 : interpolation(op);
}

/// Only names in torch and torch.nn.functional are replaced; Tensor's softmax is not, its operators * + / @
/// are. Source: pytorch_ops.py of calflops.
std::optional<Work> count(const Op& op)
{
    if (const auto* whole = std::get_if<EinsumAttributes>(&op.attributes))
        return einsum(*whole);
    if (isMatrixProduct(op.kind))
        return product(op);
    if (isConvolution(op.kind))
        return isFunctional(op) && op.name.empty() ? convolution(op) : std::nullopt;
    if (isRecurrent(op.kind))
        return recurrence(op);
    if (movesData(op.kind))
        return Work{};
    switch (op.kind) {
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Div: return isHookedArithmetic(op) ? std::optional(elementwise(op)) : std::nullopt;
    case OpKind::LayerNorm:
    case OpKind::BatchNorm:
    case OpKind::GroupNorm:
    case OpKind::InstanceNorm: return isFunctional(op) ? std::optional(normalisation(op)) : std::nullopt;
    case OpKind::Interpolate: return resampling(op);
    default:
        return isFunctional(op) && isHookedFunction(op) ? std::optional(Work{0, inputElements(op)})
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
    replaced.spelling = op.kind == OpKind::Div ? Spelling::Operator : Spelling::Functional;
    if (!count(replaced))
        return "does not see these calls";
    switch (op.spelling) {
    case Spelling::Method: return "does not see methods of a tensor";
    case Spelling::InPlace: return "does not see operators that work in place";
    case Spelling::Captured: return "does not see functions kept since the module was built";
    case Spelling::Function: return "does not see functions of torch where torch.nn.functional has them too";
    case Spelling::Functional:
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
    if (std::holds_alternative<EinsumAttributes>(op.attributes))
        return "counts no multiply-accumulate of an einsum, and FLOPs as numpy estimates the cheapest order";
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
            {"Replaces functions of torch.nn.functional and some of torch by name, so fused attention, "
             "Tensor.softmax, torch.softmax, bmm, mm and div, pow, mean, rsqrt, cos, sin, negation and "
             "subtraction are not seen.",
             "F.relu(x, inplace=True), which nn.ReLU(inplace=True) calls, is the same function; x.relu_() "
             "and "
             "x += y are not seen.",
             "Tensor.sigmoid, hardswish, hardtanh (nn.ReLU6), RMSNorm, reductions and comparisons are not "
             "seen "
             "either.",
             "An einsum has no MACs, and the FLOPs that numpy prints for its cheapest order, to four digits.",
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

const sunflop::Convention& sunflop::calflopsConvention()
{
    static const Convention& entry = *entryNamed(conventions(), convention::calflops().id);
    return entry;
}
