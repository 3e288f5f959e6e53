// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/timing.h"

#include "core/model/held.h"
#include "core/timing/kernel.h"
#include "core/timing/steps.h"

#include <algorithm>

namespace sunflop {

namespace {

double value(Count count)
{
    return static_cast<double>(count.value());
}

/// Rates that one kernel reaches.
struct Rates {
    double flopsPerSecond = 0;
    double bytesPerSecond = 0;
    double startSeconds = 0;
};

/// FLOP/s of fused attention: two products and an exponential for each score, whole tiles of scores. What the
/// scores need is taken at the first step; later ones differ by less than a tile.
double attentionRate(const Op& op, const Kernel& kernel, const Device& device, const Efficiency& efficiency)
{
    const Shape& query = op.inputs[0].shape;
    const Shape& key = op.inputs[1].shape;
    const std::int64_t width = op.inputs[2].shape.fromEnd(0).size;
    const auto whole = [&](std::int64_t tokens) {
        const std::int64_t tile = efficiency.attentionTile;
        const std::int64_t tiles = tokens / tile + (tokens % tile != 0 ? 1 : 0);
        return tokens < tile ? 1.0 : static_cast<double>(tiles * tile) / static_cast<double>(tokens);
    };
    const double waste = whole(query.fromEnd(1).size) * whole(key.fromEnd(1).size);
    const auto products = 2.0 * static_cast<double>(query.fromEnd(0).size + width);
    const double peak = efficiency.attention * device.peak(kernel.precision).flopsPerSecond;
    const double vector = device.peak(Precision::F32).flopsPerSecond;
    // The exact convention counts six operations of softmax for each score; they run in the exponential's
    // time.
    const double counted = products + 6;
    const double perScore =
        efficiency.vectorFlopsPerScore + (op.inputs.size() > 3 ? efficiency.maskFlopsPerScore : 0);
    return counted / (waste * (products / peak + perScore / vector));
}

Rates ratesOf(const Op& op, const Kernel& kernel, const Device& device, const Efficiency& efficiency)
{
    double computes = device.peak(kernel.precision).flopsPerSecond;
    if (groupOf(op.kind) == OpGroup::Attention)
        computes = attentionRate(op, kernel, device, efficiency);
    else if (kernel.isTiled && !efficiency.reachesMatmulPeak)
        computes *= device.matmulEfficiency;
    const double start = kernel.isTiled ? efficiency.tiledKernelSeconds : efficiency.kernelSeconds;
    return {.flopsPerSecond = computes,
            .bytesPerSecond = efficiency.bandwidthOf(kernel.access) * device.bandwidth,
            .startSeconds = kernel.starts ? start : 0};
}

/// What is summed while operators are visited.
class Scheduler {
public:
    Scheduler(const Trace& trace, const Device& device, const TimingPlan& plan)
        : m_trace(trace), m_device(device), m_plan(plan), m_efficiency(efficiencyOf(plan.preset)),
          m_kernels(kernels(trace, m_efficiency)), m_own(trace.modules.size()), m_calls(trace.modules.size()),
          m_instances(trace.modules.size(), 1)
    {
        for (std::size_t i = 0; i < trace.modules.size(); ++i) {
            const Module& module = trace.modules[i];
            const Count above = module.parent < 0 ? 1 : m_instances[static_cast<std::size_t>(module.parent)];
            m_instances[i] = above * module.repeat;
        }
        m_timing.preset = plan.preset;
        m_timing.callSeconds.resize(trace.ops.size());
    }

    Timing run()
    {
        std::size_t op = 0;
        for (std::size_t phase = 0; phase < m_trace.phases.size(); ++phase) {
            const std::size_t begin = op;
            while (op < m_trace.ops.size() && m_trace.ops[op].phase == static_cast<std::int32_t>(phase))
                ++op;
            m_timing.phases.push_back(forwardPhase(m_trace.phases[phase], begin, op));
        }
        if (m_plan.training)
            addTraining();
        sumUp();
        conclude();
        return std::move(m_timing);
    }

private:
    Share& own(const Op& op, Part part)
    {
        return m_own[static_cast<std::size_t>(op.module)].parts[static_cast<std::size_t>(part)];
    }
    Count instancesOf(const Op& op) const { return m_instances[static_cast<std::size_t>(op.module)]; }

