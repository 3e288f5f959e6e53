// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/peak_owners.h"

#include "core/model/held.h"

#include <algorithm>

namespace sunflop {

namespace {

template<typename Items>
decltype(auto) at(Items& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

/// Passes of the blocks around a storage that left theirs behind when `call` runs, and whether the recorded
/// pass has its own.
Count copiesAt(const Trace& trace, const Liveness& liveness, std::int32_t storage, std::int32_t call,
               bool isKept)
{
    const Storage& memory = at(trace.storages, storage);
    const std::int32_t died = liveness.died(storage);
    const bool isLive = memory.born <= call && (died > call || isKept);
    if (died <= call && !isKept)
        return 0;
    Count earlier = 0;
    for (const Block& block : trace.blocks) {
        if (!isMadeIn(trace, block, storage) || call < block.first)
            continue;
        const bool isTakenOver =
            storage == block.carried || (storage == block.result && liveness.takesOver(block));
        if (isKept ? storage != block.result : died > block.end && !isTakenOver)
            earlier += at(trace.modules, block.module).repeat - 1;
    }
    return earlier + Count(isLive ? 1 : 0);
}

/// How many of a cached storage `call` still finds: they were there before the phase, and every pass lets go
/// of its own.
Count cachedAt(const Trace& trace, const Liveness& liveness, std::int32_t storage, std::int32_t call)
{
    Count copies = liveness.died(storage) > call ? 1 : 0;
    for (const Block& block : trace.blocks)
        if (isMadeIn(trace, block, storage) && call < block.first)
            copies *= at(trace.modules, block.module).repeat;
    return copies;
}

} // namespace

Count ownersAt(const Trace& trace, const Liveness& liveness, std::int32_t call, const KeptForBackward* kept,
               std::vector<Count>& owned)
{
    Count cache;
    if (call < 0)
        return cache;
    at(owned, at(trace.ops, call).module) += liveness.scratch(call);
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(trace.storages.size()); ++i) {
        const Storage& memory = at(trace.storages, i);
        const bool isPhase = memory.born >= liveness.firstCall() && memory.born < liveness.endCall();
        if (!isPhase || (memory.kind != Storage::Kind::Result && memory.kind != Storage::Kind::Cached))
            continue;
        const bool isKept = kept != nullptr && at(kept->firstKeeper, i) != KeptForBackward::never;
        Count copies = copiesAt(trace, liveness, i, call, isKept);
        if (memory.kind == Storage::Kind::Cached)
            copies = cachedAt(trace, liveness, i, call);
        const Count bytes = liveness.bytes(i) * copies;
        at(owned, memory.module) += bytes;
        if (memory.isCache || memory.kind == Storage::Kind::Cached)
            cache += bytes;
    }
    if (kept != nullptr)
        for (std::int32_t i = liveness.firstCall(); i <= call; ++i)
            at(owned, at(trace.ops, i).module) += at(kept->extraBytes, i) * liveness.passes(i);
    return cache;
}

void keptAt(const Trace& trace, const Liveness& liveness, std::int32_t call, const KeptForBackward& kept,
            std::vector<Count>& owned)
{
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(trace.storages.size()); ++i)
        if (at(kept.firstKeeper, i) <= call && at(trace.storages, i).kind == Storage::Kind::Result)
            at(owned, at(trace.storages, i).module) +=
                liveness.bytes(i) * keptCopies(trace, i, at(kept.firstKeeper, i));
    for (std::int32_t i = liveness.firstCall(); i <= call; ++i)
        at(owned, at(trace.ops, i).module) += at(kept.extraBytes, i) * liveness.passes(i);
}

void savedByModule(const Trace& trace, const KeptForBackward& kept, std::vector<ModuleMemory>& modules)
{
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(trace.storages.size()); ++i) {
        const Storage& memory = at(trace.storages, i);
        const std::int32_t keeper = at(kept.firstKeeper, i);
        if (keeper == KeptForBackward::never || memory.kind == Storage::Kind::Parameter)
            continue;
        at(modules, memory.module).saved += Count(memory.bytes.size) * keptCopies(trace, i, keeper);
    }
    for (std::size_t i = 0; i < kept.extraBytes.size(); ++i)
        if (kept.extraBytes[i] > Count(0))
            at(modules, trace.ops[i].module).saved +=
                kept.extraBytes[i] * instancesOf(trace, trace.ops[i].module);
}

} // namespace sunflop
