// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder_layer.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

/// Queries, keys and values [b, heads, n, headDim].
struct Heads {
    Tensor q;
    Tensor k;
    Tensor v;
};

Heads separateHeads(Tracer& t, const Tensor& x, const Forward& f)
{
    const Decoder& d = f.decoder;
    const auto heads = [&](std::string_view name, std::int64_t count) {
        return splitHeads(product(t, d.kin->product, name, x, count * d.headDim, d.qkvBias), count,
                          d.headDim);
    };
    Tensor q = heads("q_proj", d.heads);
    Tensor k = heads("k_proj", d.kvHeads);
    Tensor v = heads("v_proj", d.kvHeads);
    if (d.headNorms) {
        const RmsNormStyle headNorm{.className = f.layout.normClass, .epsilon = d.normEpsilon};
        q = rmsNorm(t, "q_norm", q, headNorm);
        k = rmsNorm(t, "k_norm", k, headNorm);
    }
    return {std::move(q), std::move(k), std::move(v)};
}

/// One product, cut into three.
Heads fusedHeads(Tracer& t, const Tensor& x, const Forward& f)
{
    const Decoder& d = f.decoder;
    const std::int64_t width = (d.heads + 2 * d.kvHeads) * d.headDim;
    const Tensor all = product(t, d.kin->product, d.kin->names.queryKeyValue, x, width, d.qkvBias);
    const auto heads = [&](std::int64_t count) {
        return slice(all, {x.size(0), count, x.size(1), d.headDim});
    };
    return {heads(d.heads), heads(d.kvHeads), heads(d.kvHeads)};
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

/// The tables of one layer: the model's, or its own.
std::optional<Rotary> layerRotary(Tracer& t, const std::optional<Rotary>& shared, const Forward& f)
{
    if (!f.decoder.kin->names.positions.empty())
        return std::nullopt;
    if (f.layout.rotaryInAttention && f.layout.rotaryOnModel) {
        const auto unused = t.dormant();
        idle(t, "rotary_emb", fmt::format("{}RotaryEmbedding", f.decoder.kin->prefix));
    }
    return shared ? *shared : decoderRotary(t, f);
}

Attend attendOf(const Forward& f, const LayerMask& mask, std::int64_t window)
{
    const Decoder& d = f.decoder;
    return {.kernel = f.workload.attention,
            .causal = true,
            .window = window,
            .mask = &mask,
            .groupsKeys = f.layout.groupsInSdpa,
            .scalings = d.scalings,
            .dividesByRoot = f.layout.dividesByRoot,
            .capsScores = d.capsScores,
            .floatSoftmax = d.kin->floatSoftmax,
            .dropout = d.kin->names.attentionDropout,
            .dropoutProbability = d.attentionDropout,
            .mode = f.workload.mode};
}

/// A dropout module of the family, if it has one here.
Tensor dropped(Tracer& t, std::string_view name, Tensor x, double probability, const Forward& f)
{
    return name.empty() ? x : dropout(t, name, std::move(x), probability, f.workload.mode);
}

Tensor attention(Tracer& t, const Tensor& x, const std::optional<Rotary>& shared, const LayerMask& mask,
                 std::int64_t window, const Forward& f)
{
    const Decoder& d = f.decoder;
    const DecoderNames& names = d.kin->names;
    const auto scope =
        t.module(names.attention, attentionClass(f.layout, d.kin->prefix, f.workload.attention),
                 {.role = Role::Attention,
                  .order = {names.queryKeyValue, "q_proj", "k_proj", "v_proj", names.output, "q_norm",
                            "k_norm", "rotary_emb", names.attentionDropout, names.residualDropout}});
    Heads heads = names.queryKeyValue.empty() ? separateHeads(t, x, f) : fusedHeads(t, x, f);
    const std::optional<Rotary> rotary = layerRotary(t, shared, f);
    if (rotary) {
        Tensor turned = rotated(heads.q, *rotary);
        heads.k = rotated(heads.k, *rotary);
        heads.q = std::move(turned);
    }
    heads.k = withCache(t, f, std::move(heads.k), window);
    heads.v = withCache(t, f, std::move(heads.v), window);
    Tensor mixed = attend(t, heads.q, heads.k, heads.v, attendOf(f, mask, window));
    mixed = mergeHeads(mixed, headOrder(f.workload.attention));
    Tensor out = product(t, d.kin->product, names.output, mixed, d.hidden, d.outputBias);
    return dropped(t, names.residualDropout, std::move(out), d.residualDropout, f);
}

Tensor dense(Tracer& t, const Tensor& x, const Forward& f)
{
    const Decoder& d = f.decoder;
    const DecoderNames& names = d.kin->names;
    const auto scope = t.module(
        names.mlp, fmt::format("{}MLP", d.kin->prefix),
        {.role = Role::Mlp, .order = {names.gate, names.up, names.down, names.activation, names.mlpDropout}});
    const auto wide = [&](std::string_view name) {
        return product(t, d.kin->product, name, x, d.intermediate, d.mlpBias);
    };
    Tensor y = wide(names.gate.empty() ? names.up : names.gate);
    y = activation(t, names.activation, y, d.hiddenAct, f.workload.transformers);
    if (!names.gate.empty()) {
        Tensor up = wide(names.up);
        y = mul(std::move(y), std::move(up));
    }
    Tensor out = product(t, d.kin->product, names.down, y, d.hidden, d.mlpBias);
    return dropped(t, names.mlpDropout, std::move(out), d.residualDropout, f);
}

Tensor feedForward(Tracer& t, const Tensor& x, const LayerSpec& spec, const Forward& f)
{
    if (spec.feedForward == FeedForward::Dense)
        return dense(t, x, f);
    const DecoderKin& kin = *f.decoder.kin;
    const Version release = f.workload.transformers;
    const RoutedExperts experts{kin.prefix, f.decoder.routing, f.decoder.intermediate, f.decoder.hiddenAct};
    return release >= kin.releases.fusedExperts ? groupedExperts(t, x, experts, release)
                                                : listedExperts(t, x, experts, kin.experts, release);
}

/// The change that a part of the layer makes, with a norm in front of it and, in some families, behind it.
Tensor behindNorm(Tracer& t, std::string_view name, Tensor change, const Forward& f)
{
    return name.empty() ? change : decoderNorm(t, name, change, f);
}

} // namespace

