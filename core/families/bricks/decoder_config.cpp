// SPDX-License-Identifier: GPL-3.0-or-later
// Decoders read from config.json, offered as inputs, and rebuilt from a printed tree.

#include "core/families/bricks/decoder_heads.h"
#include "core/families/bricks/rebuild.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace sunflop {

namespace {

/// Heads of keys and values and their width; whether the config tells the width.
bool readHeads(ConfigReader& config, Decoder& d)
{
    const DecoderKeys& keys = d.kin->keys;
    d.kvHeads = d.heads;
    // A key that is there but null means "as many as heads"; a missing one takes the class default.
    if (!keys.kvHeads.empty()) {
        const bool nulled = config.config().json().contains(keys.kvHeads);
        d.kvHeads = config.size(keys.kvHeads, nulled ? d.heads : d.kin->kvHeads.value_or(d.heads));
    }
    const auto headDim = keys.headDim.empty() ? std::nullopt : config.optionalSize(keys.headDim);
    d.headDim = headDim ? *headDim : d.kin->headDim.value_or(d.hidden / d.heads);
    return headDim.has_value();
}

void checkSizes(ConfigReader& config, const Decoder& d, bool hasHeadDim)
{
    const DecoderKeys& keys = d.kin->keys;
    if (d.kvHeads > d.heads || d.heads % d.kvHeads != 0)
        config.refuse(keys.kvHeads,
                      fmt::format("found {}, expected a divisor of {} {}", d.kvHeads, keys.heads, d.heads));
    // Rotation turns halves of a head against each other.
    const bool rotates = d.kin->names.positions.empty();
    if (d.headDim < 1 || (rotates && d.headDim % 2 != 0))
        config.refuse(hasHeadDim ? keys.headDim : keys.heads,
                      fmt::format("{} values per head, expected {}", d.headDim,
                                  rotates ? "an even number of at least 2" : "at least 1"));
    if (d.paddingRow && (*d.paddingRow >= d.vocabulary || *d.paddingRow < -d.vocabulary))
        config.refuse("pad_token_id",
                      fmt::format("found {}, expected less than vocab_size {}", *d.paddingRow, d.vocabulary));
}

} // namespace

Decoder readDecoder(ConfigReader& config, const DecoderKin& kin)
{
    const DecoderKeys& keys = kin.keys;
    Decoder d{.kin = &kin};
    d.hidden = config.size(keys.hidden, kin.hidden);
    d.intermediate = config.size(keys.intermediate, kin.intermediate > 0 ? kin.intermediate : 4 * d.hidden);
    d.layers.resize(static_cast<std::size_t>(config.size(keys.layers, kin.layers, mostLayers)));
    d.heads = config.size(keys.heads, kin.heads);
    const bool hasHeadDim = readHeads(config, d);
    d.vocabulary = config.size("vocab_size", kin.vocabulary);
    d.normEpsilon = config.number(keys.normEpsilon, kin.normEpsilon);
    d.hiddenAct = config.text(keys.activation, kin.hiddenAct);
    d.tiedHead = config.flag("tie_word_embeddings", kin.tiesHead);
    d.contextTokens = config.size(keys.context, kin.contextTokens);
    d.version = config.text("transformers_version", "");
    if (config.has("pad_token_id"))
        d.paddingRow = config.integer("pad_token_id", 0);
    else if (!config.config().json().contains("pad_token_id"))
        d.paddingRow = kin.paddingRow;
    d.dtype = readDType(config);
    readHead(config, d);
    checkSizes(config, d, hasHeadDim);
    return d;
}

std::int64_t slidingWindow(ConfigReader& config)
{
    constexpr std::int64_t classDefault = 4096;
    return config.size("sliding_window",
                       config.config().json().contains("sliding_window") ? 0 : classDefault);
}

void slideEveryLayer(Decoder& decoder, std::int64_t window)
{
    decoder.window = decoder.configuredWindow = window;
    for (LayerSpec& layer : decoder.layers)
        layer.window = window;
}

void readLayerTypes(ConfigReader& config, Decoder& decoder)
{
    const std::vector<std::string> types = config.texts("layer_types");
    if (types.empty())
        return;
    if (types.size() != decoder.layers.size())
        config.refuse("layer_types", fmt::format("{} entries, expected one for each of {} layers",
                                                 types.size(), decoder.layers.size()));
    for (std::size_t i = 0; i < std::min(types.size(), decoder.layers.size()); ++i) {
        const bool slides = types[i] == "sliding_attention";
        decoder.layers[i].window = slides ? decoder.window : 0;
        if (!slides && types[i] != "full_attention")
            config.refuse("layer_types",
                          fmt::format("found \"{}\", expected full_attention or sliding_attention",
                                      shortened(types[i])),
                          ErrorKind::Unsupported);
    }
}

