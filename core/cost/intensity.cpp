// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/intensity.h"

#include "core/operators/access.h"

#include <algorithm>

namespace sunflop {

namespace {

Count bytesAt(const Operand& operand, std::int64_t step)
{
    return operand.isNumber ? Count(0) : byteSize(operand.shape.at(step), operand.dtype);
}

/// An operand's size is a linear function of the step, so two steps tell the sum over all.
Count bytesOver(const Operand& operand, std::int64_t steps)
{
    if (!operand.shape.grows())
        return bytesAt(operand, 0) * steps;
    return arithmeticSeries(bytesAt(operand, 0), bytesAt(operand, steps - 1), steps);
}

Count readBytes(const Op& op, std::size_t input, std::int64_t steps)
{
    const Count all = bytesOver(op.inputs[input], steps);
    switch (readOf(op, input)) {
    case Read::Whole: return all;
    case Read::AsResult: return bytesOver(op.output, steps);
    case Read::UpToResult: return std::min(all, bytesOver(op.output, steps));
    }
    return all;
}

Count bytesOver(const Op& op, std::int64_t steps)
{
    Count sum = bytesOver(op.output, steps);
    for (std::size_t i = 0; i < op.inputs.size(); ++i)
        sum += readBytes(op, i, steps);
    return sum;
}

} // namespace

std::vector<Traffic> traffic(const Trace& trace, const CostTree& costs)
{
    std::vector<Traffic> result(trace.modules.size());
    for (const Op& op : trace.ops) {
        const std::int64_t steps = trace.phases[static_cast<std::size_t>(op.phase)].steps;
        result[static_cast<std::size_t>(op.module)].own += bytesOver(op, steps);
    }
    for (std::size_t i = result.size(); i-- > 0;) {
        result[i].own *= costs.nodes[i].instances;
        result[i].total += result[i].own;
        if (costs.nodes[i].parent >= 0)
            result[static_cast<std::size_t>(costs.nodes[i].parent)].total += result[i].total;
    }
    return result;
}

Count trafficBelow(const Trace& trace, const CostTree& costs, std::int32_t node)
{
    const std::int32_t end = costs.nodes[static_cast<std::size_t>(node)].end;
    Count sum;
    for (const Op& op : trace.ops)
        if (node <= op.module && op.module < end)
            sum += bytesOver(op, trace.phases[static_cast<std::size_t>(op.phase)].steps) *
                   costs.nodes[static_cast<std::size_t>(op.module)].instances;
    return sum;
}

double intensity(Count flops, Count bytes)
{
    return bytes > Count(0) ? static_cast<double>(flops.value()) / static_cast<double>(bytes.value()) : 0;
}

} // namespace sunflop
