// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/closed_forms.h"

#include "core/memory/sharding.h"

#include <algorithm>
#include <cmath>

namespace sunflop::forms {

namespace {

/// Bytes per logit in forward's worst moment and at backward's, and what backward adds.
struct PerLogit {
    std::int64_t forward = 0;
    std::int64_t added = 0;
    std::int64_t peak = 0;
};

PerLogit perLogit(const Geometry& g, const LossStyle& style)
{
    constexpr std::int64_t fp32 = 4;
    if (style.kind == LossKind::FusedLinear)
        return {};
    if (style.kind == LossKind::Compiled)
        return {.forward = g.elementBytes, .added = 6, .peak = g.elementBytes + 6};
    // Logits, their fp32 copy and log-softmax; then log-softmax and two gradients.
    PerLogit p{.forward = g.elementBytes + 2 * fp32, .added = 2 * fp32, .peak = 3 * fp32};
    if (style.softCaps) {
        p.forward += g.elementBytes;
        p.peak += g.elementBytes;
    }
    if (style.copiesLabelsShifted)
        p.forward += fp32;
    if (style.returnsLogits)
        p.peak += g.elementBytes;
    p.peak = std::max(p.peak, p.forward);
    return p;
}

double gptUnit(const Geometry& g)
{
    return static_cast<double>((Count(g.tokens) * g.batch * g.hidden).value());
}

} // namespace

Count unitsToBytes(const Geometry& g, double units)
{
    return static_cast<std::int64_t>(std::llround(units * static_cast<double>(g.unitBytes().value())));
}

double gatedMlpLive(const Geometry& g)
{
    return 3 + 3 * g.intermediateRatio();
}

double plainMlpLive(const Geometry& g)
{
    return 3 + 2 * g.intermediateRatio();
}

double ropeLive(const Geometry& g)
{
    return 2 + 4 * g.queryRatio() + 2 * g.keyRatio();
}

double fusedAttentionLive(const Geometry& g, bool repeatsKeys)
{
    const double repeated = repeatsKeys ? 2 * g.queryRatio() : 0;
    return 2 + g.queryRatio() + 2 * g.keyRatio() + repeated + g.queryRatio();
}

std::int64_t eagerScoreBytes(std::int64_t elementBytes, bool isBf16)
{
    constexpr std::int64_t fp32 = 4;
    // Half precision that is not bf16 goes straight into an fp32 softmax, beside the copy to come.
    return elementBytes == 2 && isBf16 ? elementBytes + 2 * fp32 : 2 * fp32;
}

double eagerAttentionLive(const Geometry& g, std::int64_t keys, std::int64_t scoreBytes)
{
    const double perUnit = static_cast<double>((g.scores(keys) * scoreBytes).value()) /
                           static_cast<double>(g.unitBytes().value());
    return 2 + g.queryRatio() + 2 * g.keyRatio() + 2 * g.queryRatio() + perUnit;
}

std::int64_t logitBytes(std::int64_t elementBytes, bool castsToFloat)
{
    return elementBytes + (castsToFloat && elementBytes != 4 ? 4 : 0);
}

Count llamaCppCompute(const Geometry& g, std::int64_t microBatch, std::int64_t context, bool hasFlash)
{
    constexpr std::int64_t fp32 = 4;
    const Count states = Count(4) * microBatch * g.hidden;
    if (hasFlash)
        return (Count(microBatch) * g.vocabulary + states) * fp32;
    return (Count(g.heads) * microBatch * context + Count(microBatch) * context + states) * fp32;
}

double savedPerLayer(const Geometry& g, const LayerStyle& style)
{
    if (style.training == LayerTraining::None)
        return 0;
    const double q = g.queryRatio();
    const double kv = g.keyRatio();
    const double f = g.intermediateRatio();
    const double logSumExp =
        4.0 * static_cast<double>(g.heads) / static_cast<double>(g.hidden * g.elementBytes);
    // Queries and the output; keys and values as the kernel reads them, and the output once more for o_proj.
    const bool isFrozen = style.training == LayerTraining::Frozen;
    const double copies = isFrozen ? 0 : q;
    const double attention = style.repeatsKeys ? 4 * q + copies : 2 * q + 2 * kv;
    const double headNorms = style.normsHeads ? 3 * (q + kv) : 0;
    if (isFrozen)
        return 4 + attention + headNorms + 3 * f + logSumExp;
    const double norms = style.fusesNorms ? 4 : style.scalesNorms ? 10 : 8;
    const double mlp = style.fusesGate ? 3 * f : 4 * f;
    if (style.training == LayerTraining::Full)
        return norms + attention + headNorms + mlp + logSumExp;
    // q, k, v, o, gate, up, down: each keeps its input times A.
    const double adapters = 7.0 * static_cast<double>(style.loraRank) / static_cast<double>(g.hidden);
    return norms - 2 + attention + headNorms + mlp + adapters + logSumExp;
}

std::int64_t eagerSavedScoreBytes(std::int64_t elementBytes, bool hasDropout)
{
    constexpr std::int64_t fp32 = 4;
    const std::int64_t kept = elementBytes == fp32 ? fp32 : fp32 + elementBytes;
    return kept + (hasDropout ? 1 + elementBytes : 0);
}

double checkpointed(std::int64_t layers, double savedUnits, std::int64_t every, bool offloads)
{
    const std::int64_t inputs = (layers + every - 1) / every;
    const std::int64_t held = offloads ? std::min<std::int64_t>(2, inputs) : inputs;
    return static_cast<double>(held) + static_cast<double>(std::min(every, layers)) * savedUnits;
}

LossBytes lossBytes(const Geometry& g, const LossStyle& style)
{
    const Count tokens = (g.batch * g.tokens + style.chunks - 1) / style.chunks;
    const Count logits = tokens * g.vocabulary;
    const PerLogit p = perLogit(g, style);
    LossBytes bytes{logits * p.forward, logits * p.added, logits * p.peak};
    if (style.kind == LossKind::FusedLinear) {
        // Gradients of the hidden states and of the head's weight.
        bytes.backward = (Count(g.batch) * g.tokens + g.vocabulary) * g.hidden * g.elementBytes;
        bytes.peak = bytes.backward;
    }
    return bytes;
}

double gptLayerFactor(const Geometry& g, const GptParallel& parallel)
{
    const auto t = static_cast<double>(parallel.tensor);
    const double attention = 5.0 * static_cast<double>(g.heads * g.tokens) / static_cast<double>(g.hidden);
    if (parallel.recompute == Recompute::Full)
        return 2;
    const double core = parallel.recompute == Recompute::Selective ? 0 : attention;
    return parallel.sequence ? (34 + core) / t : 10 + (24 + core) / t;
}

double gptActivations(const Geometry& g, const GptParallel& parallel)
{
    return gptUnit(g) * gptLayerFactor(g, parallel) * static_cast<double>(g.layers) *
           interleavedFactor(parallel.pipeline, parallel.chunks);
}

double gptExtras(const Geometry& g, const GptParallel& parallel)
{
    const auto t = static_cast<double>(parallel.tensor);
    const double dropout = static_cast<double>(parallel.pipeline) / t;
    if (parallel.pipeline > 1)
        return gptUnit(g) * dropout;
    const double head = 4 / t * (1 + static_cast<double>(g.vocabulary) / static_cast<double>(g.hidden));
    return gptUnit(g) * (dropout + head);
}

double gptStateBytes(const Geometry& g, const GptParallel& parallel, double bytesPerParam)
{
    const Count params = Count(12) * g.layers * g.hidden * g.hidden;
    return bytesPerParam * static_cast<double>(params.value()) /
           static_cast<double>(parallel.tensor * parallel.pipeline);
}

double megatronLayerFactor(const Geometry& g, std::int64_t tensor)
{
    return (18 + 4 * g.intermediateRatio()) / static_cast<double>(tensor);
}

} // namespace sunflop::forms