    PhaseTiming forwardPhase(const Phase& phase, std::size_t begin, std::size_t end)
    {
        const Part part = phase.kind == Phase::Kind::Prefill ? Part::Prefill : Part::Decode;
        PhaseTiming timing{.kind = phase.kind, .steps = phase.steps};
        Line device; // seconds of all kernels, at the first and the last step
        for (std::size_t i = begin; i < end; ++i) {
            const Op& op = m_trace.ops[i];
            const double instances = value(instancesOf(op));
            const Rates rates = ratesOf(op, m_kernels[i], m_device, m_efficiency);
            Share share;
            const Line seconds = addForward(op, m_kernels[i], rates, phase.steps, share);
            device.first += seconds.first * instances;
            device.last += seconds.last * instances;
            keep(op, part, share, timing);
        }
        const double perStep = issue(begin, end, 1);
        timing.hostSeconds = perStep * static_cast<double>(phase.steps);
        timing.seconds = timing.deviceSeconds +
                         sumOfPositive({perStep - device.first, perStep - device.last}, phase.steps);
        idle(part, begin, end, timing.seconds - timing.deviceSeconds);
        return timing;
    }

    /// Adds an operator's steps to `share` and returns its seconds at the first and the last of them.
    Line addForward(const Op& op, const Kernel& kernel, const Rates& rates, std::int64_t steps, Share& share)
    {
        const auto demand = [&](std::int64_t step) { return forwardDemand(op, kernel, step); };
        const auto add = [&](const Stretch& stretch) {
            const Line compute{value(stretch.first.flops) / rates.flopsPerSecond,
                               value(stretch.last.flops) / rates.flopsPerSecond};
            const Line memory{value(stretch.first.bytes) / rates.bytesPerSecond,
                              value(stretch.last.bytes) / rates.bytesPerSecond};
            const Split split = splitByLarger(compute, memory, stretch.steps);
            share.computeSeconds += split.left;
            share.memorySeconds += split.right;
            share.flops += arithmeticSeries(stretch.first.flops, stretch.last.flops, stretch.steps);
            share.bytes += arithmeticSeries(stretch.first.bytes, stretch.last.bytes, stretch.steps);
            return Line{std::max(compute.first, memory.first) + rates.startSeconds,
                        std::max(compute.last, memory.last) + rates.startSeconds};
        };
        share.launchSeconds = rates.startSeconds * static_cast<double>(steps);
        if (!op.grows()) {
            const Demand each = demand(0);
            return add({each, each, steps});
        }
        Line ends;
        forStraightStretches(demand, 0, steps - 1, [&](std::int64_t first, const Stretch& stretch) {
            const Line line = add(stretch);
            ends.first = first == 0 ? line.first : ends.first;
            ends.last = line.last;
        });
        return ends;
    }

    /// Books what one instance of an operator's module takes, for all of them.
    void keep(const Op& op, Part part, Share share, PhaseTiming& timing)
    {
        const Count instances = instancesOf(op);
        share.computeSeconds *= value(instances);
        share.memorySeconds *= value(instances);
        share.launchSeconds *= value(instances);
        share.flops *= instances;
        share.bytes *= instances;
        own(op, part) += share;
        m_timing.callSeconds[static_cast<std::size_t>(&op - m_trace.ops.data())] += share.seconds();
        timing.deviceSeconds += share.seconds();
        timing.flops += share.flops;
        timing.bytes += share.bytes;
    }

    /// Counts calls of operators [begin, end), `each` a call of the forward, and returns the host's seconds.
    double issue(std::size_t begin, std::size_t end, double each)
    {
        std::ranges::fill(m_calls, 0);
        m_allCalls = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const double calls = each * value(instancesOf(m_trace.ops[i]));
            m_calls[static_cast<std::size_t>(m_trace.ops[i].module)] += calls;
            m_allCalls += calls;
        }
        return m_allCalls * m_efficiency.hostSecondsPerCall;
    }

