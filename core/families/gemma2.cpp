// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and operators: transformers' modeling_gemma2.py, 4.53 to 5.17. Which release of 5 moved the scale of
// embedded words into their table is not known; 5.0 is taken for it.
#include "core/families/bricks/decoder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sunflop::family {

static constexpr DecoderKin kin{
    .modelType = "gemma2",
    .prefix = "Gemma2",
    .hidden = 2304,
    .intermediate = 9216,
    .layers = 26,
    .heads = 8,
    .kvHeads = 4,
    .headDim = 256,
    .vocabulary = 256000,
    .contextTokens = 8192,
    .hiddenAct = "gelu_pytorch_tanh",
    .tiesHead = true,
    .paddingRow = 0,
    .names = {.attendedNorm = "post_attention_layernorm",
              .mlpNorm = "pre_feedforward_layernorm",
              .changedNorm = "post_feedforward_layernorm"},
    .keys = {.activation = "hidden_activation"},
    .releases = {.oldest = {4, 53}, .layerWindows = {}, .scaledWords = {5, 0}, .answers = neverReleased},
    .norm = NormClass::RmsOnePlus,
    .scalesWords = true};

/// Whether tanh bounds something: a number under `key`, or no such key; null is off.
static bool caps(ConfigReader& reader, std::string_view key)
{
    if (!reader.has(key))
        return !reader.config().json().contains(key);
    if (const double cap = reader.number(key, 1); cap <= 0)
        reader.refuse(key, fmt::format("found {}, expected more than 0, or null", cap));
    return true;
}

static void finish(ConfigReader& reader, Decoder& d)
{
    d.qkvBias = d.outputBias = reader.flag("attention_bias", false) ? Bias::Yes : Bias::No;
    d.capsScores = caps(reader, "attn_logit_softcapping");
    d.capsLogits = caps(reader, "final_logit_softcapping");
    d.window = slidingWindow(reader);
    for (std::size_t i = 0; i < d.layers.size(); i += 2)
        d.layers[i].window = d.window;
    readLayerTypes(reader, d);
}

Family gemma2()
{
    return decoderFamily<kin, finish>("Gemma 2");
}

} // namespace sunflop::family
