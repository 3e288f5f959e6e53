// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bytes on one device while a run lasts: what holds them, and when they are most.

#include "core/memory/liveness.h"
#include "core/memory/overheads.h"
#include "core/model/workload.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace sunflop {

/// Parts of a run, each with a peak of its own.
enum class Stage : std::uint8_t { Prefill, Decode, Forward, Backward, Step };

/// "prefill", "decode", "forward", "backward", "step".
std::string_view stageName(Stage stage);

/// Bytes by what holds them, at one moment.
struct MemoryParts {
    Count weights;     ///< frozen ones, master copies and gathered shards included
    Count rounding;    ///< what the allocator's blocks add to them
    Count cache;       ///< keys and values
    Count activations; ///< everything else that operators made
    Count gradients;   ///< of parameters
    Count optimizer;   ///< states, and what a step needs besides
    Count workspace;   ///< cuBLAS
    Count context;     ///< of the driver, and of NCCL on several devices: outside of the allocator

    /// What torch.cuda.max_memory_allocated() counts.
    Count allocated() const
    {
        return weights + rounding + cache + activations + gradients + optimizer + workspace;
    }
    Count total() const { return allocated() + context; }
};

/// What is not in a trace or a workload. Defaults are typical, and never exact.
struct MemoryPlan {
    Allocator allocator = Allocator::Caching;
    Count workspaceBytes = overheads::cublasWorkspaceBytes(9);
    Count contextBytes = overheads::contextBytes;
    Count collectiveBytes = overheads::ncclBytes; ///< on top of the context from two devices on
};

/// The device while one operator runs. In a run of equal layers it is the last of them (backward: the pass
/// with the most bytes).
struct LivePoint {
    Stage stage = Stage::Prefill;
    std::int32_t call = -1; ///< index into Trace::ops; -1: between operators
    Count bytes;            ///< allocated
};

/// One stage. All in bytes as MemoryParts::allocated() counts them.
struct StagePeak {
    Stage stage = Stage::Prefill;
    Count start;
    Count peak;
    Count end;
    std::int32_t peakCall = -1;
};

/// One module with everything below it, all instances.
struct ModuleMemory {
    Count weights;
    Count gradients;
    Count optimizer;
    Count cache;  ///< keys and values at the end of the run
    Count saved;  ///< kept for the backward
    Count atPeak; ///< weights, states, cache and activations that it made and that live at the peak
};

/// What a module itself holds of the activations at the peak.
struct PeakOwner {
    std::int32_t module = 0;
    Count bytes;
};

/// Bytes of one run on one device; of a pipeline on its first stage. `weights`, `gradients` and `optimizer`
/// of modules are the whole model's, before it is sharded.
struct Footprint {
    MemoryParts parts; ///< at the peak
    Count reserved;    ///< that the allocator then holds, an estimate
    std::vector<StagePeak> stages;
    std::size_t peakStage = 0;
    Count held;  ///< results and cache when an inference ends; weights left out
    Count saved; ///< for the backward, as torch's saved-tensor hooks count: parameters left out, no rounding
    std::vector<LivePoint> timeline;
    std::vector<ModuleMemory> modules; ///< by module
    std::vector<PeakOwner> owners;     ///< most bytes first

    Count peak() const { return parts.allocated(); }
};

/// Follows every tensor of the run. Requires optimizer, recipe and quantisation of the workload to be known
/// ids.
Footprint footprint(const Trace& trace, const Workload& workload, const MemoryPlan& plan = {});

} // namespace sunflop
