// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What autograd keeps of each call for its backward.

#include "core/operators/op.h"

#include <array>
#include <cstddef>
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

/// For the rows.
namespace operators {

void keepNothing(const Op& op, Saved& saved);
void keepInput(const Op& op, Saved& saved); ///< the first
void keepInputs(const Op& op, Saved& saved);
void keepResult(const Op& op, Saved& saved);
void keepMask(const Op& op, Saved& saved);     ///< a byte for each element of the result
void keepIndices(const Op& op, Saved& saved);  ///< what a gradient finds its way back by: no floats
void keepFactors(const Op& op, Saved& saved);  ///< each one whose partner needs a gradient
void keepDivision(const Op& op, Saved& saved); ///< nothing of one by a number
void keepAttention(const Op& op, Saved& saved);
void keepStatistics(const Op& op, Saved& saved);         ///< mean and reciprocal deviation of every row
void keepRootMeanSquare(const Op& op, Saved& saved);     ///< of every row
void keepInstanceStatistics(const Op& op, Saved& saved); ///< and the weight, repeated for each image
void keepMaxima(const Op& op, Saved& saved);             ///< what is pooled, and where each maximum stood
void keepAverage(const Op& op, Saved& saved);            ///< nothing of one over everything, which is a mean
void keepGates(const Op& op, Saved& saved);              ///< of an LSTM or GRU
void keepStates(const Op& op, Saved& saved);             ///< of a plain recurrent layer
void keepGrid(const Op& op, Saved& saved); ///< nothing at positions that are fixed: that is linear
void keepByName(const Op& op, Saved& saved);

bool passesNothing(const Op& op, std::size_t input);
bool passesAll(const Op& op, std::size_t input);
bool passesUnlessBroadcast(const Op& op, std::size_t input);
bool passesUnlessConverted(const Op& op, std::size_t input);
bool passesAdded(const Op& op, std::size_t input); ///< to what is added to a product, unless broadcast
bool passesSum(const Op& op, std::size_t input);   ///< expanded

} // namespace operators

} // namespace sunflop
