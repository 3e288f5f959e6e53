// SPDX-License-Identifier: GPL-3.0-or-later
// llama.cpp's names of hyper-parameters and tensors, and those of transformers.
// Sources: gguf-py/gguf/constants.py, gguf-py/gguf/tensor_mapping.py.

#include "core/formats/gguf/file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sunflop {

namespace {

using nlohmann::json;

struct Key {
    std::string_view gguf; ///< after "<architecture>."
    std::string_view config;
};

constexpr std::array keys{
    Key{"embedding_length", "hidden_size"},
    Key{"feed_forward_length", "intermediate_size"},
    Key{"block_count", "num_hidden_layers"},
    Key{"attention.head_count", "num_attention_heads"},
    Key{"attention.head_count_kv", "num_key_value_heads"},
    Key{"attention.key_length", "head_dim"},
    Key{"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    Key{"context_length", "max_position_embeddings"},
    Key{"attention.sliding_window", "sliding_window"},
    Key{"rope.freq_base", "rope_theta"},
    Key{"vocab_size", "vocab_size"},
    Key{"expert_count", "num_experts"},
    Key{"expert_used_count", "num_experts_per_tok"},
    Key{"attn_logit_softcapping", "attn_logit_softcapping"},
    Key{"final_logit_softcapping", "final_logit_softcapping"},
};

struct Name {
    std::string_view gguf;
    std::string_view transformers;
};

constexpr std::array outerNames{
    Name{"token_embd", "model.embed_tokens"},
    Name{"output_norm", "model.norm"},
    Name{"output", "lm_head"},
};

constexpr std::array layerNames{
    Name{"attn_norm", "input_layernorm"},    Name{"ffn_norm", "post_attention_layernorm"},
    Name{"attn_q", "self_attn.q_proj"},      Name{"attn_k", "self_attn.k_proj"},
    Name{"attn_v", "self_attn.v_proj"},      Name{"attn_output", "self_attn.o_proj"},
    Name{"attn_q_norm", "self_attn.q_norm"}, Name{"attn_k_norm", "self_attn.k_norm"},
    Name{"attn_qkv", "self_attn.qkv_proj"},  Name{"ffn_gate", "mlp.gate_proj"},
    Name{"ffn_up", "mlp.up_proj"},           Name{"ffn_down", "mlp.down_proj"},
};

/// Where norms stand on both sides of attention and MLP.
constexpr std::array sandwichNames{
    Name{"post_attention_norm", "post_attention_layernorm"},
    Name{"ffn_norm", "pre_feedforward_layernorm"},
    Name{"post_ffw_norm", "post_feedforward_layernorm"},
};

std::optional<std::string_view> named(std::span<const Name> names, std::string_view gguf)
{
    const auto found = std::ranges::find(names, gguf, &Name::gguf);
    return found == names.end() ? std::nullopt : std::optional(found->transformers);
}

/// "blk.7.attn_q.weight" is "model.layers.7.self_attn.q_proj.weight"; nothing for other names.
std::optional<std::string> transformersName(std::string_view name, bool isSandwich)
{
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos)
        return std::nullopt;
    const std::string_view kind = name.substr(dot);
    const std::string_view module = name.substr(0, dot);
    if (const auto outer = named(outerNames, module))
        return fmt::format("{}{}", *outer, kind);
    constexpr std::string_view block = "blk.";
    const std::size_t end = module.find('.', block.size());
    if (!module.starts_with(block) || end == std::string_view::npos)
        return std::nullopt;
    auto inner = isSandwich ? named(sandwichNames, module.substr(end + 1)) : std::nullopt;
    if (!inner)
        inner = named(layerNames, module.substr(end + 1));
    if (!inner)
        return std::nullopt;
    return fmt::format("model.layers.{}.{}{}", module.substr(block.size(), end - block.size()), *inner, kind);
}

/// A number, or what all of a list have; nothing for a list of different numbers.
std::optional<json> uniform(const json& value)
{
    if (!value.is_array())
        return value;
    if (value.empty() || !std::ranges::all_of(value, [&](const json& item) { return item == value.front(); }))
        return std::nullopt;
    return value.front();
}

bool hasTensor(const GgufHeader& header, std::string_view name)
{
    return std::ranges::find(header.tensors, name, &StoredTensor::name) != header.tensors.end();
}

/// Whether any layer has a tensor that is called so behind "blk.<number>."; the first may be in a part that
/// is missing.
bool hasInLayers(const GgufHeader& header, std::string_view ending)
{
    return std::ranges::any_of(header.tensors, [&](const StoredTensor& tensor) {
        return tensor.name.starts_with("blk.") && tensor.name.ends_with(ending);
    });
}

/// Keys that llama.cpp has no default for: without one of them the model is not described.
constexpr std::array<std::string_view, 4> required{"embedding_length", "feed_forward_length", "block_count",
                                                   "attention.head_count"};

std::vector<std::string> missingKeys(const GgufHeader& header, std::string_view architecture,
                                     const json& config)
{
    std::vector<std::string> missing;
    for (const std::string_view key : required)
        if (std::string name = fmt::format("{}.{}", architecture, key); !header.values.contains(name))
            missing.push_back(std::move(name));
    if (!config.contains("vocab_size"))
        missing.emplace_back("tokenizer.ggml.tokens");
    return missing;
}

void addKeys(const GgufHeader& header, std::string_view architecture, json& config)
{
    for (const Key& key : keys) {
        const auto found = header.values.find(fmt::format("{}.{}", architecture, key.gguf));
        const auto value = found == header.values.end() ? std::nullopt : uniform(found->second);
        if (found != header.values.end() && !value)
            config["layers_differ_in"] = key.config;
        else if (value)
            config[std::string(key.config)] = *value;
    }
    const auto table = std::ranges::find(header.tensors, "token_embd.weight", &StoredTensor::name);
    if (table != header.tensors.end() && table->shape.rank() == 2)
        config["vocab_size"] = table->shape[0];
    else if (const auto tokens = header.lengths.find("tokenizer.ggml.tokens"); tokens != header.lengths.end())
        config["vocab_size"] = tokens->second;
}

std::string textOf(const GgufHeader& header, std::string_view key)
{
    const auto found = header.values.find(key);
    return found != header.values.end() && found->second.is_string() ? found->second.get<std::string>()
                                                                     : std::string();
}

/// llama.cpp calls every decoder of Llama's make so; mixtures of experts are another model to transformers.
std::string modelType(const std::string& architecture, const json& config)
{
    const bool isMixture = config.value("num_experts", json(0)) != json(0);
    if (architecture == "llama" && isMixture)
        return "mixtral";
    return architecture;
}

/// What only the tensors tell. A head that is not there is tied only where no part is missing.
void addStored(const GgufHeader& header, GgufConfig& read)
{
    const bool hasHead = hasTensor(header, "output.weight");
    read.json["tie_word_embeddings"] = header.isWhole && !hasHead;
    if (!header.isWhole && !hasHead)
        read.notes.emplace_back(
            "Whether the head has weights of its own stands in a part that is missing: it "
            "is taken to have them.");
    read.json["attention_bias"] = hasInLayers(header, ".attn_q.bias");
    read.json["mlp_bias"] = hasInLayers(header, ".ffn_up.bias");
    read.json["torch_dtype"] = "bfloat16";
}

/// Model types whose tensors get transformers' names.
struct Translated {
    std::string_view type;
    bool isSandwich = false; ///< norms stand on both sides of attention and MLP
};
constexpr std::array translated{Translated{"llama"}, Translated{"qwen2"}, Translated{"qwen3"},
                                Translated{"gemma2", true}};

} // namespace

