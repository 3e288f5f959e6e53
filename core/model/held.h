// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The distinct tensors of a model, and sums of what they hold over the module tree.

#include "core/model/trace.h"

#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

namespace sunflop {

/// One parameter, or several that are tied. It exists once in each instance of its owner.
struct HeldTensor {
    std::int32_t parameter = 0;        ///< index into Trace::parameters; of tied ones the first
    std::int32_t owner = 0;            ///< its module; of tied ones the deepest module that holds them all
    Count instances = 1;               ///< repeats of the owner and of all its ancestors
    std::vector<std::int32_t> holders; ///< the modules of tied parameters; empty for others
};

/// Every distinct tensor, in the order of Trace::parameters. The same rule for ties as cost() has.
std::vector<HeldTensor> heldTensors(const Trace& trace);

/// Repeats of `module` and of all its ancestors.
Count instancesOf(const Trace& trace, std::int32_t module);

/// Whether `module` is `ancestor` or lies below it.
inline bool isWithin(const Trace& trace, std::int32_t ancestor, std::int32_t module)
{
    return ancestor <= module && module < trace.modules[static_cast<std::size_t>(ancestor)].end;
}

/// Totals by module: `amounts` says what each tensor holds, all instances together. A tied tensor counts once
/// in every module that holds it. T is a sum: T{} is nothing, operator+ adds.
template<typename T>
std::vector<T> summedByModule(const Trace& trace, std::span<const HeldTensor> tensors,
                              std::span<const T> amounts)
{
    assert(tensors.size() == amounts.size());
    std::vector<T> sums(trace.modules.size());
    for (std::size_t i = 0; i < tensors.size(); ++i)
        if (tensors[i].holders.empty()) {
            T& own = sums[static_cast<std::size_t>(tensors[i].owner)];
            own = own + amounts[i];
        }
    for (std::size_t id = trace.modules.size(); id-- > 1;) {
        T& parent = sums[static_cast<std::size_t>(trace.modules[id].parent)];
        parent = parent + sums[id];
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        std::vector<std::int32_t> shown;
        for (const std::int32_t holder : tensors[i].holders)
            for (std::int32_t id = holder; id >= 0; id = trace.modules[static_cast<std::size_t>(id)].parent) {
                bool isNew = true;
                for (const std::int32_t known : shown)
                    isNew = isNew && known != id;
                if (!isNew)
                    break;
                T& sum = sums[static_cast<std::size_t>(id)];
                sum = sum + amounts[i];
                shown.push_back(id);
            }
    }
    return sums;
}

} // namespace sunflop
