// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/kernel.h"

#include "core/conventions/convention.h"

#include <algorithm>
#include <limits>

namespace sunflop {

namespace {

constexpr std::uint32_t allInputs = std::numeric_limits<std::uint32_t>::max();

/// Matrix products run at the activations' precision; elementwise operators on the vector units, in fp32.
Precision precisionOf(const Op& op)
{
    return isTiled(op.kind) ? precisionOf(op.inputs.front().dtype) : Precision::F32;
}

/// What becomes of each memory: the operator that writes it and the last one that reads it, by index; -1:
/// none.
struct Uses {
    std::vector<std::int32_t> writer;
    std::vector<std::int32_t> lastReader;

    explicit Uses(const Trace& trace)
    {
        for (std::size_t i = 0; i < trace.ops.size(); ++i) {
            const Op& op = trace.ops[i];
            note(writer, op.output.storage, i);
            for (const Operand& input : op.inputs)
                note(lastReader, input.storage, i);
        }
    }

    static std::int32_t of(const std::vector<std::int32_t>& table, std::int32_t storage)
    {
        return storage >= 0 && static_cast<std::size_t>(storage) < table.size()
                   ? table[static_cast<std::size_t>(storage)]
                   : -1;
    }

private:
    static void note(std::vector<std::int32_t>& table, std::int32_t storage, std::size_t op)
    {
        if (storage < 0)
            return;
        if (table.size() <= static_cast<std::size_t>(storage))
            table.resize(static_cast<std::size_t>(storage) * 2 + 64, -1);
        table[static_cast<std::size_t>(storage)] = static_cast<std::int32_t>(op);
    }
};

/// Keys or values of a cache, which no operator of the run has written, with new ones behind them.
bool joinsCache(const Trace& trace, const Op& op, const Uses& uses)
{
    const Operand& cache = op.inputs.front();
    return op.kind == OpKind::Cat && cache.shape.rank() == 4 && !cache.isParameter &&
           Uses::of(uses.writer, cache.storage) < 0 &&
           trace.modules[static_cast<std::size_t>(op.module)].role == Role::Attention;
}

/// Makes one kernel of operators [begin, end): what they hand to each other stays inside.
void fuse(const Trace& trace, const Uses& uses, std::size_t begin, std::size_t end,
          std::vector<Kernel>& kernels)
{
    const auto first = static_cast<std::int32_t>(begin);
    const auto last = static_cast<std::int32_t>(end);
    for (std::size_t i = begin; i < end; ++i) {
        const Op& op = trace.ops[i];
        kernels[i].starts = i == begin;
        for (std::size_t k = 0; k < op.inputs.size(); ++k) {
            const std::int32_t writer = Uses::of(uses.writer, op.inputs[k].storage);
            if (first <= writer && writer < last)
                kernels[i].reads &= ~(std::uint32_t{1} << k);
        }
        const std::int32_t reader = Uses::of(uses.lastReader, op.output.storage);
        kernels[i].writes = reader < 0 || reader >= last;
    }
}

/// Runs of neighbouring elementwise operators that are executed equally often.
void fuseRuns(const Trace& trace, const Uses& uses, std::vector<Kernel>& kernels)
{
    const auto joins = [&](const Op& op) { return isElementwise(op.kind); };
    const auto layerOf = [&](const Op& op) {
        std::int32_t module = op.module;
        while (module > 0 && trace.modules[static_cast<std::size_t>(module)].repeat == 1)
            module = trace.modules[static_cast<std::size_t>(module)].parent;
        return module;
    };
    for (std::size_t begin = 0; begin < trace.ops.size();) {
        const Op& op = trace.ops[begin];
        std::size_t end = begin + 1;
        while (joins(op) && end < trace.ops.size() && joins(trace.ops[end]) &&
               trace.ops[end].phase == op.phase && layerOf(trace.ops[end]) == layerOf(op))
            ++end;
        if (joins(op))
            fuse(trace, uses, begin, end, kernels);
        begin = end;
    }
}

Count bytesAt(const Operand& operand, std::int64_t step)
{
    return operand.isNumber ? Count(0) : byteSize(operand.shape.at(step), operand.dtype);
}

Count readBytes(const Op& op, std::size_t input, std::int64_t step)
{
    const Count all = bytesAt(op.inputs[input], step);
    switch (readOf(op, input)) {
    case Read::Whole: return all;
    case Read::AsResult: return bytesAt(op.output, step);
    case Read::UpToResult: return std::min(all, bytesAt(op.output, step));
    }
    return all;
}

Count bytesOf(const Op& op, const Kernel& kernel, std::int64_t step)
{
    if (kernel.appendsInPlace)
        return bytesAt(op.inputs.back(), step) * 2;
    Count sum = kernel.writes ? bytesAt(op.output, step) : Count(0);
    for (std::size_t i = 0; i < op.inputs.size(); ++i)
        if ((kernel.reads >> std::min<std::size_t>(i, 31)) & 1)
            sum += readBytes(op, i, step);
    return sum;
}

} // namespace

bool isTiled(OpKind kind)
{
    return isMatrixProduct(kind) || isConvolution(kind) || isRecurrent(kind) ||
           groupOf(kind) == OpGroup::Attention;
}

Precision precisionOf(DType dtype)
{
    switch (dtype) {
    case DType::F64:
    case DType::F32: return Precision::F32;
    case DType::F16: return Precision::F16;
    case DType::F8E4M3:
    case DType::F8E5M2: return Precision::F8;
    case DType::I8:
    case DType::U8: return Precision::I8;
    case DType::MXFP4: return Precision::F4;
    default: return Precision::BF16;
    }
}

std::vector<Kernel> kernels(const Trace& trace, const Efficiency& efficiency)
{
    const Uses uses(trace);
    std::vector<Kernel> kernels;
    kernels.reserve(trace.ops.size());
    for (const Op& op : trace.ops)
        kernels.push_back({.reads = allInputs,
                           .isTiled = isTiled(op.kind),
                           .appendsInPlace = efficiency.staticCache && joinsCache(trace, op, uses),
                           .access = accessOf(op),
                           .precision = precisionOf(op)});
    if (efficiency.fuses)
        fuseRuns(trace, uses, kernels);
    return kernels;
}

Demand forwardDemand(const Op& op, const Kernel& kernel, std::int64_t step)
{
    const auto work = op.grows() ? exactConvention().count(op.at(step)) : exactConvention().count(op);
    return {work ? work->flops : Count(0), bytesOf(op, kernel, step)};
}

Demand backwardDemand(const Op& op, const Kernel& kernel)
{
    const std::int64_t gradients = std::ranges::count(op.inputs, true, &Operand::requiresGradient);
    const auto forward = exactConvention().count(op);
    if (gradients == 0 || !forward)
        return {};
    const bool isFused = groupOf(op.kind) == OpGroup::Attention || isRecurrent(op.kind);
    const std::int64_t passes = isFused ? std::min<std::int64_t>(gradients, 2) : gradients;
    return {exactConvention().backward(op, *forward).flops, bytesOf(op, kernel, 0) * passes};
}

} // namespace sunflop
