// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/aliases.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <unordered_map>

namespace sunflop {

namespace {

/// One line for each part. Fewer words are better: what PyTorch's classes call alike needs no line.
constexpr std::array table{
    // What vision-language models are made of.
    NamedPart{"language", "llm language_model text_model language_backbone llama_model llm_model", true},
    NamedPart{"vision",
              "visual_tokenizer vision_model visual vision_tower vision_encoder visual_encoder image_encoder "
              "img_processor vision_backbone vision vpm vit visual_model",
              true},
    NamedPart{"audio", "audio_tower audio_encoder speech_encoder audio_model audio apm", true},
    NamedPart{"projector",
              "mlp1 multi_modal_projector mm_projector projector aligner connector modality_projection "
              "visual_projection merger resampler vision/head img_projection visual_proj "
              "multimodal_projector vision_projection embed_vision language_projection vision_proj",
              true},
    NamedPart{"visual-table", "vte visual_embedding visual_embeddings"},
    // What decoders and encoders are made of.
    NamedPart{"head",
              "lm_head embed_out classifier output_layer /output /head language/output language/head "
              "lm_heads proj_out "
              "/cls /fc head_logits",
              true},
    NamedPart{"body", "model /vit /deit /swin /convnext /resnet /wav2vec2 /transformer language/transformer "
                      "gpt_neox backbone decoder bert roberta base_model"},
    NamedPart{"trunk", "encoder trunk vision/transformer"},
    NamedPart{"token-table",
              "embed_tokens wte tok_embeddings word_embeddings embed_in token_embedding embedding /shared "
              "embed_token token_embeddings"},
    NamedPart{"position-table",
              "wpe position_embedding position_embeddings embed_positions pos_embed position_embed"},
    NamedPart{"embeddings", "embeddings preprocessor patch_embed patch_embedder"},
    NamedPart{"patches", "patch_embeddings patchifier"},
    NamedPart{"patch-convolution",
              "patch_embedding projection conv1 embeddings/proj patches/proj patches/projection "
              "embeddings/projection patch_conv"},
    NamedPart{"rotary",
              "rotary_emb rotary_pos_emb rotary rope rotary_embedding rotary_embeddings rope_embeddings"},
    NamedPart{"layers", "layers blocks block h layer resblocks encoder_layers decoder_layers"},
    NamedPart{"norm-before-trunk", "pre_layrnorm pre_layernorm ln_pre layernorm_pre"},
    NamedPart{"norm-after-trunk",
              "norm final_layernorm ln_f post_trunk_norm post_layernorm layernorm final_norm ln_post norm_f "
              "final_layer_norm post_norm layernorm_post"},
    NamedPart{"pooler", "pooler attn_pool attention_pool head_pool"},
    // What a layer is made of.
    NamedPart{"norm-before-attention",
              "input_layernorm norm_1 norm1 ln_1 ln1 layernorm_before layer_norm1 attention_norm attn_norm "
              "self_attn_layer_norm temporal_pre_norm layers/norm pre_attention_layernorm ln_attn"},
    NamedPart{
        "norm-before-mlp",
        "post_attention_layernorm pre_feedforward_layernorm pre_ff_layernorm norm_2 norm2 ln_2 ln2 "
        "layernorm_after layer_norm2 ffn_norm mlp_norm layers/final_layer_norm channel_pre_norm ln_mlp"},
    NamedPart{"norm-after-mlp", "post_feedforward_layernorm post_mlp_layernorm"},
    NamedPart{"attention", "self_attn attn attention self_attention SelfAttention linear_attn mixer mamba"},
    NamedPart{"norm-after-attention", "post_self_attn_layernorm"},
    NamedPart{"cross-attention", "cross_attn encoder_attn EncDecAttention crossattention"},
    NamedPart{"mlp",
              "mlp ffn feed_forward feedforward block_sparse_moe moe channel_block intermediate mixture "
              "feed_forward_layer DenseReluDense"},
    NamedPart{"queries", "q_proj wq q_lin query q attention/to_q query_proj"},
    NamedPart{"keys", "k_proj wk k_lin key k attention/to_k key_proj"},
    NamedPart{"values", "v_proj wv v_lin value v attention/to_v value_proj"},
    NamedPart{"queries-keys-values",
              "qkv qkv_proj wqkv Wqkv query_key_value c_attn in_proj query_key_value_proj"},
    NamedPart{"attention-output",
              "o_proj wo out_proj attention/proj attention/dense attention/c_proj out_lin attention/output "
              "attention/to_out attention/Wo attention/o"},
    NamedPart{"queries-norm", "q_norm q_layernorm query_norm attention/q_ln"},
    NamedPart{"keys-norm", "k_norm k_layernorm key_norm attention/k_ln"},
    NamedPart{"attention-dropout", "attn_drop attn_dropout attention_dropout"},
    NamedPart{"output-dropout", "proj_drop resid_dropout resid_drop"},
    NamedPart{"gate", "gate_proj w1 fc1 c_fc dense_h_to_4h lin1 wi_0 wi linear1 mlp/dense mlp/Wi fc_in "
                      "linear_1 linear_fc1 weights_in input_linear intermediate_dense"},
    NamedPart{"up", "up_proj w3 fc3 wi_1 linear_v"},
    NamedPart{"gate-and-up", "gate_up_proj w12 gate_and_up_proj"},
    NamedPart{"down",
              "down_proj w2 fc2 mlp/c_proj dense_4h_to_h lin2 mlp/wo linear2 mlp/output mlp/Wo fc_out "
              "linear_2 linear_fc2 weights_out output_linear output_dense"},
    NamedPart{"activation", "act_fn act activation_fn activation intermediate_act_fn mlp/gelu gelu_impl"},
    NamedPart{"drop-path", "drop_path drop_path1"},
    NamedPart{"second-drop-path", "drop_path2"},
    NamedPart{"attention-scale", "ls1 layer_scale1 layer_scale_1 gamma_1"},
    NamedPart{"mlp-scale", "ls2 layer_scale2 layer_scale_2 gamma_2"},
    // Mixtures of experts.
    NamedPart{"router", "router mlp/gate"},
    NamedPart{"experts", "experts"},
    NamedPart{"shared-expert", "shared_expert shared_experts shared_mlp"},
};

/// A name below a part; parents at -1 are any, at -2 the model itself.
struct Place {
    PartIndex around = noPart;
    std::string_view name;

