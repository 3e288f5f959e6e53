// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/liveness.h"

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

template<typename Items>
auto& at(Items& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

} // namespace

bool isMadeIn(const Trace& trace, const Block& block, std::int32_t storage)
{
    const Storage& memory = at(trace.storages, storage);
    return block.first <= memory.born && memory.born < block.end && block.module <= memory.module &&
           memory.module < at(trace.modules, block.module).end;
}

Count keptCopies(const Trace& trace, std::int32_t storage, std::int32_t keeper)
{
    Count product = 1;
    for (const Block& block : trace.blocks)
        if (isMadeIn(trace, block, storage) && block.first <= keeper && keeper < block.end)
            product *= at(trace.modules, block.module).repeat;
    return product;
}

Liveness::Liveness(const Trace& trace, std::int32_t phase, const LivenessOptions& options)
    : m_trace(trace), m_options(options), m_step(at(trace.phases, phase).steps - 1)
{
    const auto first = std::ranges::lower_bound(trace.ops, phase, {}, &Op::phase);
    const auto end = std::ranges::upper_bound(first, trace.ops.end(), phase, {}, &Op::phase);
    m_first = static_cast<std::int32_t>(first - trace.ops.begin());
    m_end = static_cast<std::int32_t>(end - trace.ops.begin());
    m_bytes.reserve(trace.storages.size());
    for (const Storage& storage : trace.storages) {
        const auto index = static_cast<std::int32_t>(m_bytes.size());
        m_bytes.push_back(blockBytes(shareOf(index, storage.bytes.at(m_step)), options.allocator));
    }
    readLifetimes();
    sortByDeath();
    m_live.resize(static_cast<std::size_t>(m_end - m_first));
}

Count Liveness::shareOf(std::int32_t storage, Count bytes) const
{
    if (m_options.shares.empty() || storage < 0 || bytes.isSaturated())
        return bytes;
    return static_cast<std::int64_t>(
        std::ceil(static_cast<double>(bytes.value()) * at(m_options.shares, storage)));
}

void Liveness::readLifetimes()
{
    m_died.reserve(m_trace.storages.size());
    for (const Storage& storage : m_trace.storages)
        m_died.push_back(storage.died);
    if (m_options.lifetimes != Lifetimes::Eager)
        shortenToLastUse();
    m_firstBorn.resize(m_trace.ops.size() + 2);
    for (const Storage& storage : m_trace.storages)
        ++at(m_firstBorn, storage.born + 1);
    for (std::size_t i = 1; i < m_firstBorn.size(); ++i)
        m_firstBorn[i] += m_firstBorn[i - 1];
}

void Liveness::shortenToLastUse()
{
    std::vector<std::int32_t> last(m_died.size(), -1);
    for (std::int32_t call = m_first; call < m_end; ++call) {
        const Op& op = at(m_trace.ops, call);
        at(last, op.output.storage) = call;
        for (const Operand& input : op.inputs)
            if (input.storage >= 0)
                at(last, input.storage) = call;
    }
    for (const Block& block : m_trace.blocks) // what is handed on is read by the next pass
        if (block.carried >= 0 && at(last, block.carried) >= 0)
            at(last, block.carried) = std::max(at(last, block.carried), block.first);
    for (std::size_t i = 0; i < last.size(); ++i)
        if (last[i] >= 0 && m_died[i] <= m_end &&
            !m_trace.storages[i].isCache) // what outlives it is a result
            m_died[i] = std::min(m_died[i], last[i] + 1);
}

void Liveness::sortByDeath()
{
    m_firstDead.assign(m_trace.ops.size() + 2, 0);
    const auto ends = [&](std::size_t storage) {
        return m_trace.storages[storage].kind != Storage::Kind::Parameter &&
               m_died[storage] <= static_cast<std::int32_t>(m_trace.ops.size());
    };
    for (std::size_t i = 0; i < m_died.size(); ++i)
        if (ends(i))
            ++at(m_firstDead, m_died[i] + 1);
    for (std::size_t i = 1; i < m_firstDead.size(); ++i)
        m_firstDead[i] += m_firstDead[i - 1];
    m_deaths.resize(static_cast<std::size_t>(m_firstDead.back()));
    std::vector<std::int32_t> next = m_firstDead;
    for (std::size_t i = 0; i < m_died.size(); ++i)
        if (ends(i))
            at(m_deaths, at(next, m_died[i])++) = static_cast<std::int32_t>(i);
}

Count Liveness::passes(std::int32_t call) const
{
    Count product = 1;
    for (const Block& block : m_trace.blocks)
        if (block.first <= call && call < block.end)
            product *= at(m_trace.modules, block.module).repeat;
    return product;
}

Count Liveness::cachedBytes() const
{
    Count sum;
    for (std::int32_t i = at(m_firstBorn, m_first); i < at(m_firstBorn, m_end); ++i)
        if (at(m_trace.storages, i).kind == Storage::Kind::Cached)
            sum += bytes(i) * passes(at(m_trace.storages, i).born);
    return sum;
}

