// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

#include "core/families/bricks/decoder_heads.h"
#include "core/families/bricks/decoder_layout.h"
#include "core/model/kept_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

/// What every layer of one forward needs.
struct Forward {
    const Decoder& decoder;
    const DecoderLayout& layout;
    const Workload& workload;
    const Step& step;
};

/// Tables that rotate queries and keys: cos and sin [positions, tokens, headDim].
struct Rotary {
    Tensor cos;
    Tensor sin;
};

/// cos and sin for the step's positions. A plain forward makes one row of positions for all sequences,
/// generate() derives them from the padding mask, a row for each.
Rotary rotaryEmbedding(Tracer& t, const Forward& f)
{
    const auto scope = t.module("rotary_emb", fmt::format("{}RotaryEmbedding", f.decoder.prefix));
    const std::int64_t width = f.decoder.headDim;
    const std::int64_t rows = f.workload.isGeneration() ? f.workload.batch : 1;
    const Shape shape{rows, f.step.tokens, width};
    if (f.layout.rotary == RotaryTables::Cached) {
        const Tensor table = t.create(shape, t.settings().activationDType);
        return {table, table};
    }
    const Tensor frequencies = t.create({rows, width / 2, 1}, DType::F32);
    const Tensor positions = t.create({rows, 1, f.step.tokens}, DType::F32);
    const Tensor angles = transpose(matmul(frequencies, positions, Spelling::Operator), 1, 2);
    const Tensor both = cat(angles, angles, 2);
    Rotary rotary{cos(both), sin(both)};
    if (f.layout.scalesRotary) {
        rotary.cos = mul(rotary.cos, t.number());
        rotary.sin = mul(rotary.sin, t.number());
    }
    return {to(rotary.cos, t.settings().activationDType), to(rotary.sin, t.settings().activationDType)};
}

/// x * cos + rotate_half(x) * sin for x [b, heads, n, d].
Tensor rotated(const Tensor& x, const Rotary& rotary)
{
    const auto perHead = [](const Tensor& table) {
        return view(table, {table.size(0), 1, table.size(1), table.size(2)});
    };
    Shape half = x.shape();
    half.set(3, x.size(3).size / 2);
    Tensor straight = mul(x, perHead(rotary.cos));
    Tensor turned = cat(neg(slice(x, half)), slice(x, half), 3);
    turned = mul(std::move(turned), perHead(rotary.sin));
    return add(std::move(straight), std::move(turned));
}

/// Keys or values of the cache in front of the new ones, which the cache keeps all; the kernel sees every
/// place of a cache of fixed size.
Tensor withCache(Tracer& t, const Forward& f, Tensor x, std::int64_t window)
{
    const Extent cached = cachedKeys(f.workload, f.step, window);
    if (!(cached == Extent(0)))
        x = cat(t.cached({x.size(0), x.size(1), cached, x.size(3)}, f.workload.kvDType), std::move(x), 2);
    if (f.workload.usesCache())
        t.cache(x.dtype() == f.workload.kvDType ? x : t.create(x.shape(), f.workload.kvDType));
    return slice(x, {x.size(0), x.size(1), keysSeen(f.workload, f.step, window), x.size(3)});
}

/// Keys or values [b, kvHeads, n, d] once for every query head.
Tensor repeated(const Tensor& x, std::int64_t heads)
{
    return x.size(1) == Extent(heads) ? x : copy(x, {x.size(0), heads, x.size(2), x.size(3)});
}

Tensor eagerAttention(Tracer& t, const Forward& f, const Tensor& q, const Tensor& k, const Tensor& v,
                      const std::optional<Tensor>& mask)
{
    Tensor scores = matmul(q, transpose(k, 2, 3));
    scores = f.layout.dividesByRoot ? div(std::move(scores), t.number()) : mul(std::move(scores), t.number());
    if (mask) {
        Shape seen = mask->shape();
        seen.set(3, scores.size(3));
        scores = add(std::move(scores), slice(*mask, seen));
    }
    scores = floatSoftmax(scores, q.dtype());
    return matmul(std::move(scores), v);
}

