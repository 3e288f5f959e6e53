// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/op_kind.h"

#include "core/operators/operator.h"

namespace sunflop {

OpGroup groupOf(OpKind kind)
{
    return operatorOf(kind).group;
}

std::string_view opName(OpKind kind)
{
    return operatorOf(kind).name;
}

bool isConvolution(OpKind kind)
{
    return groupOf(kind) == OpGroup::Convolution || isTransposed(kind);
}

bool isTransposed(OpKind kind)
{
    return groupOf(kind) == OpGroup::TransposedConvolution;
}

bool isRecurrent(OpKind kind)
{
    return groupOf(kind) == OpGroup::Recurrence;
}

bool isMatrixProduct(OpKind kind)
{
    const OpGroup group = groupOf(kind);
    return group == OpGroup::Linear || group == OpGroup::Product || group == OpGroup::AddedProduct;
}

bool isNorm(OpKind kind)
{
    return groupOf(kind) == OpGroup::Norm;
}

bool isActivation(OpKind kind)
{
    return groupOf(kind) == OpGroup::Activation;
}

bool movesData(OpKind kind)
{
    return groupOf(kind) == OpGroup::Movement || groupOf(kind) == OpGroup::Lookup;
}

bool isElementwise(OpKind kind)
{
    return operatorOf(kind).isElementwise;
}

} // namespace sunflop
