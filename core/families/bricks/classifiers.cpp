// SPDX-License-Identifier: GPL-3.0-or-later
// Source: transformers' modeling_layers and loss_utils.
#include "core/families/bricks/classifiers.h"

namespace sunflop {

Tensor crossEntropy(Tracer& t, Tensor logits)
{
    const Tensor labels = t.create({logits.size(0)}, DType::I64);
    return nll_loss(log_softmax(std::move(logits)), labels);
}

Tensor sequenceLoss(Tracer& t, std::string_view problem, std::int64_t labels, Tensor logits)
{
    const bool regresses = problem == "regression" || (problem.empty() && labels == 1);
    if (problem == "multi_label_classification")
        return elementwise("binary_cross_entropy_with_logits", logits, logits.dtype());
    if (!regresses)
        return crossEntropy(t, std::move(logits));
    const Tensor targets = t.create(logits.shape(), logits.dtype());
    return mean(pow(sub(std::move(logits), targets)));
}

void answerSpan(Tracer& t, const Tensor& states, Mode mode)
{
    const Tensor logits = linear(t, "qa_outputs", states, 2, Bias::Yes, Role::Head);
    const Shape positions{logits.size(0), logits.size(1)};
    Tensor start = copy(slice(logits, positions), positions);
    Tensor end = copy(slice(logits, positions), positions);
    if (mode != Mode::Training) {
        t.hold(std::move(start));
        t.hold(std::move(end));
        return;
    }
    Tensor first = crossEntropy(t, std::move(start));
    Tensor last = crossEntropy(t, std::move(end));
    t.hold(div(add(std::move(first), std::move(last)), t.number()));
}

} // namespace sunflop
