// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How long a traced run takes on a device: a roofline for each operator, summed by module and phase.

#include "core/model/trace.h"
#include "core/timing/device.h"
#include "core/timing/efficiency.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop {

/// What limits a time: arithmetic, memory, or getting kernels started.
enum class Bound : std::uint8_t { None, Compute, Memory, Launch };

/// "none", "compute", "memory", "launch".
std::string_view boundName(Bound bound);

/// Parts of a run.
enum class Part : std::uint8_t { Prefill, Decode, Backward };
inline constexpr std::size_t partCount = 3;

/// What stretches of a run take, compute and move; all steps and instances.
struct Share {
    double computeSeconds = 0; ///< of kernels that wait for arithmetic
    double memorySeconds = 0;  ///< of kernels that wait for memory
    double launchSeconds = 0;  ///< start of kernels, and the device idle while the host issues them
    Count flops;
    Count bytes;

    double seconds() const { return computeSeconds + memorySeconds + launchSeconds; }
    Bound bound() const;
    Share& operator+=(const Share& other);
};

/// Of one module with everything below it.
struct ModuleTiming {
    std::array<Share, partCount> parts{}; ///< by Part

    const Share& operator[](Part part) const { return parts[static_cast<std::size_t>(part)]; }
    Share whole() const;
};

/// Of one phase of the trace, all its steps. The longer of host and device is what passes.
struct PhaseTiming {
    Phase::Kind kind = Phase::Kind::Prefill;
    std::int64_t steps = 1;
    double seconds = 0;
    double deviceSeconds = 0; ///< sum over kernels
    double hostSeconds = 0;   ///< until all of them are issued
    Count flops;
    Count bytes;
};

/// The parts of a training step beyond the forward.
struct TrainingPlan {
    /// Bytes that the optimizer reads and writes for each trainable parameter: AdamW reads weight, gradient
    /// and two states and writes all but the gradient; 7 * 2 in pure bf16, 7 * 4 in fp32.
    double optimizerBytesPerParam = 14;
    /// Layers that hand their result on are computed again for their backward. These FLOPs are not the
    /// model's.
    bool recomputesLayers = false;
};

/// How a run is timed.
struct TimingPlan {
    Preset preset = Preset::Eager;
    std::int64_t sequences = 1;           ///< batch, for tokens per second
    std::optional<TrainingPlan> training; ///< one training step; the trace must be a plain forward
};

/// A class of arithmetic that the run asks for and the device lacks, and the one it runs at.
struct StandIn {
    Precision wanted{};
    Precision used{};
    friend bool operator==(const StandIn&, const StandIn&) = default;
};

/// Times of one run on one device.
struct Timing {
    Preset preset = Preset::Eager;
    std::vector<PhaseTiming> phases;     ///< as Trace::phases
    std::optional<PhaseTiming> backward; ///< training only
    double optimizerSeconds = 0;         ///< training only
    std::vector<ModuleTiming> modules;   ///< as Trace::modules
    std::vector<double> callSeconds;     ///< as Trace::ops: of the whole run, all steps and instances
    Precision precision{};               ///< of most FLOPs, as the device runs them
    std::vector<StandIn> standIns;

    double seconds = 0;                          ///< whole run, or one training step
    double firstTokenSeconds = 0;                ///< all of the prefill
    std::optional<double> secondsPerOutputToken; ///< mean over the decode steps
    std::optional<double> tokensPerSecond;       ///< while decoding, all sequences
    double modelFlopsUtilization = 0; ///< FLOPs without recomputation over peak times seconds, 0..1
    double bandwidthUtilization = 0;  ///< bytes over bandwidth times seconds, 0..1
};

/// For each operator max(FLOPs / (efficiency * peak), bytes / (efficiency * bandwidth)) and the kernel's
/// start; repeated modules as often as they run; a phase whose operands grow from step to step in closed
/// form. Where Python issues the operators, a phase lasts as long as the longer of device and host, and the
/// device's idle time counts as launch time of the modules, by their calls. FLOPs follow the exact
/// convention; an operator without a rule costs its bytes.
Timing schedule(const Trace& trace, const Device& device, const TimingPlan& plan = {});

} // namespace sunflop
