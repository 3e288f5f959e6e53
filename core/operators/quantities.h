// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Quantities of a call at one step, by its operands alone: what rules and formulas are made of.

#include "core/base/count.h"
#include "core/operators/op.h"

#include <cstdint>

namespace sunflop {

/// Elements of the first operand; 0 without one.
Count inputElements(const Op& op);
/// Whether a norm has a weight.
bool isAffine(const Op& op);
/// Multiply-accumulates of a linear layer, matrix product or convolution.
Count productMacs(const Op& op);
/// Multiply-accumulates of a linear layer: every input element times every output feature.
Count linearMacs(const Op& op);
/// Multiply-accumulates of a convolution: every output element times one filter; of a transposed one every
/// input element times one filter.
Count convolutionMacs(const Op& op);
/// Multiply-accumulates of a matrix product with broadcast leading dimensions, of vectors too; of an AddMm or
/// BAddBmm without what is added.
Count matmulMacs(const Op& op);
/// The left and the right operand of a matrix product.
const Shape& leftOf(const Op& op);
const Shape& rightOf(const Op& op);
/// Multiply-accumulates of attention over `pairs` query/key pairs per head: scores and weighted values.
Count attentionMacs(const Op& op, Count pairs);
/// All query/key pairs of one head.
Count densePairs(const Op& op);
/// The pairs of one head that a kernel computes: all, or those of a causal, possibly sliding one. A window
/// goes with queries that are aligned with the last keys.
Count visiblePairs(const Op& op);

/// Sets of elements that a norm takes a mean over: channels of a batch norm, else NormAttributes::rows, else
/// vectors of the last dimension.
Count normRows(const Op& op);

/// Recurrent layers of one call: everything that is done at each position of the sequence, in every layer and
/// direction.
struct Recurrence {
    Count positions;           ///< time steps of all sequences
    Count weights;             ///< elements of all matrices: each multiplies one input or state per position
    Count biases;              ///< elements of all vectors
    std::int64_t hidden = 0;   ///< units of one layer and direction
    std::int64_t cells = 0;    ///< units of all layers and directions
    std::int64_t operands = 0; ///< weights and biases of one layer and direction
};
/// Requires isRecurrent(op.kind) and isWellFormed(op).
Recurrence recurrenceOf(const Op& op);

/// InterpolateAttributes::isByGrid.
bool resamplesByGrid(const Op& op);

} // namespace sunflop