    /// The device waits for the host while it issues operators [begin, end), which were counted last.
    void idle(Part part, std::size_t begin, std::size_t end, double seconds)
    {
        if (seconds <= 0)
            return;
        for (std::size_t i = 0; i < m_own.size(); ++i)
            m_own[i].parts[static_cast<std::size_t>(part)].launchSeconds += seconds * m_calls[i] / m_allCalls;
        double instances = 0;
        for (std::size_t i = begin; i < end; ++i)
            instances += value(instancesOf(m_trace.ops[i]));
        for (std::size_t i = begin; i < end; ++i)
            m_timing.callSeconds[i] += seconds * value(instancesOf(m_trace.ops[i])) / instances;
    }

    void addTraining()
    {
        PhaseTiming timing;
        for (std::size_t i = 0; i < m_trace.ops.size(); ++i)
            addBackward(m_trace.ops[i], m_kernels[i], timing);
        if (m_plan.training->recomputesLayers)
            addRecomputation(timing);
        // Autograd's nodes run in C++, but most launch two kernels or more.
        constexpr double callsEach = 2;
        timing.hostSeconds = issue(0, m_trace.ops.size(), callsEach);
        timing.seconds = std::max(timing.deviceSeconds, timing.hostSeconds);
        idle(Part::Backward, 0, m_trace.ops.size(), timing.seconds - timing.deviceSeconds);
        m_timing.backward = timing;
        m_timing.optimizerSeconds = trainableParams() * m_plan.training->optimizerBytesPerParam /
                                    (m_efficiency.bandwidthOf(Access::Streaming) * m_device.bandwidth);
    }

    void addBackward(const Op& op, const Kernel& kernel, PhaseTiming& timing)
    {
        const Demand demand = backwardDemand(op, kernel);
        if (demand.bytes != Count(0))
            keep(op, Part::Backward, shareOf(op, kernel, demand, 2), timing);
    }

    /// The forward of checkpointed layers once more.
    void addRecomputation(PhaseTiming& timing)
    {
        std::int32_t covered = 0;
        for (const Block& block : m_trace.blocks) {
            if (block.carried < 0 || block.first < covered)
                continue;
            covered = block.end;
            for (auto i = static_cast<std::size_t>(block.first); i < static_cast<std::size_t>(block.end);
                 ++i) {
                Share share =
                    shareOf(m_trace.ops[i], m_kernels[i], forwardDemand(m_trace.ops[i], m_kernels[i], 0),
                            m_kernels[i].starts ? 1 : 0);
                share.flops = 0;
                keep(m_trace.ops[i], Part::Backward, share, timing);
            }
        }
    }

    /// One call that takes `kernels` of them.
    Share shareOf(const Op& op, const Kernel& kernel, const Demand& demand, int kernels) const
    {
        const Rates rates = ratesOf(op, kernel, m_device, m_efficiency);
        const double compute = value(demand.flops) / rates.flopsPerSecond;
        const double memory = value(demand.bytes) / rates.bytesPerSecond;
        Share share{
            .launchSeconds = kernels * rates.startSeconds, .flops = demand.flops, .bytes = demand.bytes};
        (compute > memory ? share.computeSeconds : share.memorySeconds) = std::max(compute, memory);
        return share;
    }

    /// Elements that the optimizer updates; a tied tensor once.
    double trainableParams() const
    {
        double sum = 0;
        for (const HeldTensor& tensor : heldTensors(m_trace)) {
            const Parameter& parameter = m_trace.parameters[static_cast<std::size_t>(tensor.parameter)];
            if (parameter.isTrained())
                sum += value(parameter.shape.elements() * tensor.instances);
        }
        return sum;
    }

