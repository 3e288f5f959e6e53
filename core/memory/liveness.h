// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Live bytes along the operators of a forward: what eager PyTorch, or a graph executor, holds at each of
/// them.

#include "core/memory/allocator.h"
#include "core/model/trace.h"
#include "core/model/workload.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace sunflop {

/// Whether a storage is made by what `block` stands for: once more in every pass.
bool isMadeIn(const Trace& trace, const Block& block, std::int32_t storage);

/// How often the pair of a storage and the call that keeps it for its backward exists. A call behind a block
/// keeps the last pass's.
Count keptCopies(const Trace& trace, std::int32_t storage, std::int32_t keeper);

/// What decides the bytes of a forward.
struct LivenessOptions {
    Lifetimes lifetimes = Lifetimes::Eager;
    Allocator allocator = Allocator::Caching;
    std::vector<double> shares; ///< by storage: the part of it that this device holds, 0..1; empty: all
    std::vector<Count> scratch; ///< by call: bytes that it takes only while it runs; empty: none
};

/// Which calls keep what for a backward; by storage and call.
struct KeptForBackward {
    static constexpr std::int32_t never = std::numeric_limits<std::int32_t>::max();

    /// First call that keeps the storage: when its backward has run, nothing keeps it any more. never: no
    /// call.
    std::vector<std::int32_t> firstKeeper;
    /// What a call keeps besides storages.
    std::vector<Count> extraBytes;
};

/// Walks the calls of one phase, at its last step. A block that stands for several passes is walked once:
/// what one pass leaves behind is there once more for every pass before the last. Exact, and linear in the
/// calls.
class Liveness {
public:
    /// `phase` is an index into Trace::phases. The trace must outlive this.
    Liveness(const Trace& trace, std::int32_t phase, const LivenessOptions& options);

    /// Live bytes of all storages that the phase finds or makes, parameters and what the caller gave left
    /// out; returns what is left at the end. `kept` may be null; it must outlive the walk.
    Count walk(const KeptForBackward* kept);
    /// The same for one block alone, starting from `live` bytes that hold its `carried` memory.
    Count walkBlock(std::size_t block, Count live, const KeptForBackward& kept);

    /// By call of the phase (index in Trace::ops minus firstCall()): bytes while it runs, in the last pass.
    const std::vector<Count>& liveBytes() const { return m_live; }
    std::int32_t firstCall() const { return m_first; }
    std::int32_t endCall() const { return m_end; }
    /// Call with the most live bytes; -1 in a phase without calls.
    std::int32_t peakCall() const;

    /// Bytes of a storage as the allocator sees them.
    Count bytes(std::int32_t storage) const { return m_bytes[static_cast<std::size_t>(storage)]; }
    /// Bytes of what a call sees of a storage.
    Count bytesOf(const Operand& operand) const
    {
        const Count bytes = byteSize(operand.shape.at(m_step), operand.dtype);
        return blockBytes(shareOf(operand.storage, bytes), m_options.allocator);
    }
    /// Bytes that a call takes only while it runs, or while its backward does.
    Count scratch(std::int32_t call) const
    {
        return m_options.scratch.empty() ? Count(0) : m_options.scratch[static_cast<std::size_t>(call)];
    }
    /// What this device holds of `bytes` that belong to a storage.
    Count shareOf(std::int32_t storage, Count bytes) const;
    /// First call that no longer finds the storage.
    std::int32_t died(std::int32_t storage) const { return m_died[static_cast<std::size_t>(storage)]; }
    /// How many of a storage there are once `call` is reached: one for every pass of the blocks around it
    /// that have ended, unless the next pass took it over.
    Count copiesAfter(std::int32_t storage, std::int32_t call) const;
    /// Whether what a pass is handed ends with the pass: then there is one such tensor, however many passes.
    bool takesOver(const Block& block) const
    {
        return block.carried >= 0 && died(block.carried) <= block.end;
    }
    /// Passes that leave a storage of this call behind: Module::repeat of all blocks around it.
    Count passes(std::int32_t call) const;

private:
    void readLifetimes();
    void shortenToLastUse();
    void sortByDeath();
    Count cachedBytes() const;
    Count walkCalls(std::int32_t first, std::int32_t end, std::size_t& block, Count live);
    Count callBytes(std::int32_t call, Count live);
    Count reusedBytes(const Op& op, std::int32_t call) const;
    Count freedAfter(std::int32_t call) const;
    bool isInside(std::int32_t storage) const;

    const Trace& m_trace;
    LivenessOptions m_options;
    std::int32_t m_first = 0;
    std::int32_t m_end = 0;
    std::int64_t m_step = 0;
    std::vector<Count> m_bytes;            ///< by storage
    std::vector<std::int32_t> m_died;      ///< by storage
    std::vector<std::int32_t> m_firstBorn; ///< by call, one more at the end: storages are in order of birth
    std::vector<std::int32_t> m_firstDead; ///< by call, one more at the end: ranges of m_deaths
    std::vector<std::int32_t> m_deaths;    ///< storages by the call after which they end
    std::vector<Count> m_live;
    const KeptForBackward* m_kept = nullptr;
    const Block* m_only = nullptr; ///< the block that is walked alone
};

} // namespace sunflop
