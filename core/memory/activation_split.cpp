// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/activation_split.h"

#include <algorithm>

namespace sunflop {

namespace {

/// How a storage is cut: not by tensors, by whole key heads, or evenly.
enum class Cut : std::uint8_t { None, KeyHeads, Even };

/// Walks the calls in their order and cuts what each makes.
class Splitter {
public:
    Splitter(const Trace& trace, const ParallelPlan& plan)
        : m_trace(trace), m_plan(plan), m_shares(activationShares(plan)), m_headDim(headDim(trace)),
          m_cuts(trace.storages.size(), Cut::None), m_split(trace.storages.size(), m_shares.common),
          m_weights(trace.storages.size(), nullptr)
    {
        std::size_t parameter = 0; // their storages stand in the same order
        for (std::size_t i = 0; i < trace.storages.size(); ++i)
            if (trace.storages[i].kind == Storage::Kind::Parameter)
                m_weights[i] = &trace.parameters[parameter++];
    }

    std::vector<double> run()
    {
        for (std::size_t i = 0; i < m_trace.storages.size(); ++i)
            cutCache(i);
        for (const Op& op : m_trace.ops)
            cutResult(op);
        return std::move(m_split);
    }

private:
    void cut(std::size_t storage, Cut cut, double share)
    {
        m_cuts[storage] = cut;
        m_split[storage] = share;
    }
    void cutCache(std::size_t storage);
    void cutResult(const Op& op);
    const Parameter* weightOf(const Op& op) const;

    const Trace& m_trace;
    const ParallelPlan& m_plan;
    ActivationShares m_shares;
    std::int64_t m_headDim;
    std::vector<Cut> m_cuts;                 ///< by storage
    std::vector<double> m_split;             ///< by storage
    std::vector<const Parameter*> m_weights; ///< by storage; null: it is none
};

/// Keys and values that the run finds, and copies of them in another dtype, have no call that makes them.
void Splitter::cutCache(std::size_t storage)
{
    const Storage& memory = m_trace.storages[storage];
    const auto entry = std::ranges::find(m_trace.caches, memory.module, &CacheEntry::module);
    if ((memory.kind != Storage::Kind::Cached && !memory.isCache) || entry == m_trace.caches.end() ||
        entry->heads == 1)
        return;
    const std::int64_t heads = kvHeadsPerDevice(entry->heads, m_plan.tensor);
    cut(storage, Cut::KeyHeads,
        static_cast<double>(heads) / static_cast<double>(entry->heads * m_plan.context));
}

/// The weight of a linear layer; null where the call is none, or multiplies by what it was given.
const Parameter* Splitter::weightOf(const Op& op) const
{
    const bool hasWeight = groupOf(op.kind) == OpGroup::Linear && op.inputs[1].storage >= 0;
    return hasWeight ? m_weights[static_cast<std::size_t>(op.inputs[1].storage)] : nullptr;
}

void Splitter::cutResult(const Op& op)
{
    const auto output = static_cast<std::size_t>(op.output.storage);
    const Parameter* const weight = weightOf(op);
    const TensorCut cutAs = weight != nullptr ? tensorCut(m_trace, *weight) : TensorCut::None;
    if (cutAs == TensorCut::Columns)
        return; // summed up
    if (cutAs != TensorCut::None) {
        const Shape shard = tensorShard(m_trace, *weight, m_plan.tensor, m_headDim);
        const double rows = static_cast<double>(shard[0]) / static_cast<double>(weight->shape[0]);
        return cut(output, cutAs == TensorCut::KeyHeads ? Cut::KeyHeads : Cut::Even,
                   rows / static_cast<double>(m_plan.context));
    }
    for (const Operand& input : op.inputs) {
        if (input.storage < 0 || input.isParameter)
            continue;
        const auto storage = static_cast<std::size_t>(input.storage);
        // Key heads that are repeated, or met by queries, are as many as the device has query heads.
        const bool isRepeated =
            op.kind == OpKind::Copy && op.output.shape.elements() > input.shape.elements();
        if (m_cuts[storage] == Cut::Even || (m_cuts[storage] == Cut::KeyHeads && isRepeated))
            return cut(output, Cut::Even, m_shares.split);
        if (m_cuts[storage] == Cut::KeyHeads)
            cut(output, Cut::KeyHeads, m_split[storage]);
    }
}

} // namespace

std::vector<double> activationSplit(const Trace& trace, const ParallelPlan& plan)
{
    if (plan.tensor == 1 && plan.context == 1)
        return {};
    return Splitter(trace, plan).run();
}

Count bytesOnDevice(const CacheEntry& cache, const ParallelPlan& plan)
{
    if (cache.elements.isSaturated())
        return cache.elements;
    const std::int64_t heads = kvHeadsPerDevice(cache.heads, plan.tensor);
    const std::int64_t held = cache.elements.value() / cache.heads * heads;
    return byteSize({(held + plan.context - 1) / plan.context}, cache.dtype);
}

} // namespace sunflop
