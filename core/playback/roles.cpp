// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/roles.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

namespace sunflop {

namespace {

std::string lowered(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// "fc1" and "heads_2" without the number.
std::string_view withoutNumber(std::string_view name)
{
    while (!name.empty() && (isDigit(name.back()) || name.back() == '_'))
        name.remove_suffix(1);
    return name;
}

bool containsAny(std::string_view text, std::span<const std::string_view> parts)
{
    return std::ranges::any_of(
        parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

bool isAnyOf(std::string_view text, std::span<const std::string_view> words)
{
    return std::ranges::find(words, text) != words.end();
}

/// "Conv2d", "ConvTranspose1d", "Conv2dNormActivation", "LoRACompatibleConv"; not the ConvNeXt family, and
/// not GPT-2's Conv1D, which is a linear layer.
bool isConvolutionClass(std::string_view className)
{
    const auto place = className.find("Conv");
    if (place == std::string_view::npos || className == "Conv1D")
        return false;
    const std::string_view rest = className.substr(place + 4);
    const bool isWord = rest.empty() || isDigit(rest.front()) || (rest.front() >= 'A' && rest.front() <= 'Z');
    return isWord && !rest.starts_with("Ne") && !rest.starts_with("Mixer");
}

constexpr std::string_view activations[] = {"relu",    "gelu",    "silu",     "swish",      "sigmoid",
                                            "tanh",    "softmax", "softplus", "activation", "prelu",
                                            "sigmoid", "mish",    "softsign", "hardtanh",   "threshold"};
constexpr std::string_view routers[] = {"router", "moegate", "topkgate", "gatingnetwork"};
constexpr std::string_view projectors[] = {"projector",         "connector",       "patchmerger",
                                           "resampler",         "qformer",         "visualprojection",
                                           "visual_projection", "text_projection", "modality_projection"};
constexpr std::string_view feedForwards[] = {"mlp", "feedforward", "feed_forward", "intermediate",
                                             "ffn", "geglu",       "swiglu"};

/// What the class alone tells of; modules that hold many kinds of others stay open.
std::optional<Role> roleOfClass(std::string_view className, std::string_view lower)
{
    const auto ends = [&](std::string_view tail) { return lower.ends_with(tail); };
    if (ends("model") || ends("layer") || ends("block") || ends("encoder") || ends("decoder") ||
        ends("backbone") || ends("stage"))
        return lower.find("mlp") != std::string_view::npos ? std::optional(Role::Mlp) : std::nullopt;
    if (isConvolutionClass(className))
        return Role::Conv;
    if (containsAny(lower, routers))
        return Role::Router;
    if (lower.find("norm") != std::string_view::npos)
        return Role::Norm;
    if (lower.find("attention") != std::string_view::npos || ends("attn") || ends("mha"))
        return Role::Attention;
    if (containsAny(lower, projectors))
        return Role::Projector;
    if (lower.find("embed") != std::string_view::npos || lower == "timesteps")
        return Role::Embedding;
    if (containsAny(lower, feedForwards))
        return Role::Mlp;
    if (ends("head") || ends("heads") || ends("classifier"))
        return Role::Head;
    if (lower == "elu" || lower == "celu" || containsAny(lower, activations))
        return Role::Activation;
    if (lower.starts_with("downsample") || lower.starts_with("upsample") || ends("downsampler"))
        return Role::Conv;
    return std::nullopt;
}

constexpr std::string_view attentionNames[] = {"attention",  "attn",          "self_attn", "self_attention",
                                               "cross_attn", "encoder_attn",  "crossattn", "cross_attention",
                                               "mha",        "multihead_attn"};
constexpr std::string_view mlpNames[] = {
    "mlp", "ffn", "ff", "feed_forward", "feedforward", "experts", "expert", "shared_expert", "shared_experts",
    "fc"};
constexpr std::string_view headNames[] = {"head",       "heads",     "classifier", "lm_head",       "fc",
                                          "score",      "logits",    "qa_outputs", "embed_out",     "cls",
                                          "aux_logits", "to_logits", "proj_out",   "aux_classifier"};
constexpr std::string_view embeddingNames[] = {"embeddings", "embedding",  "embed",          "embed_tokens",
                                               "wte",        "wpe",        "tok_embeddings", "patch_embed",
                                               "pos_embed",  "time_embed", "token_embedding"};
constexpr std::string_view convNames[] = {"conv", "conv_in", "conv_out", "dwconv"};
constexpr std::string_view normNames[] = {"norm", "ln",      "bn",        "input_layernorm",
                                          "ln_f", "rmsnorm", "layernorm", "layer_norm"};

std::optional<Role> roleOfName(std::string_view name, Role parentRole)
{
    const bool isOpen = parentRole == Role::Other || parentRole == Role::Conv;
    if (name == "router" || (name == "gate" && parentRole == Role::Mlp))
        return Role::Router;
    if (isAnyOf(name, attentionNames))
        return Role::Attention;
    if (isOpen && isAnyOf(name, headNames))
        return Role::Head;
    if (isAnyOf(name, mlpNames))
        return Role::Mlp;
    if (containsAny(name, projectors))
        return Role::Projector;
    if (isAnyOf(name, embeddingNames) || name.ends_with("_embeddings") || name.ends_with("_embedding"))
        return Role::Embedding;
    if (isAnyOf(name, normNames) || name.ends_with("norm"))
        return Role::Norm;
    if (isAnyOf(name, convNames))
        return Role::Conv;
    if (name == "act" || name == "act_fn" || name == "activation" || name == "intermediate_act_fn")
        return Role::Activation;
    return std::nullopt;
}

} // namespace

Role roleOf(std::string_view className, std::string_view name, Role parentRole)
{
    const std::string lowerClass = lowered(className);
    const std::string lowerName = lowered(name);
    const std::string_view plainName = withoutNumber(lowerName);
    const bool isLinear = lowerClass.find("linear") != std::string::npos || className == "Conv1D";
    if (!isLinear)
        if (const auto role = roleOfClass(className, lowerClass))
            return *role;
    if (const auto role = roleOfName(lowerName, parentRole))
        return *role;
    if (plainName != lowerName && plainName != "fc")
        if (const auto role = roleOfName(plainName, parentRole))
            return *role;
    return isLinear && parentRole == Role::Other ? Role::Mlp : parentRole;
}

} // namespace sunflop
