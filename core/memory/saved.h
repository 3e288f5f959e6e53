// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What autograd keeps of each operator for its backward.

#include "core/model/trace.h"

#include <array>
#include <cstdint>
#include <span>

namespace sunflop {

/// Memory that one call keeps until its backward has run.
struct Saved {
    std::span<const std::int32_t> storages() const { return {m_storages.data(), m_count}; }
    Count extraBytes; ///< tensors that no other operator sees: row statistics, scores of an unfused kernel

    void add(const Operand& operand);

private:
    std::array<std::int32_t, Shape::maxRank> m_storages{}; ///< an index for each dimension, at most
    std::size_t m_count = 0;
};

/// Nothing where no gradient passes through. Parameters cost nothing extra and are left out; a storage that
/// several operators keep is listed by each. Source: derivatives.yaml of PyTorch 2, measured with
/// saved_tensors_hooks. Of an operator that has nothing but its name, what the name is known to keep, else
/// every operand.
Saved savedBy(const Op& op);

/// Whether PyTorch's fused kernels leave this call to the unfused one: in float32 none of them reads grouped
/// keys and values.
bool fallsBackToMath(const Op& attention);

/// Whether the gradient of input `i` is the gradient of the result, or a view of it: no new memory.
bool passesGradientOn(const Op& op, std::size_t i);

} // namespace sunflop