void readLayerWindows(ConfigReader& config, Decoder& decoder)
{
    decoder.configuredWindow = slidingWindow(config);
    if (!config.flag("use_sliding_window", false) || decoder.configuredWindow == 0)
        return;
    decoder.window = decoder.configuredWindow;
    decoder.listsWindows = true;
    const auto first = static_cast<std::size_t>(config.count("max_window_layers", 28));
    for (std::size_t i = first; i < decoder.layers.size(); ++i)
        decoder.layers[i].window = decoder.window;
    readLayerTypes(config, decoder);
}

std::vector<Input> decoderInputs(const Decoder& decoder)
{
    const DType activations = activationsFor(decoder.dtype);
    const bool speaks = decoder.head == DecoderHead::CausalLM;
    Input tokens = inputs::offer<&Workload::textTokens>();
    if (!decoder.kin->names.positions.empty()) {
        tokens = inputs::offer<&Workload::textTokens>(std::min<std::int64_t>(decoder.contextTokens, 512));
        tokens.maximum = decoder.contextTokens;
    }
    std::vector<Input> offered{inputs::offer<&Workload::batch>(),
                               std::move(tokens),
                               inputs::offer<&Workload::newTokens>(),
                               inputs::offer<&Workload::cachedTokens>(),
                               inputs::offer<&Workload::attention>(),
                               inputs::offer<&Workload::logits>(),
                               inputs::transformers(decoder.version, oldestRelease(decoder)),
                               inputs::offer<&Workload::weightDType>(decoder.dtype),
                               inputs::offer<&Workload::activationDType>(activations),
                               inputs::offer<&Workload::kvDType>(activations),
                               inputs::offer<&Workload::kvCache>(),
                               inputs::offer<&Workload::loraRank>(),
                               inputs::offer<&Workload::loraTargets>()};
    if (!speaks)
        std::erase_if(offered,
                      [](const Input& input) { return input.id == "new_tokens" || input.id == "logits"; });
    return offered;
}

namespace {

/// "(2048,), eps=1e-06" holds the norm's epsilon; older prints hold nothing, and the usual value stands in.
double printedEpsilon(std::string_view detail)
{
    const std::size_t at = detail.find("eps=");
    return at == std::string_view::npos ? 1e-6
                                        : std::strtod(std::string(detail.substr(at + 4)).c_str(), nullptr);
}

} // namespace

std::vector<Config> rebuildDecoder(const PrintedReport& report, std::int32_t root, const DecoderKin& kin)
{
    const std::string& className = report.modules[static_cast<std::size_t>(root)].module.className;
    if (className != fmt::format("{}ForCausalLM", kin.prefix))
        return {};
    PrintedSizes sizes(report, root);
    const std::string_view table = sizes.detail("model.embed_tokens");
    const std::int64_t queries = sizes.number("model.layers.0.self_attn.q_proj", "out_features=");
    const std::int64_t keys = sizes.number("model.layers.0.self_attn.k_proj", "out_features=");
    nlohmann::json config{
        {"model_type", kin.modelType},
        {"hidden_size", sizes.number("model.layers.0.self_attn.q_proj", "in_features=")},
        {"intermediate_size", sizes.number("model.layers.0.mlp.gate_proj", "out_features=")},
        {"num_hidden_layers", sizes.children("model.layers")},
        {"vocab_size", sizes.number("lm_head", "out_features=")},
        {"rms_norm_eps", printedEpsilon(sizes.detail("model.norm"))},
        {"attention_bias", sizes.detail("model.layers.0.self_attn.q_proj").ends_with("bias=True")},
        {"mlp_bias", sizes.detail("model.layers.0.mlp.gate_proj").ends_with("bias=True")},
    };
    if (!sizes.complete())
        return {};
    if (const auto padding = printedAttribute(table, "padding_idx="))
        config["pad_token_id"] = *padding;
    std::vector<Config> configs;
    for (const std::int64_t headDim : std::array<std::int64_t, 9>{128, 64, 80, 96, 256, 112, 160, 192, 32}) {
        if (queries % headDim != 0 || keys % headDim != 0 || (queries / headDim) % (keys / headDim) != 0)
            continue;
        config["head_dim"] = headDim;
        config["num_attention_heads"] = queries / headDim;
        config["num_key_value_heads"] = keys / headDim;
        for (const bool tied : {false, true}) {
            config["tie_word_embeddings"] = tied;
            configs.emplace_back(config);
        }
    }
    return configs;
}

} // namespace sunflop
