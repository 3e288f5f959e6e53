// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"

namespace sunflop::convention {

static std::optional<Work> count(const Op& op)
{
    const auto product = [](Count macs) { return Work{macs, macs}; };
    switch (op.kind) {
    case OpKind::Linear: return product(linearMacs(op));
    case OpKind::Conv2d: return product(convolutionMacs(op));
    case OpKind::MatMul: return product(op.inputs[0].shape.elements() * op.inputs[1].shape.fromEnd(0).size);
    case OpKind::LayerNorm: return Work{0, op.inputs[0].shape.elements() * 5};
    case OpKind::ReLU:
    case OpKind::Cat:
    case OpKind::Copy:
    case OpKind::MaskedFill: return Work{};
    default: return std::nullopt;
    }
}

static std::string_view inWords(const Op& op)
{
    switch (op.kind) {
    case OpKind::Linear:
    case OpKind::Conv2d:
    case OpKind::MatMul: return "counts 1 for each multiply-accumulate";
    case OpKind::LayerNorm: return rule::fivefold;
    case OpKind::ReLU:
    case OpKind::Cat:
    case OpKind::Copy:
    case OpKind::MaskedFill: return rule::nothing;
    default: return "has no handle for these calls";
    }
}

Convention fvcore()
{
    return {
        .id = "fvcore",
        .title = "fvcore",
        .notes =
            {"One multiply-accumulate is one FLOP.",
             "Linear layers, convolutions, matrix products and norms (5 per element of LayerNorm); biases "
             "are left out.",
             "Fused attention, softmax, activations other than ReLU, elementwise operators and embedding "
             "look-ups have no handle.",
             "It knows no backward; the gradients shown follow autograd on what it counts."},
        .count = count,
        .backward = autogradWork,
        .rule = inWords,
        .biasRule = [](const Op&) { return std::string_view("leaves biases out"); }};
}

} // namespace sunflop::convention
