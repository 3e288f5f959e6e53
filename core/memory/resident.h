// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What one device holds whatever operator runs: weights, gradients, optimizer states, gathered shards.

#include "core/memory/allocator.h"
#include "core/memory/sharding.h"
#include "core/memory/states.h"
#include "core/model/workload.h"

#include <vector>

namespace sunflop {

/// Bytes on one device between steps, and what sharding adds while layers run.
struct Resident {
    StateParts states;                ///< gradients: what they come to at the end of a backward
    Count rounding;                   ///< what the blocks of weights have beyond their bytes, on this device
    std::vector<StateParts> modules;  ///< the whole model's, by module, before it is sharded
    Count gatheredWeights;            ///< of FSDP, while layers run
    Count gatheredGradients;          ///< before they are reduced
    Count stepTransient;              ///< of the optimizer, while it steps
    std::int64_t gradientSharers = 1; ///< devices among which gradients are cut as soon as a layer has them
    std::int64_t gradientCopies = 0;  ///< kept from step to step: the buckets of DistributedDataParallel
    bool gradientsAppear = true; ///< a backward makes gradients of its own: false where they are bucket views

    Count weights() const { return states.weights + states.frozen + states.masters; }
};

/// The plan that a workload's numbers of devices and ZeRO stage mean.
ParallelPlan parallelPlan(const Workload& workload);

/// The recipe of a workload. Requires known ids.
TrainingRecipe trainingRecipe(const Workload& workload);

Resident resident(const Trace& trace, const Workload& workload, Allocator allocator);

} // namespace sunflop