Count Liveness::walk(const KeptForBackward* kept)
{
    m_kept = kept;
    m_only = nullptr;
    const auto before = [](const Block& block, std::int32_t call) { return block.first < call; };
    const auto first = std::lower_bound(m_trace.blocks.begin(), m_trace.blocks.end(), m_first, before);
    auto block = static_cast<std::size_t>(first - m_trace.blocks.begin());
    return walkCalls(m_first, m_end, block, cachedBytes());
}

Count Liveness::walkBlock(std::size_t block, Count live, const KeptForBackward& kept)
{
    m_kept = &kept;
    m_only = &m_trace.blocks[block];
    std::size_t next = block + 1;
    return walkCalls(m_only->first, m_only->end, next, live);
}

Count Liveness::walkCalls(std::int32_t first, std::int32_t end, std::size_t& block, Count live)
{
    for (std::int32_t call = first; call < end;) {
        if (block == m_trace.blocks.size() || m_trace.blocks[block].first != call ||
            m_trace.blocks[block].end <= call) {
            live = callBytes(call++, live);
            continue;
        }
        const Block& inner = m_trace.blocks[block++];
        if (at(m_trace.modules, inner.module).repeat == 0) { // another device's
            std::fill(m_live.begin() + (inner.first - m_first), m_live.begin() + (inner.end - m_first), live);
            while (block < m_trace.blocks.size() && m_trace.blocks[block].first < inner.end)
                ++block;
            call = inner.end;
            continue;
        }
        const Count start = live + (inner.carried != inner.handed ? bytes(inner.carried) : Count(0));
        live = walkCalls(inner.first, inner.end, block, live);
        const Count left = (live - start) * (at(m_trace.modules, inner.module).repeat - 1);
        if (left > Count(0))
            for (std::int32_t i = inner.first; i < inner.end; ++i)
                at(m_live, i - m_first) += left;
        live += left;
        call = inner.end;
    }
    return live;
}

Count Liveness::callBytes(std::int32_t call, Count live)
{
    const Op& op = at(m_trace.ops, call);
    for (std::int32_t i = at(m_firstBorn, call); i < at(m_firstBorn, call + 1); ++i) {
        const Storage& storage = at(m_trace.storages, i);
        if (storage.kind == Storage::Kind::Result && at(m_died, i) > call && isInside(i))
            live += bytes(i);
    }
    if (m_kept != nullptr)
        live += at(m_kept->extraBytes, call);
    // What is taken over ends with the call: only while it runs do two tensors share it.
    at(m_live, call - m_first) =
        scratch(call) + (m_options.lifetimes == Lifetimes::InPlace ? live - reusedBytes(op, call) : live);
    return live - freedAfter(call);
}

bool Liveness::isInside(std::int32_t storage) const
{
    if (m_only == nullptr)
        return true;
    const std::int32_t module = at(m_trace.storages, storage).module;
    return storage != m_only->carried && m_only->module <= module &&
           module < at(m_trace.modules, m_only->module).end;
}

Count Liveness::reusedBytes(const Op& op, std::int32_t call) const
{
    if (!isElementwise(op.kind) || op.kind == OpKind::Copy) // copies are there to move elements
        return 0;
    for (const Operand& input : op.inputs)
        if (input.storage >= 0 && !input.isParameter && at(m_died, input.storage) == call + 1 &&
            at(m_trace.storages, input.storage).kind == Storage::Kind::Result &&
            bytes(input.storage) == bytes(op.output.storage))
            return bytes(op.output.storage);
    return 0;
}

Count Liveness::freedAfter(std::int32_t call) const
{
    Count sum;
    for (std::int32_t i = at(m_firstDead, call + 1); i < at(m_firstDead, call + 2); ++i) {
        const std::int32_t storage = at(m_deaths, i);
        const Storage& memory = at(m_trace.storages, storage);
        const bool isOurs = memory.kind == Storage::Kind::Result || memory.kind == Storage::Kind::Cached;
        const bool isKept = m_kept != nullptr && at(m_kept->firstKeeper, storage) != KeptForBackward::never;
        if (isOurs && !isKept && memory.born < memory.died && memory.born >= m_first && isInside(storage))
            sum += bytes(storage) * copiesAfter(storage, call + 1);
    }
    return sum;
}

Count Liveness::copiesAfter(std::int32_t storage, std::int32_t call) const
{
    Count copies = 1;
    for (const Block& block : m_trace.blocks) {
        const bool isTakenOver = storage == block.carried || (storage == block.result && takesOver(block));
        if (isMadeIn(m_trace, block, storage) && block.end < call && !isTakenOver)
            copies *= at(m_trace.modules, block.module).repeat;
    }
    return copies;
}

std::int32_t Liveness::peakCall() const
{
    if (m_live.empty())
        return -1;
    return m_first + static_cast<std::int32_t>(std::ranges::max_element(m_live) - m_live.begin());
}

} // namespace sunflop
