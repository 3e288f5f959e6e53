// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

#include "core/families/bricks/decoder_heads.h"
#include "core/families/bricks/decoder_layer.h"
#include "core/model/kept_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

/// XModel behind its embeddings: [b, n, hidden] to states [b, n, hidden].
Tensor model(Tracer& t, const Tensor& embedded, const Forward& f)
{
    const DecoderNames& names = f.decoder.kin->names;
    const auto masks = causalMasks(t, f.layout, f.decoder, f.layers, f.workload, f.step);
    std::optional<Rotary> rotary;
    if (names.positions.empty() && f.layout.rotaryOnModel)
        rotary = decoderRotary(t, f);
    Tensor x = embedded;
    {
        const auto layers = t.module(names.layers, "ModuleList", {.isContainer = true});
        for (const LayerRun& run : layerRuns(t, f))
            x = decoderLayer(t, std::move(x), run, rotary, run.spec.window > 0 ? masks.sliding : masks.full,
                             f);
    }
    return decoderNorm(t, names.finalNorm, x, f);
}

/// Keys and values that every layer holds when the run ends.
void keepCache(Tracer& t, const Forward& f, std::int64_t tokens)
{
    const Decoder& d = f.decoder;
    const auto layers = t.module(d.kin->names.layers, "ModuleList");
    for (const LayerRun& run : layerRuns(t, f)) {
        const auto inLayer = t.module(std::to_string(run.first), layerClass(*d.kin));
        const auto inAttention =
            t.module(d.kin->names.attention, attentionClass(f.layout, d.kin->prefix, f.workload.attention));
        const auto kept = run.spec.window > 0
                              ? keptTokens(run.spec.window, f.workload.transformers, cacheKind(f.workload))
                              : std::nullopt;
        const std::int64_t held = std::min(tokens, kept.value_or(tokens));
        t.keep(Count(f.workload.batch) * held * 2 * d.kvHeads * d.headDim, f.workload.kvDType, d.kvHeads,
               kept.value_or(0));
    }
}

/// Where the step's tokens stand, looked up in a table of learned positions: [rows, tokens, hidden].
Tensor learnedPositions(Tracer& t, const Forward& f)
{
    const Decoder& d = f.decoder;
    const std::int64_t rows = f.workload.isGeneration() ? f.workload.batch : 1;
    const Tensor places = t.create({rows, f.step.tokens}, DType::I64);
    Tensor positions = embedding(t, d.kin->names.positions, places, d.contextTokens, d.hidden);
    if (f.step.end > d.contextTokens)
        t.fail(ErrorKind::OutOfRange,
               fmt::format("{} tokens in a sequence, expected at most {}: the model has "
                           "learned no further position",
                           f.step.end, d.contextTokens));
    return positions;
}

/// Token ids [batch, words] to the step's states [batch, tokens, hidden]; `features` stand in the prompt
/// beside the words.
Tensor embedded(Tracer& t, const Forward& f, const Tensor& ids, const std::optional<Tensor>& features)
{
    const Decoder& d = f.decoder;
    const DecoderNames& names = d.kin->names;
    const bool tableScales = d.kin->scalesWords && !f.layout.scalesWords;
    Tensor x = embedding(
        t, names.words, ids, d.vocabulary, d.hidden, d.kin->padsWords ? d.paddingRow : std::nullopt, tieOf(d),
        tableScales ? fmt::format("{}TextScaledWordEmbedding", d.kin->prefix) : "Embedding", tableScales);
    if (features)
        x = cat(std::move(x), *features, 1);
    if (!names.positions.empty())
        x = add(std::move(x), learnedPositions(t, f));
    if (f.layout.scalesWords)
        x = mul(std::move(x), t.number());
    if (!names.embeddingDropout.empty())
        x = dropout(t, names.embeddingDropout, std::move(x), d.embeddingDropout, f.workload.mode);
    return x;
}

/// XModel under `name`: token ids to states [batch, tokens, hidden].
Tensor base(Tracer& t, std::string_view name, const Forward& f, const std::optional<Tensor>& features)
{
    const DecoderNames& names = f.decoder.kin->names;
    const auto scope = t.module(name, fmt::format("{}Model", f.decoder.kin->prefix),
                                {.order = {names.words, names.positions, names.embeddingDropout, names.layers,
                                           names.finalNorm, "rotary_emb"}});
    const std::int64_t words = f.step.tokens - (features ? features->shape()[1] : 0);
    const Tensor ids = t.input({f.workload.batch, words}, DType::I64);
    const Tensor x = embedded(t, f, ids, features);
    return model(t, x, f);
}

/// Enters the class that stands on XModel.
Tracer::Scope classScope(Tracer& t, std::string_view name, const Decoder& decoder, const HeadLayout& layout)
{
    if (layout.headIsFirst)
        return t.module(name, className(decoder), {.order = {"qa_outputs", "model"}});
    return t.module(name, className(decoder));
}

/// One forward of the whole class under `name`.
void forward(Tracer& t, std::string_view name, const Forward& f, const std::optional<Tensor>& features)
{
    if (f.decoder.head == DecoderHead::None) {
        t.hold(base(t, name, f, features));
        return;
    }
    const HeadLayout layout = headLayout(f.decoder, f.workload.transformers);
    const auto scope = classScope(t, name, f.decoder, layout);
    Tensor states = base(t, layout.base, f, features);
    runHead(t, f.decoder, f.workload, std::move(states));
}

/// keepCache() of the whole class under `name`.
void keepCacheUnder(Tracer& t, std::string_view name, const Forward& f, std::int64_t tokens)
{
    const std::string model = fmt::format("{}Model", f.decoder.kin->prefix);
    if (f.decoder.head == DecoderHead::None) {
        const auto scope = t.module(name, model);
        keepCache(t, f, tokens);
        return;
    }
    const HeadLayout layout = headLayout(f.decoder, f.workload.transformers);
    const auto scope = classScope(t, name, f.decoder, layout);
    const auto inModel = t.module(layout.base, model);
    keepCache(t, f, tokens);
}

} // namespace

void runDecoder(Tracer& t, std::string_view name, const Decoder& decoder, const Workload& workload,
                std::int64_t promptTokens, std::optional<Tensor> features)
{
    const DecoderLayout layout = decoderLayout(*decoder.kin, workload.transformers);
    const std::vector<LayerSpec> layers = layersRun(decoder, workload);
    const auto frozen = t.frozen(workload.hasAdapters() || (workload.mode == Mode::Training &&
                                                            workload.trainable == Trainable::Vision));
    // Once keys fill a window, caches are trimmed and masks appear.
    std::vector<std::int64_t> windows;
    for (const std::int64_t window : {decoder.window, decoder.configuredWindow})
        if (window > 0)
            windows.push_back(window);
    for (const Step& step : runSteps(workload, promptTokens, std::move(windows))) {
        if (step.phase.kind == Phase::Kind::Decode)
            t.beginPhase(step.phase);
        forward(t, name, {decoder, layout, layers, workload, step}, features);
        features.reset();
    }
    t.run().promptTokens = promptTokens;
    t.run().decodeSteps = workload.decodeSteps();
    if (workload.usesCache())
        keepCacheUnder(t, name, {decoder, layout, layers, workload, Step{}},
                       workload.cachedTokens + promptTokens + workload.decodeSteps());
}

Result<Trace> traceDecoder(const Decoder& decoder, const Workload& workload)
{
    Tracer t(tracerSettings(workload));
    runDecoder(t, "", decoder, workload, workload.textTokens);
    return t.finish();
}

} // namespace sunflop
