// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"
#include "core/operators/quantities.h"

#include <algorithm>
#include <array>

namespace sunflop::convention {

namespace {

/// Operators by name that count nothing by default: _IGNORED_OPS in fvcore/nn/jit_analysis.py, as far as they
/// are calls here. Views are no calls; what recorders call "to" or "reshape" is a copy. Of those that work in
/// place only these are on the list.
constexpr std::array<std::string_view, 51> ignored{"__and__",
                                                   "arange",
                                                   "bitwise_not",
                                                   "cat",
                                                   "chunk",
                                                   "clamp",
                                                   "clamp_",
                                                   "constant_pad_nd",
                                                   "contiguous",
                                                   "copy_",
                                                   "detach",
                                                   "dropout",
                                                   "empty",
                                                   "eq",
                                                   "expand",
                                                   "flatten",
                                                   "floor",
                                                   "floor_divide",
                                                   "full",
                                                   "full_like",
                                                   "gather",
                                                   "ge",
                                                   "gt",
                                                   "index",
                                                   "index_put_",
                                                   "masked_fill",
                                                   "max",
                                                   "narrow",
                                                   "new_empty",
                                                   "new_full",
                                                   "new_zeros",
                                                   "nonzero",
                                                   "ones",
                                                   "permute",
                                                   "relu",
                                                   "relu_",
                                                   "remainder",
                                                   "reshape",
                                                   "roll",
                                                   "select",
                                                   "slice",
                                                   "split",
                                                   "split_with_sizes",
                                                   "squeeze",
                                                   "stack",
                                                   "to",
                                                   "transpose",
                                                   "type_as",
                                                   "unbind",
                                                   "zeros",
                                                   "zeros_like"};

bool isListed(std::string_view name, bool isInPlace)
{
    return std::ranges::any_of(ignored, [&](std::string_view listed) {
        return isInPlace ? listed.ends_with('_') && !listed.ends_with("__") &&
                               listed.substr(0, listed.size() - 1) == name
                         : listed == name;
    });
}

/// One step of a recurrent layer is recorded as the linear layers that it is made of.
bool isCell(std::string_view name)
{
    return name.ends_with("_cell");
}

/// Whether the operator is a part of one that the trace shows as a whole, under another name.
bool isPart(const Op& op)
{
    return !op.function.empty() && op.spelling != Spelling::Functional && op.function != nameOf(op) &&
           !op.function.starts_with("__") && !isCell(op.function);
}

bool isIgnored(const Op& op)
{
    // Of a known family: to(), contiguous(), masked_fill().
    if (op.function.empty() && op.name.empty() && (op.kind == OpKind::Copy || op.kind == OpKind::MaskedFill))
        return true;
    const bool isInPlace = worksInPlace(op);
    return isListed(op.function, isInPlace) || (!isPart(op) && isListed(nameOf(op), isInPlace));
}

/// Five for each element with a weight, four without; batch norm with given statistics two and one.
std::int64_t normPerElement(const Op& op)
{
    const auto* norm = std::get_if<NormAttributes>(&op.attributes);
    const bool isGiven = op.kind == OpKind::BatchNorm && norm != nullptr && norm->usesStatistics;
    return (isGiven ? 1 : 4) + (isAffine(op) ? 1 : 0);
}

/// What an element of an upsampled image counts: there are handles for two filters over two dimensions, and
/// one that takes every grid for bilinear.
std::optional<std::int64_t> perUpsampled(const Op& op)
{
    const auto* filter = std::get_if<InterpolateAttributes>(&op.attributes);
    if (resamplesByGrid(op))
        return nameOf(op) == "grid_sampler" || op.function == "grid_sample" || op.function == "grid_sampler"
                   ? std::optional<std::int64_t>(4)
                   : std::nullopt;
    if (!op.name.empty())
        return op.name == "upsample_nearest2d"    ? std::optional<std::int64_t>(1)
               : op.name == "upsample_bilinear2d" ? std::optional<std::int64_t>(4)
                                                  : std::nullopt;
    if (filter == nullptr || op.output.shape.rank() != 4 || (filter->taps != 1 && filter->taps != 4))
        return std::nullopt;
    return filter->taps;
}

bool isPoolOfImages(const Op& op)
{
    return op.name.empty() ? op.output.shape.rank() == 4 : op.name == "adaptive_avg_pool2d";
}

/// There are handles for aten::linear, addmm, bmm, matmul and mm, einsum and _convolution. That of matmul
/// takes the last two sizes of its right operand.
bool hasProductHandle(const Op& op)
{
    if (std::holds_alternative<EinsumAttributes>(op.attributes))
        return true;
    if (isRecurrent(op.kind))
        return isCell(nameOf(op));
    if (op.function == "linear" || op.function == "matmul")
        return isMatrixProduct(op.kind);
    if (isPart(op))
        return false;
    if (op.kind == OpKind::MatMul)
        return (op.name.empty() || op.name == "mm" || op.name == "bmm") && rightOf(op).rank() > 1;
    if (op.kind == OpKind::AddMm)
        return true;
    const auto* steps = std::get_if<ConvolutionAttributes>(&op.attributes);
    const bool hasKind = op.kind == OpKind::Linear || isConvolution(op.kind);
    return hasKind && op.name.empty() && (steps == nullptr || !steps->padsByName);
}

/// Of an einsum half of what numpy estimates, down to a whole number; of two equations the product.
std::optional<Count> handledMacs(const Op& op)
{
    if (const auto* einsum = std::get_if<EinsumAttributes>(&op.attributes)) {
        if (!einsum->isLast)
            return Count(0);
        if (einsum->isBatchedProduct)
            return matmulMacs(op);
        const auto flops = printedPathFlops(*einsum);
        return flops ? std::optional(Count(flops->value() / 2)) : std::nullopt;
    }
    if (isRecurrent(op.kind))
        return recurrenceOf(op).positions * recurrenceOf(op).weights;
    return op.kind == OpKind::MatMul ? leftOf(op).elements() * rightOf(op).fromEnd(0).size : productMacs(op);
}

/// Source: _DEFAULT_SUPPORTED_OPS in fvcore/nn/flop_count.py, jit_handles.py.
std::optional<Work> count(const Op& op)
{
    if (hasProductHandle(op)) {
        const auto macs = handledMacs(op);
        return macs ? std::optional(Work{*macs, *macs}) : std::nullopt;
    }
    switch (op.kind) {
    case OpKind::LayerNorm:
    case OpKind::BatchNorm:
    case OpKind::GroupNorm:
    case OpKind::InstanceNorm: return Work{0, inputElements(op) * normPerElement(op)};
    case OpKind::Interpolate:
        return perUpsampled(op) ? std::optional(Work{0, op.output.shape.elements() * *perUpsampled(op)})
                                : std::nullopt;
    case OpKind::AdaptiveAvgPool:
        return isPoolOfImages(op) ? std::optional(Work{0, inputElements(op)}) : std::nullopt;
    default: break;
    }
    return isIgnored(op) ? std::optional(Work{}) : std::nullopt;
}

std::string_view inWords(const Op& op)
{
    if (!count(op))
        return "has no handle for these calls";
    if (std::holds_alternative<EinsumAttributes>(op.attributes))
        return "counts 1 for each multiply-accumulate as numpy estimates those of the cheapest order";
    if (hasProductHandle(op))
        return isRecurrent(op.kind) || handledMacs(op) == productMacs(op)
                   ? "counts 1 for each multiply-accumulate"
                   : "counts 1 for each multiply-accumulate, without what broadcasts the left operand";
    switch (op.kind) {
    case OpKind::LayerNorm:
    case OpKind::BatchNorm:
    case OpKind::GroupNorm:
    case OpKind::InstanceNorm: {
        static constexpr std::array<std::string_view, 6> words{"", rule::once,     rule::twice,
                                                               "", rule::fourfold, rule::fivefold};
        return words[static_cast<std::size_t>(normPerElement(op))];
    }
    case OpKind::Interpolate: return *perUpsampled(op) == 1 ? rule::once : rule::fourfold;
    case OpKind::AdaptiveAvgPool: return rule::once;
    default: return rule::nothing;
    }
}

} // namespace

Convention fvcore()
{
    return {
        .id = "fvcore",
        .title = "fvcore",
        .notes =
            {"One multiply-accumulate is one FLOP.",
             "Linear layers, convolutions, matrix products and norms (5 per element with a weight, 4 "
             "without, batch norm with given statistics 2 and 1); biases are left out, and so are "
             "convolutions "
             "whose padding is a word. An einsum is half of what numpy estimates.",
             "Nearest upsampling counts 1 per element of its result, bilinear 4; adaptive average pooling of "
             "images 1 per element of what is pooled.",
             "Fused attention, softmax, other pooling, LSTM, GRU and RNN, activations other than ReLU, most "
             "elementwise operators and embedding look-ups have no handle.",
             "It knows no backward; the gradients shown follow autograd on what it counts."},
        .count = count,
        .backward = autogradWork,
        .rule = inWords,
        .biasRule = [](const Op&) { return std::string_view("leaves biases out"); }};
}

} // namespace sunflop::convention