/// PyTorch's or flash-attn's kernel. Handed a mask, PyTorch's reads a key head for each query head.
Tensor fusedAttention(const Forward& f, const Tensor& q, const Tensor& k, const Tensor& v,
                      const LayerMask& mask, std::int64_t window)
{
    if (f.workload.attention == AttentionKernel::Flash)
        return scaled_dot_product_attention(q, k, v, {.causal = true, .window = window});
    const bool expands = mask.tensor || !f.layout.groupsInSdpa;
    const Tensor keys = expands ? repeated(k, f.decoder.heads) : k;
    const Tensor values = expands ? repeated(v, f.decoder.heads) : v;
    if (!mask.tensor)
        return scaled_dot_product_attention(q, keys, values, {.causal = f.step.tokens > 1});
    return scaled_dot_product_attention(q, keys, values, {.mask = mask.reason}, mask.tensor);
}

Tensor attention(Tracer& t, const Tensor& x, const std::optional<Rotary>& shared, const LayerMask& mask,
                 std::int64_t window, const Forward& f)
{
    const Decoder& d = f.decoder;
    const auto scope =
        t.module("self_attn", attentionClass(f.layout, d.prefix, f.workload.attention),
                 {.role = Role::Attention,
                  .order = {"q_proj", "k_proj", "v_proj", "o_proj", "q_norm", "k_norm", "rotary_emb"}});
    const RmsNormStyle headNorm{.className = f.layout.normClass, .epsilon = d.normEpsilon};
    Tensor q = splitHeads(linear(t, "q_proj", x, d.heads * d.headDim, d.qkvBias), d.heads, d.headDim);
    Tensor k = splitHeads(linear(t, "k_proj", x, d.kvHeads * d.headDim, d.qkvBias), d.kvHeads, d.headDim);
    Tensor v = splitHeads(linear(t, "v_proj", x, d.kvHeads * d.headDim, d.qkvBias), d.kvHeads, d.headDim);
    if (d.headNorms) {
        q = rmsNorm(t, "q_norm", q, headNorm);
        k = rmsNorm(t, "k_norm", k, headNorm);
    }
    if (f.layout.rotaryInAttention && f.layout.rotaryOnModel) {
        const auto unused = t.dormant();
        idle(t, "rotary_emb", fmt::format("{}RotaryEmbedding", d.prefix));
    }
    const Rotary rotary = shared ? *shared : rotaryEmbedding(t, f);
    Tensor turned = rotated(q, rotary);
    k = rotated(k, rotary);
    q = std::move(turned);
    k = withCache(t, f, std::move(k), window);
    v = withCache(t, f, std::move(v), window);

    Tensor mixed;
    if (f.workload.attention == AttentionKernel::Eager)
        mixed = eagerAttention(t, f, q, repeated(k, d.heads), repeated(v, d.heads), mask.tensor);
    else
        mixed = fusedAttention(f, q, k, v, mask, window);
    mixed = mergeHeads(mixed, headOrder(f.workload.attention));
    return linear(t, "o_proj", mixed, d.hidden, d.outputBias);
}

Tensor mlp(Tracer& t, const Tensor& x, const Forward& f)
{
    const Decoder& d = f.decoder;
    const auto scope =
        t.module("mlp", fmt::format("{}MLP", d.prefix),
                 {.role = Role::Mlp, .order = {"gate_proj", "up_proj", "down_proj", "act_fn"}});
    Tensor gate = linear(t, "gate_proj", x, d.intermediate, d.mlpBias);
    gate = activation(t, "act_fn", gate, d.hiddenAct, f.workload.transformers);
    Tensor up = linear(t, "up_proj", x, d.intermediate, d.mlpBias);
    return linear(t, "down_proj", mul(std::move(gate), std::move(up)), d.hidden, d.mlpBias);
}

/// A run of equal layers, traced once. `window` is 0 where they see every key.
struct LayerRun {
    std::int64_t first = 0;
    std::int64_t count = 0;
    std::int64_t window = 0;
};

Tensor layer(Tracer& t, Tensor handed, const LayerRun& run, const std::optional<Rotary>& rotary,
             const LayerMask& mask, const Forward& f)
{
    const auto scope = t.module(
        std::to_string(run.first), fmt::format("{}DecoderLayer", f.decoder.prefix),
        {.repeat = run.count, .order = {"self_attn", "mlp", "input_layernorm", "post_attention_layernorm"}});
    const RmsNormStyle norm{f.layout.normClass, f.decoder.normEpsilon, f.layout.normsPrintShape};
    const auto adapting = t.adapting();
    const Tensor x = t.carried(std::move(handed));
    Tensor states = rmsNorm(t, "input_layernorm", x, norm);
    states = attention(t, states, rotary, mask, run.window, f);
    const Tensor attended = add(x, std::move(states));
    states = rmsNorm(t, "post_attention_layernorm", attended, norm);
    states = mlp(t, states, f);
    return t.handOn(add(attended, std::move(states)));
}

