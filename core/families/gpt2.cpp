// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and operators: transformers' modeling_gpt2.py, 5.0 to 5.17. Before, each layer holds a causal mask
// of its own, which is not traced.
#include "core/families/bricks/decoder.h"

#include <fmt/format.h>

namespace sunflop::family {

static constexpr DecoderKin kin{.modelType = "gpt2",
                                .prefix = "GPT2",
                                .hidden = 768,
                                .intermediate = 0,
                                .layers = 12,
                                .heads = 12,
                                .vocabulary = 50257,
                                .contextTokens = 1024,
                                .normEpsilon = 1e-5,
                                .hiddenAct = "gelu_new",
                                .tiesHead = true,
                                .names = {.causalClass = "LMHeadModel",
                                          .base = "transformer",
                                          .words = "wte",
                                          .positions = "wpe",
                                          .embeddingDropout = "drop",
                                          .layers = "h",
                                          .finalNorm = "ln_f",
                                          .layerClass = "Block",
                                          .attention = "attn",
                                          .inputNorm = "ln_1",
                                          .mlpNorm = "ln_2",
                                          .registersModulesFirst = false,
                                          .queryKeyValue = "c_attn",
                                          .output = "c_proj",
                                          .attentionDropout = "attn_dropout",
                                          .residualDropout = "resid_dropout",
                                          .gate = {},
                                          .up = "c_fc",
                                          .down = "c_proj",
                                          .activation = "act",
                                          .mlpDropout = "dropout",
                                          .tokenClassifier = "classifier"},
                                .keys = {.hidden = "n_embd",
                                         .intermediate = "n_inner",
                                         .layers = "n_layer",
                                         .heads = "n_head",
                                         .kvHeads = {},
                                         .headDim = {},
                                         .activation = "activation_function",
                                         .context = "n_positions",
                                         .normEpsilon = "layer_norm_epsilon"},
                                .releases = {.oldest = {5, 0}, .answers = {}},
                                .norm = NormClass::LayerNorm,
                                .product = ProductClass::Conv1d,
                                .padsWords = false,
                                .dividesByRoot = true,
                                .floatSoftmax = false};

static void finish(ConfigReader& reader, Decoder& d)
{
    if (d.hidden % d.heads != 0)
        reader.refuse("n_head", fmt::format("found {}, expected a divisor of n_embd {}", d.heads, d.hidden));
    for (const std::string_view key : {"add_cross_attention", "reorder_and_upcast_attn"})
        if (reader.flag(key, false))
            reader.refuse(key, "found true, expected false: that attention is not traced",
                          ErrorKind::Unsupported);
    d.scalings = (reader.flag("scale_attn_weights", true) ? 1 : 0) +
                 (reader.flag("scale_attn_by_inverse_layer_idx", false) ? 1 : 0);
    d.embeddingDropout = reader.number("embd_pdrop", 0.1);
    d.attentionDropout = reader.number("attn_pdrop", 0.1);
    d.residualDropout = reader.number("resid_pdrop", 0.1);
}

Family gpt2()
{
    return decoderFamily<kin, finish>("GPT-2");
}

} // namespace sunflop::family
