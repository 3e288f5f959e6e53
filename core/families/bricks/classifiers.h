// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Heads and losses that transformers' text models share.

#include "core/families/bricks/blocks.h"

#include <string_view>

namespace sunflop {

/// Cross-entropy of logits [rows, classes] in their own type: a scalar.
Tensor crossEntropy(Tracer& t, Tensor logits);

/// Loss of classified sequences, logits [batch, labels]: by "problem_type", else by the number of labels.
Tensor sequenceLoss(Tracer& t, std::string_view problem, std::int64_t labels, Tensor logits);

/// `qa_outputs`: the first and the last token of the answer, two classes for each position of states [batch,
/// n, hidden], taken apart; their loss in training.
void answerSpan(Tracer& t, const Tensor& states, Mode mode);

} // namespace sunflop
