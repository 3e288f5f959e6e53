// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/well_formed.h"

namespace sunflop::operators {

namespace {

std::size_t rankOf(const Op& op, std::size_t input)
{
    return input < op.inputs.size() ? op.inputs[input].shape.rank() : 0;
}

bool isConvolutionOver(const Op& op, std::size_t dimensions)
{
    const std::size_t rank = rankOf(op, 0);
    return op.inputs.size() >= 2 && op.inputs.size() <= 3 && rankOf(op, 1) == dimensions + 2 &&
           (rank == dimensions + 1 || rank == dimensions + 2) && op.output.shape.rank() == rank;
}

/// Something added to a product of matrices, or of a batch of them.
bool isAddedProduct(const Op& op, std::size_t rank)
{
    return op.inputs.size() == 3 && rankOf(op, 1) == rank && rankOf(op, 2) == rank;
}

} // namespace

bool isAnything(const Op&)
{
    return true;
}

bool hasOperand(const Op& op)
{
    return !op.inputs.empty();
}

bool hasTwoOperands(const Op& op)
{
    return op.inputs.size() == 2;
}

bool isLinearCall(const Op& op)
{
    return rankOf(op, 0) >= 1 && rankOf(op, 1) == 2;
}

bool isProductCall(const Op& op)
{
    return op.inputs.size() == 2 && rankOf(op, 0) >= 1 && rankOf(op, 1) >= 1;
}

bool isAddMmCall(const Op& op)
{
    return isAddedProduct(op, 2);
}

bool isBAddBmmCall(const Op& op)
{
    return isAddedProduct(op, 3);
}

bool isConvolutionOver1(const Op& op)
{
    return isConvolutionOver(op, 1);
}

bool isConvolutionOver2(const Op& op)
{
    return isConvolutionOver(op, 2);
}

bool isConvolutionOver3(const Op& op)
{
    return isConvolutionOver(op, 3);
}

bool isAttentionCall(const Op& op)
{
    for (std::size_t i = 0; i < 3; ++i)
        if (rankOf(op, i) != 4)
            return false;
    return std::holds_alternative<AttentionAttributes>(op.attributes);
}

bool isRecurrenceCall(const Op& op)
{
    const auto* recurrent = std::get_if<RecurrentAttributes>(&op.attributes);
    if (recurrent == nullptr || rankOf(op, 0) < 2)
        return false;
    const auto weights = static_cast<std::int64_t>(op.inputs.size()) - 1;
    if (recurrent->layers < 1 || recurrent->layers > weights)
        return false;
    const std::int64_t passes = recurrent->layers * (recurrent->isBidirectional ? 2 : 1);
    const std::int64_t each = weights / passes;
    if (each < 2 || weights % passes != 0)
        return false;
    for (std::int64_t pass = 0; pass < passes; ++pass) {
        const auto first = static_cast<std::size_t>(1 + pass * each);
        if (rankOf(op, first) != 2 || rankOf(op, first + 1) != 2)
            return false;
    }
    return true;
}

bool isLookupCall(const Op& op)
{
    return op.inputs.size() >= 2 && rankOf(op, 1) == 2;
}

bool hasChannels(const Op& op)
{
    return rankOf(op, 0) >= 2;
}

bool isInterpolationCall(const Op& op)
{
    return rankOf(op, 0) >= 3 && op.output.shape.rank() == rankOf(op, 0);
}

} // namespace sunflop::operators