    friend bool operator==(const Place&, const Place&) = default;
};
constexpr PartIndex model = -2;

struct PlaceHash {
    std::size_t operator()(const Place& place) const
    {
        return std::hash<std::string_view>()(place.name) ^
               (static_cast<std::size_t>(place.around + 3) * 0x9E3779B97F4A7C15ULL);
    }
};

using PartByPlace = std::unordered_map<Place, PartIndex, PlaceHash>;

PartIndex indexOf(std::string_view id)
{
    for (std::size_t i = 0; i < table.size(); ++i)
        if (table[i].id == id)
            return static_cast<PartIndex>(i);
    assert(false);
    return noPart;
}

Place placeOf(std::string_view word)
{
    const std::size_t slash = word.find('/');
    if (slash == std::string_view::npos)
        return {noPart, word};
    return {slash == 0 ? model : indexOf(word.substr(0, slash)), word.substr(slash + 1)};
}

PartByPlace places()
{
    PartByPlace places;
    for (std::size_t i = 0; i < table.size(); ++i) {
        std::string_view names = table[i].names;
        while (!names.empty()) {
            const std::string_view word = names.substr(0, names.find(' '));
            names.remove_prefix(std::min(names.size(), word.size() + 1));
            places.emplace(placeOf(word), static_cast<PartIndex>(i));
        }
    }
    return places;
}

} // namespace

std::span<const NamedPart> namedParts()
{
    return table;
}

std::vector<PartIndex> partsOf(const Trace& trace)
{
    static const PartByPlace known = places();
    const auto find = [](PartIndex around, std::string_view name) {
        const auto found = known.find({around, name});
        return found == known.end() ? noPart : found->second;
    };
    std::vector<PartIndex> own(trace.modules.size(), noPart);
    std::vector<PartIndex> nearest(trace.modules.size(), noPart); // of itself or an ancestor
    for (std::size_t i = 1; i < own.size(); ++i) {
        const Module& module = trace.modules[i];
        const PartIndex around = nearest[static_cast<std::size_t>(module.parent)];
        if (module.parent == 0)
            own[i] = find(model, module.name);
        if (own[i] == noPart && around != noPart)
            own[i] = find(around, module.name);
        if (own[i] == noPart)
            own[i] = find(noPart, module.name);
        nearest[i] = own[i] == noPart ? around : own[i];
    }
    return own;
}

} // namespace sunflop