    void sumUp()
    {
        m_timing.modules = std::move(m_own);
        for (std::size_t i = m_timing.modules.size(); i-- > 1;) {
            ModuleTiming& parent = m_timing.modules[static_cast<std::size_t>(m_trace.modules[i].parent)];
            for (std::size_t part = 0; part < partCount; ++part)
                parent.parts[part] += m_timing.modules[i].parts[part];
        }
    }

    /// Which precisions ran, and which were stood in for.
    void notePrecisions()
    {
        std::array<double, precisionCount> flops{};
        for (std::size_t i = 0; i < m_trace.ops.size(); ++i) {
            if (!m_kernels[i].isTiled)
                continue;
            const Precision wanted = m_kernels[i].precision;
            const Precision used = m_device.peak(wanted).precision;
            const Demand demand = forwardDemand(m_trace.ops[i], m_kernels[i], 0);
            flops[static_cast<std::size_t>(used)] += value(demand.flops) * value(instancesOf(m_trace.ops[i]));
            const StandIn standIn{wanted, used};
            if (wanted != used && std::ranges::count(m_timing.standIns, standIn) == 0)
                m_timing.standIns.push_back(standIn);
        }
        m_timing.precision = static_cast<Precision>(std::ranges::max_element(flops) - flops.begin());
    }

    void conclude()
    {
        notePrecisions();
        std::int64_t steps = 0;
        double decoding = 0;
        for (const PhaseTiming& phase : m_timing.phases) {
            const bool isDecode = phase.kind == Phase::Kind::Decode;
            (isDecode ? decoding : m_timing.firstTokenSeconds) += phase.seconds;
            steps += isDecode ? phase.steps : 0;
        }
        m_timing.seconds = m_timing.firstTokenSeconds + decoding + m_timing.optimizerSeconds +
                           (m_timing.backward ? m_timing.backward->seconds : 0);
        if (steps > 0 && decoding > 0) {
            m_timing.secondsPerOutputToken = decoding / static_cast<double>(steps);
            m_timing.tokensPerSecond =
                static_cast<double>(m_plan.sequences) / *m_timing.secondsPerOutputToken;
        }
        if (m_timing.seconds <= 0 || m_timing.modules.empty())
            return;
        const Share whole = m_timing.modules.front().whole();
        const double peak = m_device.peak(m_timing.precision).flopsPerSecond;
        m_timing.modelFlopsUtilization = value(whole.flops) / (peak * m_timing.seconds);
        m_timing.bandwidthUtilization = value(whole.bytes) / (m_device.bandwidth * m_timing.seconds);
    }

    const Trace& m_trace;
    const Device& m_device;
    const TimingPlan& m_plan;
    const Efficiency m_efficiency;
    const std::vector<Kernel> m_kernels;
    std::vector<ModuleTiming> m_own; ///< of each module's own operators
    std::vector<double> m_calls;     ///< of each module's own operators, in the stretch counted last
    double m_allCalls = 0;
    std::vector<Count> m_instances; ///< of each module
    Timing m_timing;
};

} // namespace

std::string_view boundName(Bound bound)
{
    switch (bound) {
    case Bound::None: return "none";
    case Bound::Compute: return "compute";
    case Bound::Memory: return "memory";
    case Bound::Launch: return "launch";
    }
    return {};
}

Bound Share::bound() const
{
    const double most = std::max({computeSeconds, memorySeconds, launchSeconds});
    if (most <= 0)
        return Bound::None;
    if (most == computeSeconds)
        return Bound::Compute;
    return most == memorySeconds ? Bound::Memory : Bound::Launch;
}

Share& Share::operator+=(const Share& other)
{
    computeSeconds += other.computeSeconds;
    memorySeconds += other.memorySeconds;
    launchSeconds += other.launchSeconds;
    flops += other.flops;
    bytes += other.bytes;
    return *this;
}

Share ModuleTiming::whole() const
{
    Share sum;
    for (const Share& part : parts)
        sum += part;
    return sum;
}

Timing schedule(const Trace& trace, const Device& device, const TimingPlan& plan)
{
    return Scheduler(trace, device, plan).run();
}

} // namespace sunflop
