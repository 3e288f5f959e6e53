// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: modeling_llama, modeling_mistral and modeling_qwen2 of transformers 4.38 to 4.53, modeling_layers
// and loss_utils since.
#include "core/families/bricks/decoder_heads.h"

#include "core/families/bricks/classifiers.h"
#include "core/families/bricks/decoder_layout.h"

#include "core/base/units.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

struct HeadClass {
    DecoderHead head;
    std::string_view suffix;
    Version oldest; ///< release in which llama got it
};

constexpr std::array headClasses{
    HeadClass{DecoderHead::CausalLM, "ForCausalLM", {}},
    HeadClass{DecoderHead::None, "Model", {}},
    HeadClass{DecoderHead::SequenceClassification, "ForSequenceClassification", {}},
    HeadClass{DecoderHead::TokenClassification, "ForTokenClassification", {4, 42}},
    HeadClass{DecoderHead::QuestionAnswering, "ForQuestionAnswering", {}}, // by family
};

const HeadClass& classOf(DecoderHead head)
{
    return *std::ranges::find(headClasses, head, &HeadClass::head);
}

/// Behind the prefix of a class.
std::string_view suffixOf(const DecoderKin& kin, const HeadClass& head)
{
    return head.head == DecoderHead::CausalLM ? kin.names.causalClass : head.suffix;
}

/// "classifier_dropout", else "hidden_dropout", else 0.1.
double classifierDropout(ConfigReader& config)
{
    return config.number("classifier_dropout", config.number("hidden_dropout", 0.1));
}

/// ForCausalLMLoss: every position in float32. Since 4.46 the labels are shifted, not the logits, so that
/// they need no copy.
void languageModel(Tracer& t, const Decoder& d, const Workload& workload, Tensor states)
{
    const bool upcasts = decoderLayout(*d.kin, workload.transformers).upcastsLogits;
    if (workload.keptLogits() == Logits::Last)
        states = slice(states, {workload.batch, 1, d.hidden});
    Tensor logits = linear(t, "lm_head", states, d.vocabulary, Bias::No, Role::Head, tieOf(d));
    if (d.capsLogits) {
        logits = tanh(div(std::move(logits), t.number()));
        logits = mul(std::move(logits), t.number());
    }
    if (upcasts)
        logits = to(logits, DType::F32);
    if (workload.mode != Mode::Training) {
        t.hold(std::move(logits));
        return;
    }
    const Extent rows = logits.size(0) * logits.size(1).size;
    const Tensor labels = t.create({rows}, DType::I64);
    const Tensor wide = upcasts ? copy(logits, logits.shape()) : to(logits, DType::F32);
    t.hold(nll_loss(log_softmax(view(wide, {rows, logits.size(2)})), labels));
}

/// Which token of each sequence is the last one that is no padding, from its ids.
void findLastToken(Tracer& t, const Workload& workload, Extent tokens)
{
    const Shape ids{workload.batch, tokens};
    const Tensor isPadding = elementwise("eq", t.input(ids, DType::I64), DType::Bool);
    const Tensor flags = to(isPadding, DType::I32);
    if (workload.transformers >= Version{4, 49}) { // padding on either side
        argmax(mul(t.create({tokens}, DType::I32), flags));
        return;
    }
    const Tensor last = sub(argmax(flags), t.number());
    if (workload.transformers >= Version{4, 38})
        elementwise("remainder", last, DType::I64);
}

void sequenceClassification(Tracer& t, const Decoder& d, const Workload& workload, const Tensor& states)
{
    const Tensor logits = linear(t, "score", states, d.labels, Bias::No, Role::Head);
    if (d.paddingRow)
        findLastToken(t, workload, states.size(1));
    else if (workload.batch > 1)
        t.notes().push_back(
            fmt::format("{} refuses more than one sequence while pad_token_id is not set; the "
                        "figures are those of a model that knows its padding.",
                        className(d)));
    const Shape picked{workload.batch, d.labels};
    Tensor pooled = copy(slice(logits, picked), picked);
    if (workload.mode == Mode::Training)
        t.hold(sequenceLoss(t, d.problem, d.labels, std::move(pooled)));
    else
        t.hold(std::move(pooled));
}

/// Since 4.46 the loss is computed in float32.
void tokenClassification(Tracer& t, const Decoder& d, const Workload& workload, Tensor states)
{
    states = dropout(t, "dropout", std::move(states), d.classifierDropout, workload.mode);
    Tensor logits = linear(t, d.kin->names.tokenClassifier, states, d.labels, Bias::Yes, Role::Head);
    if (workload.mode != Mode::Training) {
        t.hold(std::move(logits));
        return;
    }
    Tensor rows = view(logits, {logits.size(0) * logits.size(1).size, d.labels});
    if (workload.transformers >= Version{4, 46})
        rows = to(rows, DType::F32);
    t.hold(crossEntropy(t, std::move(rows)));
}

} // namespace

void readHead(ConfigReader& config, Decoder& decoder)
{
    std::vector<std::string> names;
    std::vector<DecoderHead> heads;
    for (const HeadClass& known : headClasses) {
        if (known.head == DecoderHead::QuestionAnswering && decoder.kin->releases.answers == neverReleased)
            continue;
        names.push_back(fmt::format("{}{}", decoder.kin->prefix, suffixOf(*decoder.kin, known)));
        heads.push_back(known.head);
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    if (const auto index = readArchitecture(config, known))
        decoder.head = heads[*index];
    decoder.classifierDropout = classifierDropout(config);
    decoder.problem = config.text("problem_type", "");
    if (decoder.head != DecoderHead::SequenceClassification &&
        decoder.head != DecoderHead::TokenClassification)
        return;
    decoder.labels = readLabels(config);
    if (decoder.labels < 1)
        config.refuse("num_labels", fmt::format("found {}, expected at least 1", decoder.labels));
}

std::string className(const Decoder& decoder)
{
    return fmt::format("{}{}", decoder.kin->prefix, suffixOf(*decoder.kin, classOf(decoder.head)));
}

Version oldestRelease(const Decoder& decoder)
{
    const DecoderReleases& releases = decoder.kin->releases;
    const bool answers = decoder.head == DecoderHead::QuestionAnswering;
    return std::max(releases.oldest, answers ? releases.answers : classOf(decoder.head).oldest);
}

HeadLayout headLayout(const Decoder& decoder, Version transformers)
{
    const DecoderNames& names = decoder.kin->names;
    if (decoder.head != DecoderHead::QuestionAnswering)
        return {.base = names.base};
    if (transformers >= decoder.kin->releases.answersLikeLlama)
        return {.base = names.answererBase};
    return {.base = names.base, .headIsFirst = transformers < Version{4, 54}};
}

void runHead(Tracer& t, const Decoder& decoder, const Workload& workload, Tensor states)
{
    switch (decoder.head) {
    case DecoderHead::CausalLM: return languageModel(t, decoder, workload, std::move(states));
    case DecoderHead::SequenceClassification: return sequenceClassification(t, decoder, workload, states);
    case DecoderHead::TokenClassification:
        return tokenClassification(t, decoder, workload, std::move(states));
    case DecoderHead::QuestionAnswering: return answerSpan(t, states, workload.mode);
    case DecoderHead::None: return t.hold(std::move(states));
    }
}

} // namespace sunflop
