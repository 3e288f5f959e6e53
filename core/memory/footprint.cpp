// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/footprint.h"

#include "core/memory/activation_split.h"
#include "core/memory/backward.h"
#include "core/memory/cache_policy.h"
#include "core/memory/expanded_weights.h"
#include "core/memory/peak_owners.h"
#include "core/memory/resident.h"
#include "core/model/held.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace sunflop {

namespace {

template<typename Items>
decltype(auto) at(Items& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

/// A run that computes gradients, on one device.
struct Training {
    Liveness liveness;
    std::vector<bool> hasGradient; ///< by call
    bool recomputes = false;       ///< layers run again in the backward
    Count buckets;                 ///< gradients that have their memory in advance
    Kept kept = {};
    Count fixed = {};       ///< what lives from the first call to the last
    Count base = {};        ///< with the weights of the layers that run
    MemoryParts parts = {}; ///< of the stage that runs
};

/// Builds a footprint stage by stage.
class Account {
public:
    /// `resident` is of the whole model, `trace` of what this device runs.
    Account(const Trace& trace, const Workload& workload, const MemoryPlan& plan, Resident resident)
        : m_trace(trace), m_workload(workload), m_plan(plan), m_parallel(parallelPlan(workload)),
          m_resident(std::move(resident)), m_options{.lifetimes = workload.lifetimes,
                                                     .allocator = plan.allocator,
                                                     .shares = activationSplit(trace, m_parallel),
                                                     .scratch = expandedWeights(trace, workload)}
    {}

    Footprint run()
    {
        if (m_workload.mode == Mode::Training)
            train();
        else
            infer();
        m_footprint.parts.workspace = m_plan.workspaceBytes;
        m_footprint.parts.context = m_plan.contextBytes;
        if (m_parallel.devices() > 1)
            m_footprint.parts.context += m_plan.collectiveBytes;
        m_footprint.reserved = reservedBytes(m_footprint.peak());
        describeModules();
        return std::move(m_footprint);
    }

private:
    void infer();
    void inferPhase(std::int32_t phase);
    Count cacheExtra() const;
    void train();
    Count forward(Training& run);
    Count backward(Training& run, Count left);
    void step(const Training& run, Count gradients);
    void addStage(Stage stage, const Liveness& liveness, const std::vector<Count>& live, Count base,
                  Count end);
    void takePeak(const StagePeak& stage, const MemoryParts& parts);
    void describeModules();

    const Trace& m_trace;
    const Workload& m_workload;
    const MemoryPlan& m_plan;
    ParallelPlan m_parallel;
    Resident m_resident;
    LivenessOptions m_options;
    Footprint m_footprint;
    std::vector<Count> m_owned;            ///< by module: what it made itself and lives at the peak
    std::optional<KeptForBackward> m_kept; ///< training: what is kept for the backward
    Count m_largest = -1;
};

/// Timeline and peak of a stage from its live bytes by call; the backward runs from the last call to the
/// first.
void Account::addStage(Stage stage, const Liveness& liveness, const std::vector<Count>& live, Count base,
                       Count end)
{
    StagePeak entry{.stage = stage, .start = base, .peak = base, .end = end};
    const std::int32_t count = liveness.endCall() - liveness.firstCall();
    m_footprint.timeline.reserve(m_footprint.timeline.size() + live.size());
    for (std::int32_t i = 0; i < count; ++i) {
        const std::int32_t place = stage == Stage::Backward ? count - 1 - i : i;
        const LivePoint point{stage, liveness.firstCall() + place, base + at(live, place)};
        m_footprint.timeline.push_back(point);
        if (point.bytes > entry.peak) {
            entry.peak = point.bytes;
            entry.peakCall = point.call;
        }
    }
    m_footprint.stages.push_back(entry);
}

void Account::takePeak(const StagePeak& stage, const MemoryParts& parts)
{
    if (stage.peak <= m_largest)
        return;
    m_largest = stage.peak;
    m_footprint.peakStage = m_footprint.stages.size() - 1;
    m_footprint.parts = parts;
}

/// What an allocation policy adds to a cache that grows token by token.
Count Account::cacheExtra() const
{
    if (m_workload.kvCache != KvCache::Static && m_workload.kvCache != KvCache::Paged)
        return 0;
    const std::int64_t tokens = m_workload.cachedTokens + m_trace.run.promptTokens + m_trace.run.decodeSteps;
    std::vector<LayerState> layers = layerStates(m_trace, m_workload.batch, tokens);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::int64_t heads = m_trace.caches[i].heads;
        layers[i].perToken = layers[i].perToken / heads * kvHeadsPerDevice(heads, m_parallel.tensor);
    }
    const CacheLoad load{.sequences = m_workload.batch,
                         .tokens = (tokens + m_parallel.context - 1) / m_parallel.context,
                         .format = CacheFormat::of(m_workload.kvDType)};
    const CachePolicy grown{};
    const CachePolicy policy = m_workload.kvCache == KvCache::Static
                                   ? CachePolicy{.kind = CachePolicyKind::Static, .capacity = tokens}
                                   : CachePolicy{.kind = CachePolicyKind::Paged};
    return cacheBytes(layers, load, policy).held - cacheBytes(layers, load, grown).held;
}

void Account::inferPhase(std::int32_t phase)
{
    Liveness liveness(m_trace, phase, m_options);
    const Count left = liveness.walk(nullptr);
    const Count weights = m_resident.weights();
    const Count extra = cacheExtra();
    const bool isDecode = at(m_trace.phases, phase).kind == Phase::Kind::Decode;
    const Count base = weights + m_resident.rounding + m_plan.workspaceBytes + extra;
    addStage(isDecode ? Stage::Decode : Stage::Prefill, liveness, liveness.liveBytes(), base, base + left);
    m_footprint.held = left + extra;
    const StagePeak& stage = m_footprint.stages.back();
    if (stage.peak <= m_largest)
        return;
    MemoryParts parts{.weights = weights, .rounding = m_resident.rounding};
    m_owned.assign(m_trace.modules.size(), 0);
    parts.cache = extra + ownersAt(m_trace, liveness, stage.peakCall, nullptr, m_owned);
    parts.activations = stage.peak - base - (parts.cache - extra);
    takePeak(stage, parts);
}

void Account::infer()
{
    for (std::size_t phase = 0; phase < m_trace.phases.size(); ++phase)
        inferPhase(static_cast<std::int32_t>(phase));
}

void Account::train()
{
    Training run{.liveness = Liveness(m_trace, 0, m_options),
                 .hasGradient = callsWithGradient(m_trace, 0),
                 .recomputes = m_workload.checkpointing == Checkpointing::Layers,
                 .buckets = m_resident.states.gradients * m_resident.gradientCopies};
    run.kept = keptForBackward(m_trace, run.liveness, run.hasGradient, run.recomputes);
    run.fixed = m_resident.weights() + m_resident.rounding + m_resident.states.optimizer +
                m_plan.workspaceBytes + run.buckets;
    run.base = run.fixed + m_resident.gatheredWeights;
    run.parts = {.weights = m_resident.weights() + m_resident.gatheredWeights,
                 .rounding = m_resident.rounding,
                 .gradients = run.buckets,
                 .optimizer = m_resident.states.optimizer};
    m_footprint.saved = run.kept.bytes;
    step(run, backward(run, forward(run)));
    m_kept = run.kept.forward;
}

/// Bytes of activations that are left for the backward.
Count Account::forward(Training& run)
{
    const Count left = run.liveness.walk(&run.kept.forward);
    addStage(Stage::Forward, run.liveness, run.liveness.liveBytes(), run.base, run.base + left);
    StagePeak& stage = m_footprint.stages.back();
    stage.start = run.fixed; // layers are gathered as they run
    m_owned.assign(m_trace.modules.size(), 0);
    ownersAt(m_trace, run.liveness, stage.peakCall, &run.kept.forward, m_owned);
    run.parts.activations = stage.peak - run.base;
    takePeak(stage, run.parts);
    return left;
}

/// Bytes of the gradients that it made.
Count Account::backward(Training& run, Count left)
{
    const GradientMemory gradients{.sharers = m_resident.gradientSharers,
                                   .appear = m_resident.gradientsAppear};
    Backward backward(m_trace, run.liveness, run.kept, run.hasGradient, run.recomputes, gradients);
    backward.walk(left);
    const Count reduced = m_resident.gatheredGradients;
    addStage(Stage::Backward, run.liveness, backward.liveBytes(), run.base + reduced,
             run.fixed + backward.gradientBytes());
    const StagePeak& stage = m_footprint.stages.back();
    const Count made = stage.peakCall >= 0
                           ? at(backward.gradientBytesAt(), stage.peakCall - run.liveness.firstCall())
                           : Count(0);
    run.parts.gradients = run.buckets + made + reduced;
    run.parts.activations = stage.peak - run.base - reduced - made;
    if (stage.peak > m_largest) {
        m_owned.assign(m_trace.modules.size(), 0);
        keptAt(m_trace, run.liveness, stage.peakCall, run.kept.forward, m_owned);
        // The rest are gradients of activations, and layers that were computed again.
        const Count known = std::accumulate(m_owned.begin(), m_owned.end(), Count(0));
        if (stage.peakCall >= 0 && run.parts.activations > known)
            at(m_owned, at(m_trace.ops, stage.peakCall).module) += run.parts.activations - known;
    }
    takePeak(stage, run.parts);
    return backward.gradientBytes();
}

void Account::step(const Training& run, Count gradients)
{
    const Count base = run.fixed + gradients;
    const Count peak = base + m_resident.stepTransient;
    m_footprint.stages.push_back({.stage = Stage::Step, .start = base, .peak = peak, .end = run.fixed});
    m_footprint.timeline.push_back({Stage::Step, -1, peak});
    if (peak > m_largest)
        m_owned.assign(m_trace.modules.size(), 0);
    takePeak(m_footprint.stages.back(),
             {.weights = m_resident.weights(),
              .rounding = m_resident.rounding,
              .gradients = run.buckets + gradients,
              .optimizer = m_resident.states.optimizer + m_resident.stepTransient});
}

void Account::describeModules()
{
    std::vector<ModuleMemory>& modules = m_footprint.modules;
    modules.resize(m_trace.modules.size());
    for (const CacheEntry& entry : m_trace.caches)
        at(modules, entry.module).cache +=
            bytesOnDevice(entry, m_parallel) * instancesOf(m_trace, entry.module);
    if (m_kept)
        savedByModule(m_trace, *m_kept, modules);
    for (std::size_t id = 0; id < modules.size(); ++id) {
        modules[id].atPeak = m_owned.empty() ? Count(0) : m_owned[id];
        if (m_owned.size() > id && m_owned[id] > Count(0))
            m_footprint.owners.push_back({static_cast<std::int32_t>(id), m_owned[id]});
    }
    std::ranges::stable_sort(m_footprint.owners, std::greater(), &PeakOwner::bytes);
    for (std::size_t id = modules.size(); id-- > 1;) {
        ModuleMemory& parent = at(modules, m_trace.modules[id].parent);
        parent.cache += modules[id].cache;
        parent.saved += modules[id].saved;
        parent.atPeak += modules[id].atPeak;
    }
    for (std::size_t id = 0; id < modules.size(); ++id) {
        const StateParts& states = m_resident.modules[id];
        modules[id].weights = states.weights + states.frozen + states.masters;
        modules[id].gradients = m_workload.mode == Mode::Training ? states.gradients : Count(0);
        modules[id].optimizer = m_workload.mode == Mode::Training ? states.optimizer : Count(0);
        modules[id].atPeak += modules[id].weights + modules[id].optimizer;
    }
}

} // namespace

std::string_view stageName(Stage stage)
{
    switch (stage) {
    case Stage::Prefill: return "prefill";
    case Stage::Decode: return "decode";
    case Stage::Forward: return "forward";
    case Stage::Backward: return "backward";
    case Stage::Step: return "step";
    }
    return {};
}

Footprint footprint(const Trace& trace, const Workload& workload, const MemoryPlan& plan)
{
    Resident held = resident(trace, workload, plan.allocator);
    const ParallelPlan parallel = parallelPlan(workload);
    // In training a stage holds several micro-batches of its layers at once, the first as many as there are
    // stages: what it keeps comes to all layers of one.
    if (workload.mode == Mode::Training || parallel.pipeline == 1)
        return Account(trace, workload, plan, std::move(held)).run();
    return Account(onStage(trace, parallel), workload, plan, std::move(held)).run();
}

} // namespace sunflop
