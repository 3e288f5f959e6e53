// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/activation_split.h"

#include <algorithm>

namespace sunflop {

namespace {

/// By storage: how tensor parallelism cuts the parameter in it.
std::vector<TensorCut> cutsOf(const Trace& trace)
{
    std::vector<TensorCut> cuts(trace.storages.size(), TensorCut::None);
    std::size_t parameter = 0; // their storages stand in the same order
    for (std::size_t i = 0; i < trace.storages.size(); ++i)
        if (trace.storages[i].kind == Storage::Kind::Parameter)
            cuts[i] = tensorCut(trace, trace.parameters[parameter++]);
    return cuts;
}

} // namespace

std::vector<double> activationSplit(const Trace& trace, const ParallelPlan& plan)
{
    if (plan.tensor == 1 && plan.context == 1)
        return {};
    const ActivationShares shares = activationShares(plan);
    const std::vector<TensorCut> cuts = cutsOf(trace);
    std::vector<double> split(trace.storages.size(), shares.common);
    for (const Op& op : trace.ops) {
        bool isCut = false;
        for (const Operand& input : op.inputs) {
            if (input.storage < 0)
                continue;
            const auto storage = static_cast<std::size_t>(input.storage);
            isCut =
                isCut || (input.isParameter ? cuts[storage] == TensorCut::Rows && op.kind == OpKind::Linear
                                            : split[storage] < shares.common);
        }
        const bool sumsUp = op.kind == OpKind::Linear && op.inputs[1].storage >= 0 &&
                            cuts[static_cast<std::size_t>(op.inputs[1].storage)] == TensorCut::Columns;
        if (isCut && !sumsUp)
            split[static_cast<std::size_t>(op.output.storage)] = shares.split;
    }
    return split;
}

} // namespace sunflop
