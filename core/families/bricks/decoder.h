// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The decoder-only language model that llama, mistral, qwen2, qwen3 and their kin share, alone or as the
/// language model of a vision-language model.

#include "core/families/bricks/blocks.h"
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

/// Hyper-parameters of one decoder. Names follow config.json.
struct Decoder {
    std::string_view modelType;          ///< in config.json: "qwen2"
    std::string_view prefix;             ///< of class names: "Qwen2"
    Version oldest = oldestTransformers; ///< the release that the family came with
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t kvHeads = 0;
    std::int64_t headDim = 0;
    std::int64_t vocabulary = 0;
    Bias qkvBias = Bias::No;
    Bias outputBias = Bias::No;
    Bias mlpBias = Bias::No;
    bool headNorms = false; ///< RMSNorm over each query and key head
    double normEpsilon = 1e-6;
    std::string hiddenAct;
    bool tiedHead = false;
    std::optional<std::int64_t> paddingRow;
    std::int64_t contextTokens = 0; ///< max_position_embeddings
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
    /// Per layer whether it slides (transformers 4.53 and later, and flash before); empty: all layers alike.
    std::vector<bool> slidingLayers;
};

/// What differs from family to family when a config is read.
struct DecoderDefaults {
    std::string_view modelType;
    std::string_view prefix;
    std::int64_t hidden, intermediate, layers, heads;
    std::optional<std::int64_t> kvHeads; ///< nothing: as many as heads
    std::optional<std::int64_t> headDim; ///< nothing: hidden / heads
    std::int64_t vocabulary;
    std::int64_t contextTokens;
};

/// Reads the keys that all decoders share. Errors stay in the reader.
Decoder readDecoder(ConfigReader& config, const DecoderDefaults& defaults);

/// "sliding_window": 4096 where the key is missing, 0 where it is null.
std::int64_t slidingWindow(ConfigReader& config);

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
/// allow, most usual first; empty where the tree is another family's. Only `kin`'s model type and prefix are
/// used.
std::vector<Config> rebuildDecoder(const PrintedReport& report, std::int32_t root, const Decoder& kin);

/// The registry entry of a text-only family, given the function that reads its config.
template<Result<Decoder> (*read)(const Config&)>
Family decoderFamily(std::string_view id, std::string_view title)
{
    return {
        .id = id,
        .title = title,
        .modelTypes = {id},
        .inputs = [](const Source& source) { return read(source.config).map(decoderInputs); },
        .trace =
            [](const Source& source, const Workload& workload) {
                return read(source.config).and_then([&](const Decoder& d) {
                    return traceDecoder(d, workload);
                });
            },
        .decoder = read,
        .rebuild =
            [](const PrintedReport& report) { return rebuildDecoder(report, 0, read(Config()).value()); }};
}

} // namespace sunflop