std::vector<LayerRun> layerRuns(const Tracer& t, const Forward& f)
{
    std::vector<LayerRun> runs;
    for (std::size_t i = 0; i < f.layers.size();) {
        const auto differs = [&](const LayerSpec& layer) { return !(layer == f.layers[i]); };
        const auto end =
            std::find_if(f.layers.begin() + static_cast<std::ptrdiff_t>(i), f.layers.end(), differs);
        const auto first = static_cast<std::int64_t>(i);
        const std::int64_t next = t.alikeUntil(first, end - f.layers.begin());
        runs.push_back({first, next - first, f.layers[i]});
        i = static_cast<std::size_t>(next);
    }
    return runs;
}

std::string layerClass(const DecoderKin& kin)
{
    return fmt::format("{}{}", kin.prefix, kin.names.layerClass);
}

Tensor decoderNorm(Tracer& t, std::string_view name, const Tensor& x, const Forward& f)
{
    if (f.decoder.kin->norm == NormClass::LayerNorm)
        return layerNorm(t, name, x, f.decoder.normEpsilon);
    return rmsNorm(t, name, x,
                   {.className = f.layout.normClass,
                    .epsilon = f.decoder.normEpsilon,
                    .printsShape = f.layout.normsPrintShape,
                    .addsOne = f.decoder.kin->norm == NormClass::RmsOnePlus});
}

Rotary decoderRotary(Tracer& t, const Forward& f)
{
    return rotaryEmbedding(t,
                           {.className = fmt::format("{}RotaryEmbedding", f.decoder.kin->prefix),
                            .width = f.decoder.headDim,
                            .tables = f.layout.rotary,
                            .scales = f.layout.scalesRotary},
                           f.workload.isGeneration() ? f.workload.batch : 1, f.step.tokens);
}

namespace {

/// Enters a run of layers. A mixture stands where the MLP does, under a name of its own before 5.0.
Tracer::Scope layerScope(Tracer& t, const LayerRun& run, const DecoderKin& kin)
{
    const DecoderNames& names = kin.names;
    if (!names.registersModulesFirst)
        return t.module(std::to_string(run.first), layerClass(kin), {.repeat = run.count});
    return t.module(std::to_string(run.first), layerClass(kin),
                    {.repeat = run.count,
                     .order = {names.attention, names.mlp, kin.experts.block, names.inputNorm,
                               names.attendedNorm, names.mlpNorm, names.changedNorm}});
}

} // namespace

Tensor decoderLayer(Tracer& t, Tensor handed, const LayerRun& run, const std::optional<Rotary>& rotary,
                    const LayerMask& mask, const Forward& f)
{
    const DecoderNames& names = f.decoder.kin->names;
    const auto scope = layerScope(t, run, *f.decoder.kin);
    const auto adapting = t.adapting();
    const Tensor x = t.carried(std::move(handed));
    Tensor states = decoderNorm(t, names.inputNorm, x, f);
    states = attention(t, states, rotary, mask, run.spec.window, f);
    states = behindNorm(t, names.attendedNorm, std::move(states), f);
    const Tensor attended = add(x, std::move(states));
    states = decoderNorm(t, names.mlpNorm, attended, f);
    states = feedForward(t, states, run.spec, f);
    states = behindNorm(t, names.changedNorm, std::move(states), f);
    return t.handOn(add(attended, std::move(states)));
}

} // namespace sunflop
