// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/backward.h"

#include <algorithm>
#include <span>
#include <utility>

namespace sunflop {

namespace {

template<typename Items>
decltype(auto) at(Items& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

} // namespace

std::vector<bool> callsWithGradient(const Trace& trace, std::int32_t phase)
{
    std::vector<bool> wanted(trace.storages.size());
    std::vector<bool> calls(trace.ops.size());
    const auto first = std::ranges::lower_bound(trace.ops, phase, {}, &Op::phase);
    const auto end = std::ranges::upper_bound(first, trace.ops.end(), phase, {}, &Op::phase);
    const std::span range(first, end);
    bool hasLoss = false;
    for (const Op& op : range)
        if (op.output.requiresGradient && at(trace.storages, op.output.storage).died == Storage::forever)
            at(wanted, op.output.storage) = hasLoss = true;
    if (!hasLoss && !range.empty())
        at(wanted, range.back().output.storage) = true;
    auto block = trace.blocks.size();
    for (auto op = range.end(); op != range.begin();) {
        --op;
        const auto call = static_cast<std::int32_t>(&*op - trace.ops.data());
        if (op->output.requiresGradient && at(wanted, op->output.storage)) {
            at(calls, call) = true;
            for (const Operand& input : op->inputs)
                if (input.requiresGradient)
                    at(wanted, input.storage) = true;
        }
        for (; block > 0 && trace.blocks[block - 1].first >= call; --block)
            if (trace.blocks[block - 1].carried >= 0 && at(wanted, trace.blocks[block - 1].carried))
                at(wanted, trace.blocks[block - 1].handed) = true;
    }
    return calls;
}

Kept keptForBackward(const Trace& trace, const Liveness& liveness, const std::vector<bool>& hasGradient,
                     bool checkpoints)
{
    const KeptForBackward nothing{
        .firstKeeper = std::vector<std::int32_t>(trace.storages.size(), KeptForBackward::never),
        .extraBytes = std::vector<Count>(trace.ops.size())};
    Kept kept{nothing, nothing, 0};
    const auto keep = [&](KeptForBackward& set, std::int32_t storage, std::int32_t call) {
        if (at(set.firstKeeper, storage) != KeptForBackward::never)
            return;
        at(set.firstKeeper, storage) = call;
        if (&set == &kept.forward)
            kept.bytes += liveness.shareOf(storage, at(trace.storages, storage).bytes.size) *
                          keptCopies(trace, storage, call);
    };
    std::size_t next = 0;
    std::int32_t blockEnd = 0;
    for (std::int32_t call = liveness.firstCall(); call < liveness.endCall(); ++call) {
        for (; next < trace.blocks.size() && trace.blocks[next].first <= call; ++next) {
            const Block& block = trace.blocks[next];
            if (!checkpoints || block.carried < 0 || call < blockEnd || block.end <= call)
                continue;
            blockEnd = block.end;
            if (at(trace.modules, block.module).ran)
                keep(kept.forward, block.carried, call);
        }
        if (!at(hasGradient, call))
            continue;
        KeptForBackward& set = call < blockEnd ? kept.blocks : kept.forward;
        const Saved saved = savedBy(at(trace.ops, call));
        for (const std::int32_t storage : saved.storages())
            keep(set, storage, call);
        const Count extra = liveness.shareOf(at(trace.ops, call).output.storage, saved.extraBytes);
        at(set.extraBytes, call) = extra;
        if (&set == &kept.forward)
            kept.bytes += extra * liveness.passes(call);
    }
    return kept;
}

Backward::Backward(const Trace& trace, Liveness& liveness, const Kept& kept,
                   const std::vector<bool>& hasGradient, bool checkpoints, const GradientMemory& gradients)
    : m_trace(trace), m_liveness(liveness), m_kept(kept), m_hasGradient(hasGradient),
      m_checkpoints(checkpoints), m_gradients(gradients), m_gradient(trace.storages.size(), -1),
      m_outermostEnd(trace.ops.size() + 1, -1), m_live(liveness.liveBytes().size()),
      m_gradientBytesAt(liveness.liveBytes().size())
{
    for (auto i = static_cast<std::int32_t>(trace.blocks.size()) - 1; i >= 0; --i)
        if (at(trace.blocks, i).end > at(trace.blocks, i).first)
            at(m_outermostEnd, at(trace.blocks, i).end) = i;
}

Count Backward::walk(Count live)
{
    return walkCalls(m_liveness.firstCall(), m_liveness.endCall(), -1, live);
}

/// The outermost block inside `outer` that ends before `end`; -1: none.
std::int32_t Backward::blockEndingAt(std::int32_t end, std::int32_t outer) const
{
    std::int32_t block = at(m_outermostEnd, end);
    while (block >= 0 && (block <= outer || at(m_trace.blocks, block).end != end)) {
        ++block;
        if (block == static_cast<std::int32_t>(m_trace.blocks.size()) ||
            at(m_trace.blocks, block).first >= end)
            return -1;
    }
    return block;
}

Count Backward::walkCalls(std::int32_t first, std::int32_t end, std::int32_t outer, Count live)
{
    for (std::int32_t call = end - 1; call >= first;) {
        const std::int32_t block = blockEndingAt(call + 1, outer);
        if (block >= 0) {
            live = walkBlock(block, outer, live);
            call = at(m_trace.blocks, block).first - 1;
        } else {
            live = callBytes(call, outer, live);
            --call;
        }
    }
    return live;
}

Count Backward::walkBlock(std::int32_t index, std::int32_t outer, Count live)
{
    const Block& block = at(m_trace.blocks, index);
    const Count start = live;
    const Count gradientsBefore = m_gradientBytes;
    const std::size_t deferredBefore = m_deferred.size();
    const bool recomputes = m_checkpoints && block.carried >= 0 && !m_recomputed;
    if (recomputes) {
        m_recomputed = true;
        live = m_liveness.walkBlock(static_cast<std::size_t>(index), live, m_kept.blocks);
        for (std::int32_t call = block.first; call < block.end; ++call)
            at(m_live, call - m_liveness.firstCall()) =
                at(m_liveness.liveBytes(), call - m_liveness.firstCall());
    }
    live = walkCalls(block.first, block.end, index, live);
    if (recomputes) {
        m_recomputed = false;
        m_deferred.resize(deferredBefore);
        live = start + (m_gradientBytes - gradientsBefore) - m_liveness.bytes(block.carried);
    }
    const Count others = at(m_trace.modules, block.module).repeat - 1;
    const Count left = (live - start) * others;
    if (left > Count(0))
        for (std::int32_t call = block.first; call < block.end; ++call)
            at(m_live, call - m_liveness.firstCall()) += left;
    const Count made = (m_gradientBytes - gradientsBefore) * others;
    if (left > Count(0))
        for (std::int32_t call = block.first; call < block.end; ++call)
            at(m_gradientBytesAt, call - m_liveness.firstCall()) += made;
    m_gradientBytes += made;
    return handBack(block, live + left) - freedOutside(deferredBefore, outer);
}

/// The gradient of what the first pass was handed is that of what the recorded pass carried.
Count Backward::handBack(const Block& block, Count live)
{
    if (block.carried < 0 || block.carried == block.handed || at(m_gradient, block.carried) < 0)
        return live;
    const std::int32_t buffer = std::exchange(at(m_gradient, block.carried), -1);
    Change change;
    accumulate(block.handed, buffer, change);
    return live + change.added - change.released;
}

/// Storages whose last keeper was inside a block, but which were made before it, end once.
Count Backward::freedOutside(std::size_t deferredBefore, std::int32_t outer)
{
    Count sum;
    const auto ends = [&](std::int32_t storage) {
        return outer < 0 || isMadeIn(m_trace, at(m_trace.blocks, outer), storage);
    };
    const auto first = m_deferred.begin() + static_cast<std::ptrdiff_t>(deferredBefore);
    for (auto storage = first; storage != m_deferred.end(); ++storage)
        if (ends(*storage))
            sum += m_liveness.bytes(*storage);
    m_deferred.erase(std::remove_if(first, m_deferred.end(), ends), m_deferred.end());
    return sum;
}

Count Backward::callBytes(std::int32_t call, std::int32_t outer, Count live)
{
    Count& peak = at(m_live, call - m_liveness.firstCall());
    at(m_gradientBytesAt, call - m_liveness.firstCall()) = m_gradientBytes;
    peak = std::max(peak, live);
    if (!at(m_hasGradient, call))
        return live;
    const Op& op = at(m_trace.ops, call);
    std::int32_t& result = at(m_gradient, op.output.storage);
    if (result < 0) { // the loss itself
        result = static_cast<std::int32_t>(m_buffers.size());
        m_buffers.push_back({0, 1});
    }
    Change change;
    for (std::size_t i = 0; i < op.inputs.size(); ++i)
        if (op.inputs[i].requiresGradient)
            addGradient(op, i, change);
    if (!op.inputs.empty() && op.inputs.front().requiresGradient) // the weight is one of its factors
        change.transient += m_liveness.scratch(call);
    peak = std::max(peak, live + change.added + change.transient);
    const std::int32_t spent = std::exchange(at(m_gradient, op.output.storage), -1);
    if (--at(m_buffers, spent).references == 0)
        change.released += at(m_buffers, spent).bytes;
    return live + change.added - change.released - freedBy(call, outer);
}

void Backward::addGradient(const Op& op, std::size_t input, Change& change)
{
    const Operand& operand = op.inputs[input];
    if (operand.isParameter) {
        addParameterGradient(op, operand, change);
        return;
    }
    if (passesGradientOn(op, input)) {
        const std::int32_t buffer = at(m_gradient, op.output.storage);
        ++at(m_buffers, buffer).references;
        accumulate(operand.storage, buffer, change);
        return;
    }
    const Count bytes = std::min(m_liveness.bytes(operand.storage), m_liveness.bytesOf(operand));
    m_buffers.push_back({bytes, 1});
    change.added += bytes;
    accumulate(operand.storage, static_cast<std::int32_t>(m_buffers.size()) - 1, change);
}

/// Parameters of one tied group share a gradient; a second contribution exists beside it until it is added.
void Backward::addParameterGradient(const Op& op, const Operand& operand, Change& change)
{
    const Count bytes = m_liveness.bytes(operand.storage);
    const OpGroup group = groupOf(op.kind);
    const bool isBroadcast = group == OpGroup::Multiplication || group == OpGroup::Addition;
    if (isBroadcast && operand.shape.elements() < op.output.shape.elements())
        change.transient += m_liveness.bytesOf(op.output);
    std::int32_t& known = gradientOf(operand.storage);
    if (known >= 0) {
        change.transient += bytes;
        return;
    }
    known = static_cast<std::int32_t>(m_buffers.size());
    const Count kept = m_gradients.appear ? Count(bytes.value() / m_gradients.sharers) : Count(0);
    m_buffers.push_back({kept, 1});
    change.added += kept;
    m_gradientBytes += kept;
}

/// Where a parameter's gradient is kept: with the first parameter of its tied group that had one.
std::int32_t& Backward::gradientOf(std::int32_t storage)
{
    const std::int32_t group = at(m_trace.storages, storage).tieGroup;
    if (group < 0)
        return at(m_gradient, storage);
    if (static_cast<std::size_t>(group) >= m_tiedGradient.size())
        m_tiedGradient.resize(static_cast<std::size_t>(group) + 1, -1);
    return at(m_tiedGradient, group);
}

/// Adds a contribution. Two are summed into one that nobody shares; two slices of one tensor are joined.
void Backward::accumulate(std::int32_t storage, std::int32_t buffer, Change& change)
{
    std::int32_t& held = at(m_gradient, storage);
    if (held < 0 || held == buffer) {
        if (held == buffer)
            --at(m_buffers, buffer).references;
        held = buffer;
        return;
    }
    Buffer& old = at(m_buffers, held);
    Buffer& added = at(m_buffers, buffer);
    if (old.references == 1 && added.references == 1 &&
        old.bytes + added.bytes <= m_liveness.bytes(storage)) {
        old.bytes += added.bytes;
        return;
    }
    if (old.references > 1 && added.references == 1) {
        --old.references;
        held = buffer;
        return;
    }
    if (--added.references == 0)
        change.released += added.bytes;
    if (old.references > 1) { // both are shared: the sum is new
        --old.references;
        held = static_cast<std::int32_t>(m_buffers.size());
        change.added += m_liveness.bytes(storage);
        m_buffers.push_back({m_liveness.bytes(storage), 1});
    }
}

Count Backward::freedBy(std::int32_t call, std::int32_t outer)
{
    const KeptForBackward& kept = m_recomputed ? m_kept.blocks : m_kept.forward;
    Count sum = at(kept.extraBytes, call);
    const Saved saved = savedBy(at(m_trace.ops, call));
    std::span<const std::int32_t> storages = saved.storages();
    for (std::size_t i = 0; i < storages.size(); ++i) {
        const std::int32_t storage = storages[i];
        const Storage& memory = at(m_trace.storages, storage);
        const bool isListed = std::ranges::find(storages.first(i), storage) != storages.first(i).end();
        if (at(kept.firstKeeper, storage) != call || isListed || memory.kind != Storage::Kind::Result ||
            memory.died == Storage::forever)
            continue;
        if (outer >= 0 && !isMadeIn(m_trace, at(m_trace.blocks, outer), storage))
            m_deferred.push_back(storage);
        else
            sum += m_liveness.bytes(storage);
    }
    return sum;
}

} // namespace sunflop
