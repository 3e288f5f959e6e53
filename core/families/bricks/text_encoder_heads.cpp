// SPDX-License-Identifier: GPL-3.0-or-later
// Source: the classes of transformers' modeling_bert.py.
#include "core/families/bricks/classifiers.h"
#include "core/families/bricks/text_encoder.h"

#include <fmt/format.h>

namespace sunflop {

namespace {

/// Logits [rows..., classes] to the caller, or in training their cross-entropy.
void holdLogits(Tracer& t, const Workload& workload, Tensor logits)
{
    if (workload.mode != Mode::Training)
        return t.hold(std::move(logits));
    const Extent classes = logits.fromEnd(0);
    const std::int64_t rows = logits.shape().elements().value() / classes.size;
    t.hold(crossEntropy(t, view(logits, {rows, classes})));
}

/// XLMPredictionHead: states [batch, n, hidden] to a logit for each word. Its bias is the matrix's too.
Tensor wordLogits(Tracer& t, const TextEncoder& e, const Workload& workload, const Tensor& states)
{
    const auto scope =
        t.module("predictions", fmt::format("{}LMPredictionHead", e.kin->prefix), {.role = Role::Head});
    const std::string_view biasTie = e.tiedWords ? "predictions" : "";
    t.parameter("bias", {e.vocabulary}, {.tie = biasTie});
    Tensor x;
    {
        const auto transform = t.module("transform", fmt::format("{}PredictionHeadTransform", e.kin->prefix));
        x = linear(t, "dense", states, e.hidden, Bias::Yes);
        x = activation(t, "transform_act_fn", x, e.hiddenAct, workload.transformers);
        x = layerNorm(t, "LayerNorm", x, e.normEpsilon);
    }
    return linear(t, "decoder", x, e.vocabulary, Bias::Yes, Role::Head, e.tiedWords ? "word_embeddings" : "",
                  biasTie);
}

/// The heads of pre-training, in a module of their own.
void preTraining(Tracer& t, const TextEncoder& e, const Workload& workload, const Tensor& states,
                 const std::optional<Tensor>& pooled)
{
    const bool hasWords = e.model.head != EncoderHead::Next;
    const bool hasNext = e.model.head != EncoderHead::Words;
    const auto scope = t.module("cls",
                                fmt::format("{}{}", e.kin->prefix,
                                            !hasNext   ? "OnlyMLMHead"
                                            : hasWords ? "PreTrainingHeads"
                                                       : "OnlyNSPHead"),
                                {.role = Role::Head});
    if (hasWords)
        holdLogits(t, workload, wordLogits(t, e, workload, states));
    if (hasNext)
        holdLogits(t, workload, linear(t, "seq_relationship", *pooled, 2, Bias::Yes, Role::Head));
}

/// `classifier` behind a dropout: [..., hidden] to [..., labels].
Tensor classified(Tracer& t, const TextEncoder& e, const Workload& workload, Tensor x)
{
    x = dropout(t, "dropout", std::move(x), e.classifierDropout, workload.mode);
    return linear(t, "classifier", x, e.labels, Bias::Yes, Role::Head);
}

} // namespace

void runEncoderHead(Tracer& t, const TextEncoder& e, const Workload& workload, Tensor states,
                    std::optional<Tensor> pooled)
{
    switch (e.model.head) {
    case EncoderHead::None: return t.hold(std::move(states));
    case EncoderHead::Words:
    case EncoderHead::WordsAndNext:
    case EncoderHead::Next: return preTraining(t, e, workload, states, pooled);
    case EncoderHead::TokenClassification:
        return holdLogits(t, workload, classified(t, e, workload, std::move(states)));
    case EncoderHead::QuestionAnswering: return answerSpan(t, states, workload.mode);
    case EncoderHead::SequenceClassification: break;
    }
    Tensor logits = classified(t, e, workload, *std::move(pooled));
    t.hold(workload.mode == Mode::Training ? sequenceLoss(t, e.problem, e.labels, std::move(logits))
                                           : std::move(logits));
}

} // namespace sunflop
