// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The decoder-only language model that llama, mistral, qwen2, qwen3 and their kin share, alone or as the
/// language model of a vision-language model.

#include "core/families/bricks/decoder_kin.h"
#include "core/families/family.h"

#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// What stands on a decoder.
enum class DecoderHead : std::uint8_t {
    CausalLM,
    None, ///< XModel alone
    SequenceClassification,
    TokenClassification,
    QuestionAnswering,
};

/// What a layer does with each token behind its attention.
enum class FeedForward : std::uint8_t {
    Dense,  ///< two or, with a gate, three matrices
    Routed, ///< a few of many experts
};

/// One layer.
struct LayerSpec {
    std::int64_t window = 0; ///< keys a query may see, itself included; 0: all
    FeedForward feedForward = FeedForward::Dense;

    friend bool operator==(const LayerSpec&, const LayerSpec&) = default;
};

/// Hyper-parameters of one decoder. Names follow config.json.
struct Decoder {
    const DecoderKin* kin = nullptr; ///< never null
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t heads = 0;
    std::int64_t kvHeads = 0;
    std::int64_t headDim = 0;
    std::int64_t vocabulary = 0;
    std::vector<LayerSpec> layers; ///< as the config has them; a release may mask otherwise
    Bias qkvBias = Bias::No;
    Bias outputBias = Bias::No;
    Bias mlpBias = Bias::No;
    bool headNorms = false; ///< RMSNorm over each query and key head
    double normEpsilon = 1e-6;
    std::string hiddenAct;
    bool tiedHead = false;
    std::optional<std::int64_t> paddingRow;
    std::int64_t contextTokens = 0; ///< positions that the model knows
    std::string version;            ///< the config's transformers_version, if any
    DType dtype = DType::F32;       ///< the config's torch_dtype

    DecoderHead head = DecoderHead::CausalLM;
    std::int64_t labels = 0;      ///< of a classifier
    double classifierDropout = 0; ///< before the classifier of tokens
    std::string problem;          ///< "problem_type", which decides over the loss of classified sequences

    /// Keys a query may see in sliding layers, itself included; 0: every layer sees all.
    std::int64_t window = 0;
    /// The window as it stands in the config, even where it is switched off: releases before 4.42 mask by it.
    std::int64_t configuredWindow = 0;
    bool listsWindows = false; ///< the config tells layers apart, which releases did not from the start

    int scalings = 1;        ///< times that eager code scales scores
    bool capsScores = false; ///< eager code bounds scores, the head logits: cap * tanh(x / cap)
    bool capsLogits = false;
    double embeddingDropout = 0;
    double attentionDropout = 0;
    double residualDropout = 0;
    Routing routing; ///< of layers with routed experts
};

/// Reads the keys that all decoders share. Errors stay in the reader.
Decoder readDecoder(ConfigReader& config, const DecoderKin& kin);

/// "sliding_window": 4096 where the key is missing, 0 where it is null.
std::int64_t slidingWindow(ConfigReader& config);

/// Makes every layer slide by `window`; 0: none.
void slideEveryLayer(Decoder& decoder, std::int64_t window);
/// "layer_types", where the config has it, decides which layers see all keys and which slide.
void readLayerTypes(ConfigReader& config, Decoder& decoder);
/// Qwen's rule: with "use_sliding_window", layers from "max_window_layers" on slide; "layer_types" overrides.
void readLayerWindows(ConfigReader& config, Decoder& decoder);

/// The knobs of a text-only model.
std::vector<Input> decoderInputs(const Decoder& decoder);

/// The decoder with its head under `name`, prefill and decode steps. In a vision-language model `features`
/// [batch, n, hidden] take n of the prompt's positions, at the prefill only; the rest is looked up in
/// embed_tokens.
void runDecoder(Tracer& t, std::string_view name, const Decoder& decoder, const Workload& workload,
                std::int64_t promptTokens, std::optional<Tensor> features = {});

/// What the table of words shares with the head, if anything.
inline std::string_view tieOf(const Decoder& decoder)
{
    return decoder.tiedHead && decoder.head == DecoderHead::CausalLM ? "embed_tokens" : "";
}

/// A text-only model's whole trace.
Result<Trace> traceDecoder(const Decoder& decoder, const Workload& workload);

/// Configs of a `kin` decoder printed under `root` of a report, one for every head width that its projections
/// allow, most usual first; empty where the tree is another family's.
std::vector<Config> rebuildDecoder(const PrintedReport& report, std::int32_t root, const DecoderKin& kin);

/// A decoder of `kin` as `finish` completes it, which reads what the family has of its own.
template<const DecoderKin& kin, void (*finish)(ConfigReader&, Decoder&)>
Result<Decoder> decoderOf(const Config& config)
{
    ConfigReader reader(config);
    Decoder d = readDecoder(reader, kin);
    finish(reader, d);
    if (reader.error())
        return failure(*reader.error());
    return d;
}

/// The registry entry of a text-only family.
template<const DecoderKin& kin, void (*finish)(ConfigReader&, Decoder&)>
Family decoderFamily(std::string_view title)
{
    return {.id = kin.modelType,
            .title = title,
            .modelTypes = {kin.modelType},
            .inputs =
                [](const Source& source) { return decoderOf<kin, finish>(source.config).map(decoderInputs); },
            .trace =
                [](const Source& source, const Workload& workload) {
                    return decoderOf<kin, finish>(source.config).and_then([&](const Decoder& d) {
                        return traceDecoder(d, workload);
                    });
                },
            .decoder = decoderOf<kin, finish>,
            .rebuild = [](const PrintedReport& report) { return rebuildDecoder(report, 0, kin); }};
}

} // namespace sunflop
