// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/op.h"

#include "core/operators/operator.h"

#include <algorithm>

namespace sunflop {

bool isWellFormed(const Op& op)
{
    return operatorOf(op.kind).isWellFormed(op);
}

bool worksInPlace(const Op& op)
{
    return op.spelling == Spelling::InPlace ||
           (op.output.storage >= 0 && !op.inputs.empty() && op.inputs[0].storage == op.output.storage);
}

std::optional<std::size_t> biasOperand(const Op& op)
{
    switch (groupOf(op.kind)) {
    case OpGroup::AddedProduct: return 0;
    case OpGroup::Linear:
    case OpGroup::Convolution:
    case OpGroup::TransposedConvolution:
        return op.inputs.size() > 2 ? std::optional<std::size_t>(2) : std::nullopt;
    default: return std::nullopt;
    }
}

Op withoutBias(const Op& op)
{
    Op plain = op;
    const std::size_t bias = biasOperand(op).value();
    plain.inputs.erase(plain.inputs.begin() + static_cast<std::ptrdiff_t>(bias));
    if (bias == 0)
        plain.kind = OpKind::MatMul;
    return plain;
}

Op Op::at(std::int64_t step) const
{
    Op op = *this;
    for (Operand& input : op.inputs)
        input.shape = input.shape.at(step);
    op.output.shape = op.output.shape.at(step);
    return op;
}

bool Op::grows() const
{
    return output.shape.grows() ||
           std::ranges::any_of(inputs, [](const Operand& input) { return input.shape.grows(); });
}

} // namespace sunflop
