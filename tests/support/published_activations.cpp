// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/overheads.h"
#include "tests/support/closed_forms.h"
#include "tests/support/published.h"

#include <array>
#include <stdexcept>

namespace sunflop::test {

namespace {

using namespace forms;

constexpr Geometry llama2_7b{4096, 32, 32, 128, 11008, 32, 32'000};
constexpr Geometry llama3_8b{4096, 32, 8, 128, 14336, 32, 128'256};
constexpr Geometry qwen25_3b{2048, 16, 2, 128, 11008, 36, 151'936};

/// Decoder layers of which the growth in one forward with gradients was measured.
struct MeasuredLayer {
    std::string_view id;
    Geometry geometry;
    LayerStyle style;
};
constexpr std::array measuredLayers{
    MeasuredLayer{"mle-copies-llama-3.1-8b-instruct", llama3_8b, {}},
    MeasuredLayer{"mle-copies-mistral-7b-instruct-v0.3", {4096, 32, 8, 128, 14336}, {}},
    MeasuredLayer{"mle-copies-deepseek-r1-0528-qwen3-8b", {4096, 32, 8, 128, 12288}, {.normsHeads = true}},
    MeasuredLayer{"mle-copies-gemma-1.1-2b-it", {2048, 8, 1, 256, 16384}, {.scalesNorms = true}},
    MeasuredLayer{"mle-copies-qwen3-4b", {2560, 32, 8, 128, 9728}, {.normsHeads = true}},
    MeasuredLayer{"mle-copies-smollm2-360m", {960, 15, 5, 64, 2560}, {}},
};

/// The layer's output besides what it keeps.
Prediction copies(std::string_view id)
{
    for (const MeasuredLayer& layer : measuredLayers)
        if (layer.id == id)
            return {{savedPerLayer(layer.geometry, layer.style) + 1}};
    throw std::runtime_error("no such layer: " + std::string(id));
}

/// The four models of Korthikanti et al., table 3: 2048 tokens, eight tensor-parallel devices.
struct Gpt {
    std::string_view size;
    Geometry geometry;
    std::int64_t stages;
    std::int64_t chunks;
};
constexpr Geometry gpt(std::int64_t hidden, std::int64_t heads, std::int64_t layers, std::int64_t batch)
{
    return {.hidden = hidden,
            .heads = heads,
            .intermediate = 4 * hidden,
            .layers = layers,
            .batch = batch,
            .tokens = 2048};
}
constexpr std::array gpts{
    Gpt{"22B", gpt(6144, 64, 48, 4), 1, 1},
    Gpt{"175B", gpt(12288, 96, 96, 1), 8, 3},
    Gpt{"530B", gpt(20480, 128, 105, 1), 35, 3},
    Gpt{"1T", gpt(25600, 160, 128, 1), 64, 1},
};

const Gpt& gptOf(std::string_view id)
{
    for (const Gpt& model : gpts)
        if (id.ends_with("-" + std::string(model.size)))
            return model;
    throw std::runtime_error("no such model: " + std::string(id));
}

GptParallel parallel(const Gpt& model, bool sequence, Recompute recompute)
{
    return {.tensor = 8,
            .sequence = sequence,
            .recompute = recompute,
            .pipeline = model.stages,
            .chunks = model.chunks};
}

Prediction korthikantiNone(std::string_view id)
{
    const Gpt& model = gptOf(id);
    return {{gptActivations(model.geometry, parallel(model, false, Recompute::None)) / gibibyte}};
}

Prediction korthikantiSelective(std::string_view id)
{
    const Gpt& model = gptOf(id);
    return {{gptActivations(model.geometry, parallel(model, true, Recompute::Selective)) / gibibyte}};
}

Prediction korthikantiStates(std::string_view id)
{
    const Gpt& model = gptOf(id);
    return {{gptStateBytes(model.geometry, parallel(model, false, Recompute::None)) / gibibyte}};
}

/// Percent of what tensor parallelism alone leaves.
Prediction korthikantiShares(std::string_view id)
{
    const Gpt& model = gptOf(id);
    const auto factor = [&](bool sequence, Recompute recompute) {
        return gptLayerFactor(model.geometry, parallel(model, sequence, recompute));
    };
    const double whole = factor(false, Recompute::None) / 100;
    return {{factor(true, Recompute::None) / whole, factor(false, Recompute::Selective) / whole,
             factor(true, Recompute::Selective) / whole, factor(false, Recompute::Full) / whole}};
}

/// Gemma 2's head: 8192 tokens, 256,000 words, soft-capped.
Prediction loss(const LossStyle& style)
{
    const Geometry g{.hidden = 2304, .vocabulary = 256'000, .tokens = 8192};
    const LossBytes bytes = lossBytes(g, style);
    return {
        {bytesIn(bytes.forward, mebibyte), bytesIn(bytes.backward, mebibyte), bytesIn(bytes.peak, mebibyte)}};
}

/// The layer that our own saved-tensor measurements ran.
constexpr Geometry small{1024, 8, 2, 128, 3584};

Prediction saved(const LayerStyle& style)
{
    return {{savedPerLayer(small, style)}};
}

Prediction eagerPeaks(std::string_view)
{
    std::vector<std::optional<double>> units;
    for (Geometry g : {llama3_8b, qwen25_3b}) {
        g.tokens = 2048;
        units.emplace_back(eagerAttentionLive(g, 2048, eagerScoreBytes(2, true)));
    }
    return {units};
}

Prediction longCheckpoints(std::string_view)
{
    Geometry g = llama3_8b;
    g.tokens = 32'768;
    const Count inputs = unitsToBytes(g, checkpointed(g.layers, 0));
    const Count layer = unitsToBytes(g, savedPerLayer(g, {}) + 1);
    return {{bytesIn(inputs, gibibyte), bytesIn(layer, gibibyte),
             bytesIn(byteSize({g.tokens, g.vocabulary}, DType::F32), gibibyte)}};
}

void addMeasuredByUs(std::vector<PublishedFigure>& figures)
{
    const auto add = [&](std::string_view id, Prediction (*predict)(std::string_view)) {
        figures.push_back({id, predict});
    };
    add("own-live-llama3-8b", [](std::string_view) -> Prediction { return {{gatedMlpLive(llama3_8b)}}; });
    add("own-live-qwen25-3b", [](std::string_view) -> Prediction { return {{gatedMlpLive(qwen25_3b)}}; });
    add("own-live-eager", eagerPeaks);
    add("own-live-lmhead",
        [](std::string_view) -> Prediction { return {{static_cast<double>(logitBytes(2, true))}}; });
    add("own-saved-full", [](std::string_view) { return saved({}); });
    add("own-saved-full-gqa", [](std::string_view) { return saved({.repeatsKeys = false}); });
    add("own-saved-full-fused",
        [](std::string_view) { return saved({.repeatsKeys = false, .fusesNorms = true}); });
    add("own-saved-eager-attention-per-score-bytes", [](std::string_view) -> Prediction {
        return {{static_cast<double>(eagerSavedScoreBytes(2, false))}};
    });
    add("own-saved-all-weights-frozen",
        [](std::string_view) { return saved({.training = LayerTraining::Frozen}); });
    add("own-saved-LoRA-r=8-on-all-linears",
        [](std::string_view) { return saved({.training = LayerTraining::Lora, .loraRank = 8}); });
    add("own-saved-frozen-and-input-without-grad",
        [](std::string_view) { return saved({.training = LayerTraining::None}); });
}

} // namespace

std::vector<PublishedFigure> publishedActivations()
{
    std::vector<PublishedFigure> figures;
    const auto add = [&](std::string_view id, Prediction (*predict)(std::string_view)) {
        figures.push_back({id, predict});
    };
    add("llamacpp-compute-llama2-7b", [](std::string_view) -> Prediction {
        return {{bytesIn(llamaCppCompute(llama2_7b, 512, 2048, false), mebibyte)}};
    });
    add("llamacpp-compute-llama3-8b", [](std::string_view) -> Prediction {
        return {{bytesIn(llamaCppCompute(llama3_8b, 512, 8192, false), mebibyte)}};
    });
    for (const MeasuredLayer& layer : measuredLayers)
        add(layer.id, copies);
    for (const std::string_view id : {"kor-fig1-act-none-22B", "kor-fig1-act-none-175B",
                                      "kor-fig1-act-none-530B", "kor-fig1-act-none-1T"})
        add(id, korthikantiNone);
    for (const std::string_view id : {"kor-fig1-act-seqsel-22B", "kor-fig1-act-seqsel-175B",
                                      "kor-fig1-act-seqsel-530B", "kor-fig1-act-seqsel-1T"})
        add(id, korthikantiSelective);
    for (const std::string_view id :
         {"kor-fig1-parm-22B", "kor-fig1-parm-175B", "kor-fig1-parm-530B", "kor-fig1-parm-1T"})
        add(id, korthikantiStates);
    for (const std::string_view id : {"kor-fig7-22B", "kor-fig7-175B", "kor-fig7-530B", "kor-fig7-1T"})
        add(id, korthikantiShares);
    add("hf-qk-16000", [](std::string_view) -> Prediction {
        const Geometry g{.heads = 40, .tokens = 16'000};
        return {{bytesIn(g.scores(16'000) * g.elementBytes, gibibyte)}};
    });
    add("cce-baseline", [](std::string_view) { return loss({.softCaps = true}); });
    add("cce-compiled",
        [](std::string_view) { return loss({.kind = LossKind::Compiled, .softCaps = true}); });
    add("cce-fused", [](std::string_view) { return loss({.kind = LossKind::FusedLinear}); });
    add("mle-ckpt-llama8b", longCheckpoints);
    addMeasuredByUs(figures);
    return figures;
}

std::vector<PublishedFigure> publishedElsewhere()
{
    std::vector<PublishedFigure> figures;
    const auto add = [&](std::string_view id, Prediction (*predict)(std::string_view)) {
        figures.push_back({id, predict});
    };
    const auto timed = [](std::string_view) -> Prediction { return {.elsewhere = "timing"}; };
    for (const std::string_view id :
         {"kor-tab5-22B", "kor-tab5-175B", "kor-tab5-530B", "kor-tab5-1T", "gptfast-llama-2-7b-int8",
          "gptfast-llama-2-7b-int4-g32", "gptfast-llama-2-70b-int8", "gptfast-llama-2-70b-int4-g32",
          "gptfast-tp", "mamf", "fa2-fa3", "llamacpp-tg"})
        add(id, timed);
    add("hf-octocoder-long",
        [](std::string_view) -> Prediction { return {.elsewhere = "its prompt has no printed length"}; });
    add("whisper-vram", [](std::string_view) -> Prediction { return {.elsewhere = "an order, no figure"}; });
    add("hf-anatomy-context", [](std::string_view) -> Prediction {
        return {{static_cast<double>(overheads::contextBytes) / mebibyte}};
    });
    add("mle-context", [](std::string_view) -> Prediction {
        const double eager = overheads::eagerContextBytes / gibibyte;
        return {{{}, eager, eager, overheads::contextBytes / gibibyte}};
    });
    add("mle-dist", [](std::string_view) -> Prediction {
        const double context = overheads::contextBytes / gibibyte;
        return {{context, context + overheads::ncclBytes / gibibyte}};
    });
    add("cublas-workspace", [](std::string_view) -> Prediction {
        return {{static_cast<double>(overheads::cublasWorkspaceBytes(8))}};
    });
    return figures;
}

} // namespace sunflop::test