/// Neighbouring layers with the same window and the same adapters. The current module is their list.
std::vector<LayerRun> layerRuns(const Tracer& t, const Forward& f)
{
    std::vector<LayerRun> runs;
    for (std::int64_t i = 0; i < f.decoder.layers;) {
        const std::int64_t window = layerWindow(f.decoder, f.workload, i);
        // Only the listed layers can differ; a plain decoder is one run however deep it is.
        std::int64_t next = f.decoder.layers;
        for (auto j = static_cast<std::size_t>(i + 1); j < f.decoder.slidingLayers.size(); ++j)
            if (layerWindow(f.decoder, f.workload, static_cast<std::int64_t>(j)) != window) {
                next = static_cast<std::int64_t>(j);
                break;
            }
        next = t.alikeUntil(i, next);
        runs.push_back({i, next - i, window});
        i = next;
    }
    return runs;
}

/// XModel: [b, n, hidden] embeddings to [b, n, hidden] states.
Tensor model(Tracer& t, const Tensor& embeddings, const Forward& f)
{
    const Decoder& d = f.decoder;
    const auto masks = causalMasks(t, f.layout, d, f.workload, f.step);
    std::optional<Rotary> rotary;
    if (f.layout.rotaryOnModel)
        rotary = rotaryEmbedding(t, f);
    Tensor x = embeddings;
    {
        const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
        for (const LayerRun& run : layerRuns(t, f))
            x = layer(t, std::move(x), run, rotary, run.window > 0 ? masks.sliding : masks.full, f);
    }
    return rmsNorm(t, "norm", x, {f.layout.normClass, d.normEpsilon, f.layout.normsPrintShape});
}

/// Keys and values that every layer holds when the run ends.
void keepCache(Tracer& t, const Forward& f, std::int64_t tokens)
{
    const Decoder& d = f.decoder;
    const auto layers = t.module("layers", "ModuleList");
    for (const LayerRun& run : layerRuns(t, f)) {
        const auto inLayer = t.module(std::to_string(run.first), fmt::format("{}DecoderLayer", d.prefix));
        const auto inAttention =
            t.module("self_attn", attentionClass(f.layout, d.prefix, f.workload.attention));
        const auto kept = run.window > 0
                              ? keptTokens(run.window, f.workload.transformers, cacheKind(f.workload))
                              : std::nullopt;
        const std::int64_t held = std::min(tokens, kept.value_or(tokens));
        t.keep(Count(f.workload.batch) * held * 2 * d.kvHeads * d.headDim, f.workload.kvDType, d.kvHeads,
               kept.value_or(0));
    }
}

/// XModel under `name`: token ids to states [batch, tokens, hidden]. `features` stand in the prompt beside
/// the embedded tokens.
Tensor base(Tracer& t, std::string_view name, const Forward& f, const std::optional<Tensor>& features)
{
    const Decoder& d = f.decoder;
    const auto scope = t.module(name, fmt::format("{}Model", d.prefix),
                                {.order = {"embed_tokens", "layers", "norm", "rotary_emb"}});
    const std::int64_t embedded = f.step.tokens - (features ? features->shape()[1] : 0);
    const Tensor ids = t.input({f.workload.batch, embedded}, DType::I64);
    Tensor words = embedding(t, "embed_tokens", ids, d.vocabulary, d.hidden, d.paddingRow, tieOf(d));
    if (features)
        words = cat(std::move(words), *features, 1);
    return model(t, words, f);
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
    const std::string model = fmt::format("{}Model", f.decoder.prefix);
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
    const DecoderLayout layout = decoderLayout(decoder.prefix, workload.transformers);
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
        forward(t, name, {decoder, layout, workload, step}, features);
        features.reset();
    }
    t.run().promptTokens = promptTokens;
    t.run().decodeSteps = workload.decodeSteps();
    if (workload.usesCache())
        keepCacheUnder(t, name, {decoder, layout, workload, Step{}},
                       workload.cachedTokens + promptTokens + workload.decodeSteps());
}

Result<Trace> traceDecoder(const Decoder& decoder, const Workload& workload)
{
    Tracer t(tracerSettings(workload));
    runDecoder(t, "", decoder, workload, workload.textTokens);
    return t.finish();
}

} // namespace sunflop
