// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and operators: transformers' modeling_bert.py, 5.0 to 5.17. Before, attention had a class for each
// kernel and made a mask in every forward, which is not traced.
#include "core/families/bricks/text_encoder.h"

#include <array>

namespace sunflop::family {

static constexpr std::array classes{
    EncoderClass{"BertModel", EncoderHead::None, true},
    EncoderClass{"BertForMaskedLM", EncoderHead::Words},
    EncoderClass{"BertLMHeadModel", EncoderHead::Words},
    EncoderClass{"BertForPreTraining", EncoderHead::WordsAndNext, true},
    EncoderClass{"BertForNextSentencePrediction", EncoderHead::Next, true},
    EncoderClass{"BertForSequenceClassification", EncoderHead::SequenceClassification, true},
    EncoderClass{"BertForTokenClassification", EncoderHead::TokenClassification},
    EncoderClass{"BertForQuestionAnswering", EncoderHead::QuestionAnswering}};

static constexpr EncoderKin kin{.modelType = "bert",
                                .prefix = "Bert",
                                .base = "bert",
                                .classes = classes,
                                .oldest = {5, 0},
                                .vocabulary = 30522,
                                .hidden = 768,
                                .intermediate = 3072,
                                .layers = 12,
                                .heads = 12,
                                .positions = 512,
                                .types = 2};

Family bert()
{
    return textEncoderFamily<kin>("BERT");
}

} // namespace sunflop::family
