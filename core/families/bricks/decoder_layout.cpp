// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder_layout.h"

#include "core/model/kept_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

MaskStyle maskStyle(const DecoderReleases& releases, Version version)
{
    if (version >= Version{4, 53})
        return MaskStyle::IndexCompare;
    if (version >= releases.sumMask)
        return MaskStyle::PaddingSum;
    return version >= releases.productMask ? MaskStyle::LlamaProduct : MaskStyle::Converter;
}

/// Whether some layer sees every key, and whether some layer slides.
struct WindowUse {
    bool full = false;
    bool sliding = false;
};

WindowUse windowUse(std::span<const LayerSpec> layers)
{
    WindowUse use;
    for (const LayerSpec& layer : layers)
        (layer.window > 0 ? use.sliding : use.full) = true;
    return use;
}

/// An additive mask in which rows that see nothing see everything, as PyTorch's kernels need it.
Tensor unmasked(Tracer& t, const DecoderLayout& layout, const Workload& workload, const Step& step,
                Tensor mask)
{
    if (layout.unmasksRows && workload.attention == AttentionKernel::Sdpa)
        return mul(std::move(mask), t.create({workload.batch, 1, step.tokens, 1}, DType::Bool),
                   Spelling::Method);
    return mask;
}

/// Where indices compared say so: truth values for fused attention, zeros and the least number else.
Tensor comparedMask(Tracer& t, const Workload& workload, const Shape& whole, const Tensor& indices,
                    std::int64_t window)
{
    add(indices, t.number());
    add(t.create({whole.extent(3)}, DType::I64), t.number());
    if (window > 0)
        sub(indices, t.number());
    if (workload.attention != AttentionKernel::Sdpa)
        return masked_fill(t.create(whole, t.settings().activationDType));
    Shape stored = whole;
    if (!workload.isGeneration())
        stored.set(0, 1);
    return slice(t.create(stored, DType::Bool), whole);
}

/// One mask [batch, 1, tokens, keys]. Where there is no padding mask, sequences share its memory.
Tensor buildMask(Tracer& t, const DecoderLayout& layout, const Workload& workload, const Step& step,
                 Extent keys, std::int64_t window)
{
    const std::int64_t n = step.tokens;
    const Shape square{n, keys};
    const Shape whole{workload.batch, 1, n, keys};
    const Tensor padding = t.input({workload.batch, 1, 1, keys}, DType::I64);
    const bool padded = workload.isGeneration();
    const Tensor indices = t.create({n}, DType::I64);
    switch (layout.mask) {
    case MaskStyle::Converter:
        if (n > 1 || window > 0)
            add(indices, t.number());
        if (padded)
            return unmasked(t, layout, workload, step,
                            masked_fill(rsub(t.create(whole, t.settings().activationDType))));
        return t.create(whole, t.settings().activationDType);
    case MaskStyle::LlamaProduct: {
        const Tensor triangle = mul(t.create(square, t.settings().activationDType),
                                    t.create(square, DType::Bool), Spelling::InPlace);
        if (!padded)
            return slice(triangle, whole);
        mul(t.create(whole, DType::Bool), padding);
        return unmasked(t, layout, workload, step, copy(slice(triangle, {1, 1, n, keys}), whole));
    }
    case MaskStyle::PaddingSum: {
        if (window > 0)
            sub(t.create({n, 1}, DType::I64), t.number());
        const Tensor triangle = mul(t.create(square, t.settings().activationDType),
                                    t.create(square, DType::Bool), Spelling::InPlace);
        if (!padded)
            return slice(triangle, whole);
        const Tensor mask = copy(slice(triangle, {1, 1, n, keys}), whole);
        return unmasked(t, layout, workload, step, masked_fill(add(mask, padding)));
    }
    case MaskStyle::IndexCompare: break;
    }
    return comparedMask(t, workload, whole, indices, window);
}

/// Why fused attention is handed a mask over `keys`; None: it is not. PyTorch is told to be causal only where
/// the first query stands at the first key, or there is one query that sees all. A window counts from as many
/// keys on as it has. Sources: _ignore_causal_mask_sdpa of modeling_attn_mask_utils and masking_utils.
MaskReason maskReason(const DecoderLayout& layout, const Workload& workload, const Step& step, Extent keys,
                      std::int64_t window)
{
    if (workload.hasStaticCache())
        return MaskReason::FixedCache;
    if (layout.alwaysMasks)
        return MaskReason::Release;
    const std::int64_t last = keys.at(step.phase.steps - 1);
    if (window > 0 && last >= window)
        return MaskReason::Window;
    return step.tokens > 1 && last != step.tokens ? MaskReason::Prefix : MaskReason::None;
}

std::string because(MaskReason reason, const Step& step, std::int64_t window)
{
    switch (reason) {
    case MaskReason::Prefix: return fmt::format("behind {} cached tokens", step.cached.size);
    case MaskReason::Window: return fmt::format("for a window of {} keys", window);
    case MaskReason::FixedCache: return fmt::format("over a cache of {} places", step.end);
    case MaskReason::Release: return "in every forward";
    case MaskReason::Caller:
    case MaskReason::None: break;
    }
    return {};
}