GgufConfig ggufConfig(GgufHeader& header)
{
    const std::string architecture = textOf(header, "general.architecture");
    GgufConfig read;
    if (architecture.empty() || architecture == "clip" || textOf(header, "general.type") == "adapter")
        return read;
    json& config = read.json;
    addKeys(header, architecture, config);
    addStored(header, read);
    // Models of transformers whose tensors stand under names, or in shapes, that are not translated.
    constexpr std::array<std::string_view, 3> untranslated{"mixtral", "gpt2", "bert"};
    const std::string type = modelType(architecture, config);
    const std::vector<std::string> missing = missingKeys(header, architecture, config);
    const auto known = std::ranges::find(translated, type, &Translated::type);
    const bool isKnown = known != translated.end();
    // Layers that differ are no model of one width, and what no key tells is not guessed: only what is stored
    // is known.
    config["model_type"] =
        config.contains("layers_differ_in") ? architecture + " with layers of different sizes"
        : isKnown && !missing.empty()       ? architecture + " without its hyper-parameters"
        : std::ranges::find(untranslated, type) != untranslated.end() ? type + " of llama.cpp"
                                                                      : type;
    if (isKnown && !missing.empty())
        read.notes.push_back(
            fmt::format("The file does not store {}: what follows from its tensors is an estimate.",
                        fmt::join(missing, ", ")));
    else if (isKnown && config["model_type"] == type)
        for (StoredTensor& tensor : header.tensors)
            tensor.name = transformersName(tensor.name, known->isSandwich).value_or(tensor.name);
    return read;
}

} // namespace sunflop
