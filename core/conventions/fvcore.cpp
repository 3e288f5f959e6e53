// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"
#include "core/model/resampling.h"

#include <algorithm>
#include <array>

namespace sunflop::convention {

namespace {

/// Operators by name that count nothing by default, as far as they are calls here: _IGNORED_OPS in
/// fvcore/nn/jit_analysis.py. Views are no calls; what recorders call "to" or "reshape" is a copy.
constexpr std::array<std::string_view, 34> ignored{
    "__and__",   "arange",       "cat",     "chunk",     "clamp",     "constant_pad_nd", "contiguous",
    "copy",      "detach",       "dropout", "empty",     "eq",        "expand",          "flatten",
    "floor",     "floor_divide", "full",    "ge",        "gt",        "index",           "index_put",
    "max",       "nonzero",      "permute", "relu",      "remainder", "reshape",         "split",
    "full_like", "stack",        "to",      "transpose", "zeros",     "zeros_like"};

/// Names of in-place operators, clamp_, index_put_, relu_ and copy_, are on the list too.
bool isIgnored(const Op& op)
{
    std::string_view name = nameOf(op);
    if (name.ends_with('_') && !name.ends_with("__"))
        name.remove_suffix(1);
    return std::ranges::find(ignored, name) != ignored.end() ||
           (op.name.empty() && op.kind == OpKind::MaskedFill);
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
        return nameOf(op) == "grid_sampler" ? std::optional<std::int64_t>(4) : std::nullopt;
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

/// aten::mm has no handle, and that of aten::matmul takes the last two sizes of its right operand.
bool hasProductHandle(const Op& op)
{
    if (op.kind == OpKind::MatMul)
        return nameOf(op) != "mm" && rightOf(op).rank() > 1;
    return op.kind == OpKind::Linear || op.kind == OpKind::AddMm || isConvolution(op.kind);
}

Count handledMacs(const Op& op)
{
    return op.kind == OpKind::MatMul ? leftOf(op).elements() * rightOf(op).fromEnd(0).size : productMacs(op);
}

/// Source: _DEFAULT_SUPPORTED_OPS in fvcore/nn/flop_count.py, jit_handles.py.
std::optional<Work> count(const Op& op)
{
    if (hasProductHandle(op))
        return Work{handledMacs(op), handledMacs(op)};
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
    if (hasProductHandle(op))
        return handledMacs(op) == productMacs(op)
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
             "without, "
             "batch norm with given statistics 2 and 1); biases are left out.",
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
