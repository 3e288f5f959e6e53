// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/access.h"

#include "core/operators/operator.h"

#include <algorithm>

namespace sunflop {

Access accessOf(const Op& op)
{
    return op.inputs.empty() ? Access::Streaming : operatorOf(op.kind).access(op); // a table is only written
}

Read readOf(const Op& op, std::size_t input)
{
    return operatorOf(op.kind).reads(op, input);
}

namespace operators {

Access streams(const Op&)
{
    return Access::Streaming;
}

Access strides(const Op&)
{
    return Access::Strided;
}

Access scatters(const Op&)
{
    return Access::Scattered;
}

Access stridesWhereTheyDiffer(const Op& op)
{
    const auto differs = [&](const Operand& input) {
        return !input.isNumber && (input.shape != op.output.shape || input.dtype != op.output.dtype);
    };
    return std::ranges::any_of(op.inputs, differs) ? Access::Strided : Access::Streaming;
}

Access copies(const Op& op)
{
    const Operand& from = op.inputs.front();
    if (from.shape.elements() != op.output.shape.elements())
        return Access::Scattered;
    const bool narrows = info(from.dtype).blockBytes > info(op.output.dtype).blockBytes;
    return narrows ? Access::Streaming : Access::Strided;
}

Read readsWhole(const Op&, std::size_t)
{
    return Read::Whole;
}

Read looksUp(const Op&, std::size_t input)
{
    return input == 0 ? Read::Whole : Read::AsResult;
}

Read gathers(const Op& op, std::size_t input)
{
    return op.inputs[input].dtype == op.output.dtype ? Read::UpToResult : Read::Whole;
}

} // namespace operators

} // namespace sunflop
