// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What is the same in all decoders of a family: names, defaults, arithmetic, and what releases changed.

#include "core/families/bricks/blocks.h"
#include "core/families/bricks/routed_experts.h"
#include "core/model/workload.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sunflop {

/// Attributes of a decoder's modules and classes behind its prefix, Llama's unless told. An empty attribute:
/// there is no such module.
struct DecoderNames {
    std::string_view causalClass = "ForCausalLM";
    std::string_view base = "model"; ///< of XForCausalLM
    std::string_view words = "embed_tokens";
    std::string_view positions = {}; ///< a table of learned positions; without one positions are rotary
    std::string_view embeddingDropout = {};
    std::string_view layers = "layers";
    std::string_view finalNorm = "norm";

    std::string_view layerClass = "DecoderLayer";
    std::string_view attention = "self_attn";
    std::string_view mlp = "mlp";
    std::string_view inputNorm = "input_layernorm";
    std::string_view attendedNorm = {}; ///< between attention and the residual
    std::string_view mlpNorm = "post_attention_layernorm";
    std::string_view changedNorm = {}; ///< between MLP and the residual
    bool registersModulesFirst = true; ///< a layer's attention and MLP stand before its norms; else as called

    std::string_view queryKeyValue = {}; ///< all three in one; empty: q_proj, k_proj and v_proj
    std::string_view output = "o_proj";
    std::string_view attentionDropout = {};
    std::string_view residualDropout = {}; ///< behind the attention's output

    std::string_view gate = "gate_proj"; ///< empty: the MLP has no gate
    std::string_view up = "up_proj";
    std::string_view down = "down_proj";
    std::string_view activation = "act_fn";
    std::string_view mlpDropout = {};

    std::string_view tokenClassifier = "score";
    std::string_view answererBase = "transformer"; ///< of XForQuestionAnswering
};

/// Keys of config.json, Llama's unless told. An empty one: the config has no such key.
struct DecoderKeys {
    std::string_view hidden = "hidden_size";
    std::string_view intermediate = "intermediate_size";
    std::string_view layers = "num_hidden_layers";
    std::string_view heads = "num_attention_heads";
    std::string_view kvHeads = "num_key_value_heads";
    std::string_view headDim = "head_dim";
    std::string_view activation = "hidden_act";
    std::string_view context = "max_position_embeddings";
    std::string_view normEpsilon = "rms_norm_eps";
};

/// A release that no release reaches.
inline constexpr Version neverReleased{1000, 0};

/// First releases in which a family is laid out in some way; 0: always.
struct DecoderReleases {
    Version oldest = oldestTransformers; ///< with the family, in a layout that is known
    Version computedRotary{};            ///< cached tables until then
    Version rotaryOnModel{};             ///< with a rotary module on the model
    Version rotaryOnlyOnModel{};         ///< without one in attention
    Version scaledRotary{};              ///< that multiplies by attention_scaling
    Version productMask = neverReleased; ///< of MaskStyle::LlamaProduct
    Version sumMask{};                   ///< of MaskStyle::PaddingSum
    Version layerWindows{4, 53};         ///< in which each layer has the window that the config gives it
    Version scaledWords{};               ///< in which the table of words scales, not the model
    Version fusedExperts{};              ///< with all routed experts in one module
    Version answers{4, 46};              ///< with XForQuestionAnswering
    Version answersLikeLlama{};          ///< whose XForQuestionAnswering is Llama's, not Mistral's
};

enum class NormClass : std::uint8_t {
    Rms,
    RmsOnePlus, ///< multiplies by 1 + weight
    LayerNorm,
};

/// A family of decoders. Sizes are the defaults of its configuration class.
struct DecoderKin {
    std::string_view modelType;                       ///< in config.json: "qwen2"
    std::string_view prefix;                          ///< of class names: "Qwen2"
    std::int64_t hidden, intermediate, layers, heads; ///< intermediate 0: four times hidden
    std::optional<std::int64_t> kvHeads{};            ///< nothing: as many as heads
    std::optional<std::int64_t> headDim{};            ///< nothing: hidden / heads
    std::int64_t vocabulary;
    std::int64_t contextTokens;
    double normEpsilon = 1e-6;
    std::string_view hiddenAct = "silu";
    bool tiesHead = false;
    std::optional<std::int64_t> paddingRow{};

    DecoderNames names{};
    DecoderKeys keys{};
    DecoderReleases releases{};
    ExpertNames experts{}; ///< before releases.fusedExperts
    NormClass norm = NormClass::Rms;
    ProductClass product = ProductClass::Linear;
    bool padsWords = true;      ///< the table of words is told which row pads
    bool scalesWords = false;   ///< embedded words are multiplied by sqrt(hidden)
    bool dividesByRoot = false; ///< eager scores / sqrt(d) in every release
    bool floatSoftmax = true;   ///< eager softmax in float32; else in the scores' type
};

} // namespace sunflop
