// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"

#include "core/base/plain_text.h"
#include "core/base/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace sunflop {

Result<const Convention*> conventionNamed(std::string_view id)
{
    return entryNamed(conventions(), id, "convention", "list conventions");
}

std::optional<Count> printedPathFlops(const EinsumAttributes& einsum)
{
    if (!einsum.pathFlops || einsum.pathFlops->isSaturated())
        return einsum.pathFlops;
    const std::string printed = fmt::format("{:.3e}", static_cast<double>(einsum.pathFlops->value()));
    return Count(static_cast<std::int64_t>(std::strtod(printed.c_str(), nullptr)));
}

namespace {

/// Of a call that multiplies matrices; what is not product is bias, whose gradient is one addition per
/// element of the result, as in the forward.
Work productGradients(const Op& op, Work forward)
{
    const auto bias = biasOperand(op);
    std::int64_t matrices = 0;
    for (std::size_t i = 0; i < op.inputs.size(); ++i)
        matrices += op.inputs[i].requiresGradient && i != bias && op.inputs[i].shape.rank() > 1 ? 1 : 0;
    const Count products = std::min(forward.flops, forward.macs * 2);
    const bool wantsBias = bias && op.inputs[*bias].requiresGradient;
    return {forward.macs * matrices, products * matrices + (wantsBias ? forward.flops - products : Count(0))};
}

} // namespace

Work autogradWork(const Op& op, Work forward)
{
    const auto wanted = std::ranges::count(op.inputs, true, &Operand::requiresGradient);
    if (wanted == 0 || !op.output.requiresGradient)
        return {};
    const auto half = [](Count n) { return n.isSaturated() ? n : Count(n.value() / 2); };
    switch (groupOf(op.kind)) {
    case OpGroup::Attention: return forward * 2 + Work{half(forward.macs), half(forward.flops)};
    case OpGroup::Recurrence: return forward * (wanted > 1 || !op.inputs.front().requiresGradient ? 2 : 1);
    case OpGroup::Linear:
    case OpGroup::AddedProduct:
    case OpGroup::Convolution:
    case OpGroup::TransposedConvolution: return productGradients(op, forward);
    default: return forward * wanted;
    }
}

} // namespace sunflop