/// What the reader of a prompt's figures must know.
void noteMask(Tracer& t, const Workload& workload, const Step& step, MaskReason reason, Extent keys,
              std::int64_t window)
{
    if (step.phase.kind != Phase::Kind::Prefill || step.tokens == 1)
        return;
    t.notes().push_back(fmt::format("transformers {} hands sdpa a mask {}: its kernel computes all {} x {} "
                                    "pairs of a head, and key heads are repeated.",
                                    workload.transformers.text(), because(reason, step, window), step.tokens,
                                    keys.size));
}

/// The mask of layers with this window (0: none).
LayerMask layerMask(Tracer& t, const DecoderLayout& layout, const Workload& workload, const Step& step,
                    std::int64_t window)
{
    const Extent keys = keysSeen(workload, step, window);
    if (workload.attention == AttentionKernel::Eager)
        return {buildMask(t, layout, workload, step, keys, window)};
    const MaskReason reason = maskReason(layout, workload, step, keys, window);
    if (reason == MaskReason::None)
        return {};
    noteMask(t, workload, step, reason, keys, window);
    return {buildMask(t, layout, workload, step, keys, window), reason};
}

} // namespace

DecoderLayout decoderLayout(const DecoderKin& kin, Version transformers)
{
    const DecoderReleases& releases = kin.releases;
    DecoderLayout layout{.normClass = fmt::format("{}RMSNorm", kin.prefix)};
    layout.normsPrintShape = transformers >= Version{4, 45};
    layout.rotaryInAttention = transformers < releases.rotaryOnlyOnModel;
    layout.rotaryOnModel = transformers >= releases.rotaryOnModel;
    layout.rotary = transformers >= releases.computedRotary ? RotaryTables::Computed : RotaryTables::Cached;
    layout.scalesRotary = transformers >= releases.scaledRotary;
    layout.scalesWords = kin.scalesWords && transformers < releases.scaledWords;
    layout.splitAttentionClasses = transformers < Version{4, 48};
    layout.dividesByRoot = kin.dividesByRoot || transformers < Version{4, 48};
    layout.upcastsLogits = transformers < Version{4, 46};
    layout.groupsInSdpa = transformers >= Version{4, 52};
    layout.mask = maskStyle(releases, transformers);
    layout.alwaysMasks = layout.mask == MaskStyle::LlamaProduct && transformers < Version{4, 40};
    layout.sdpaMaskSlides = transformers >= Version{4, 40};
    layout.unmasksRows = transformers >= Version{4, 40};
    return layout;
}

std::string attentionClass(const DecoderLayout& layout, std::string_view prefix, AttentionKernel kernel)
{
    if (layout.splitAttentionClasses && kernel == AttentionKernel::Sdpa)
        return fmt::format("{}SdpaAttention", prefix);
    if (layout.splitAttentionClasses && kernel == AttentionKernel::Flash)
        return fmt::format("{}FlashAttention2", prefix);
    return fmt::format("{}Attention", prefix);
}

std::vector<LayerSpec> layersRun(const Decoder& decoder, const Workload& workload)
{
    const Version version = workload.transformers;
    std::vector<LayerSpec> layers = decoder.layers;
    if (version >= decoder.kin->releases.layerWindows || workload.attention == AttentionKernel::Flash)
        return layers;
    // Before layers were told apart the one mask slid in all of them, if it slid at all.
    const bool slides = version >= Version{4, 46} || !decoder.listsWindows;
    for (LayerSpec& layer : layers)
        layer.window = slides ? decoder.window : 0;
    return layers;
}

Extent cachedKeys(const Workload& workload, const Step& step, std::int64_t window)
{
    const bool forgets = window > 0 && step.cached.size >= window - 1 &&
                         keptTokens(window, workload.transformers, cacheKind(workload));
    return forgets ? Extent(window - 1) : step.cached;
}

Extent keysSeen(const Workload& workload, const Step& step, std::int64_t window)
{
    const Extent keys = cachedKeys(workload, step, window) + Extent(step.tokens);
    if (!workload.hasStaticCache() || workload.attention == AttentionKernel::Flash)
        return keys;
    const auto kept = window > 0 ? keptTokens(window, workload.transformers, KvCache::Static) : std::nullopt;
    return std::max(std::min(step.end, kept.value_or(step.end)), keys.at(step.phase.steps - 1));
}

CausalMasks causalMasks(Tracer& t, const DecoderLayout& layout, const Decoder& decoder,
                        std::span<const LayerSpec> layers, const Workload& workload, const Step& step)
{
    CausalMasks masks;
    if (workload.attention == AttentionKernel::Flash)
        return masks;
    if (layout.mask == MaskStyle::Converter) {
        const bool slides = layout.sdpaMaskSlides || workload.attention == AttentionKernel::Eager;
        masks.full = masks.sliding =
            layerMask(t, layout, workload, step, slides ? decoder.configuredWindow : 0);
        return masks;
    }
    const WindowUse use = windowUse(layers);
    if (use.full)
        masks.full = layerMask(t, layout, workload, step, 0);
    if (use.sliding)
        masks.sliding = layerMask(t, layout, workload, step, decoder.window);
    return masks;
}

} // namespace sunflop
