// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether a call has the operands that its operator's rules and formulas read without asking.

#include "core/operators/op.h"

/// For the rows. Each tells of one operand, or of operands in the order of the comment of Op.
namespace sunflop::operators {

bool isAnything(const Op& op);
bool hasOperand(const Op& op);
bool hasTwoOperands(const Op& op);

bool isLinearCall(const Op& op);
bool isProductCall(const Op& op);
bool isAddMmCall(const Op& op);
bool isBAddBmmCall(const Op& op);
/// A weight with as many dimensions as the kernel has and two more, and an input with or without a batch.
bool isConvolutionOver1(const Op& op);
bool isConvolutionOver2(const Op& op);
bool isConvolutionOver3(const Op& op);
bool isAttentionCall(const Op& op);
/// Behind the input as many operands for every layer in every direction, of which the first two are matrices;
/// the first of them is as high as the hidden size times the gates.
bool isRecurrenceCall(const Op& op);
bool isLookupCall(const Op& op);
bool hasChannels(const Op& op); ///< the input's second dimension
bool isInterpolationCall(const Op& op);

} // namespace sunflop::operators
