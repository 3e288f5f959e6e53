// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/decoder_layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

/// Releases in which one family changed; a change that a family never saw has version 0.
struct Changes {
    Version computedRotary;    ///< cached tables until then
    Version rotaryOnModel;     ///< first release with a rotary module on the model
    Version rotaryOnlyOnModel; ///< first release without one in attention
    Version scaledRotary;      ///< first release that multiplies by attention_scaling
    Version paddingSum;        ///< first release of MaskStyle::PaddingSum
};

Changes changesOf(std::string_view prefix)
{
    if (prefix == "Llama")
        return {{4, 38}, {4, 43}, {4, 46}, {4, 43}, {4, 43}};
    if (prefix == "Qwen2")
        return {{4, 45}, {4, 45}, {4, 48}, {4, 45}, {4, 42}};
    if (prefix == "Mistral")
        return {{4, 42}, {4, 48}, {4, 48}, {4, 48}, {4, 42}};
    return {}; // families born after 4.48
}

MaskStyle maskStyle(std::string_view prefix, const Changes& changes, Version version)
{
    if (version >= Version{4, 53})
        return MaskStyle::IndexCompare;
    if (version >= changes.paddingSum)
        return MaskStyle::PaddingSum;
    return prefix == "Llama" && version >= Version{4, 38} ? MaskStyle::LlamaProduct : MaskStyle::Converter;
}

/// Whether some layer sees every key, and whether some layer slides.
struct WindowUse {
    bool full = false;
    bool sliding = false;
};

WindowUse windowUse(const Decoder& decoder, const Workload& workload)
{
    WindowUse use;
    const auto listed = static_cast<std::int64_t>(decoder.slidingLayers.size());
    for (std::int64_t i = 0; i < std::max<std::int64_t>(listed, 1); ++i)
        (layerWindow(decoder, workload, i) > 0 ? use.sliding : use.full) = true;
    return use;
}

/// One additive mask [batch, 1, tokens, keys].
Tensor buildMask(Tracer& t, const DecoderLayout& layout, const Workload& workload, const Step& step,
                 Extent cached, std::int64_t window)
{
    const std::int64_t n = step.tokens;
    const Extent keys = cached + Extent(n);
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
            return masked_fill(rsub(t.create(whole, t.settings().activationDType)));
        return t.create(whole, t.settings().activationDType);
    case MaskStyle::LlamaProduct: {
        const Tensor triangle = mul(t.create(square, t.settings().activationDType),
                                    t.create(square, DType::Bool), Spelling::InPlace);
        const Tensor mask = slice(triangle, {1, 1, n, keys});
        if (padded)
            mul(t.create(whole, DType::Bool), padding);
        return copy(mask, whole);
    }
    case MaskStyle::PaddingSum: {
        if (window > 0)
            sub(t.create({n, 1}, DType::I64), t.number());
        const Tensor triangle = mul(t.create(square, t.settings().activationDType),
                                    t.create(square, DType::Bool), Spelling::InPlace);
        const Tensor mask = copy(slice(triangle, {1, 1, n, keys}), whole);
        return padded ? masked_fill(add(mask, padding)) : mask;
    }
    case MaskStyle::IndexCompare: break;
    }
    add(indices, t.number());
    add(t.create({keys}, DType::I64), t.number());
    if (window > 0)
        sub(indices, t.number());
    return masked_fill(t.create(whole, t.settings().activationDType));
}

} // namespace

DecoderLayout decoderLayout(std::string_view prefix, Version transformers)
{
    const Changes changes = changesOf(prefix);
    DecoderLayout layout{.normClass = fmt::format("{}RMSNorm", prefix)};
    layout.normsPrintShape = transformers >= Version{4, 45};
    layout.rotaryInAttention = transformers < changes.rotaryOnlyOnModel;
    layout.rotaryOnModel = transformers >= changes.rotaryOnModel;
    layout.rotary = transformers >= changes.computedRotary ? RotaryTables::Computed : RotaryTables::Cached;
    layout.scalesRotary = transformers >= changes.scaledRotary;
    layout.splitAttentionClasses = transformers < Version{4, 48};
    layout.dividesByRoot = transformers < Version{4, 48};
    layout.trimsCache = transformers >= Version{4, 56};
    layout.upcastsLogits = transformers < Version{4, 46};
    layout.groupsInSdpa = transformers >= Version{4, 52};
    layout.mask = maskStyle(prefix, changes, transformers);
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

std::int64_t layerWindow(const Decoder& decoder, const Workload& workload, std::int64_t layer)
{
    const Version version = workload.transformers;
    const bool perLayer = version >= Version{4, 53} || workload.attention == AttentionKernel::Flash;
    if (perLayer && !decoder.slidingLayers.empty())
        return decoder.slidingLayers[static_cast<std::size_t>(layer)] ? decoder.window : 0;
    // Before layers were told apart the one mask slid in all of them, if it slid at all.
    const bool masked = version >= Version{4, 45} || decoder.slidingLayers.empty();
    return perLayer || masked ? decoder.window : 0;
}

CausalMasks causalMasks(Tracer& t, const DecoderLayout& layout, const Decoder& decoder,
                        const Workload& workload, const Step& step)
{
    const bool eager = workload.attention == AttentionKernel::Eager;
    const Extent cached = step.cached;
    CausalMasks masks;
    if (workload.attention == AttentionKernel::Flash)
        return masks;
    if (layout.mask == MaskStyle::Converter) {
        if (eager)
            masks.full = masks.sliding =
                buildMask(t, layout, workload, step, cached, decoder.configuredWindow);
        return masks;
    }
    const WindowUse use = windowUse(decoder, workload);
    if (eager && use.full)
        masks.full = buildMask(t, layout, workload, step, cached, 0);
    // The fused kernel is causal by itself; it takes a mask tensor once the keys outgrow the window.
    const std::int64_t window = decoder.window;
    const bool trimmed = layout.trimsCache && cached.size >= window - 1;
    const bool overflows =
        cached.at(step.phase.steps - 1) + step.tokens > window && !(trimmed && step.tokens == 1);
    if (use.sliding && (eager || overflows))
        masks.sliding = buildMask(t, layout, workload, step, trimmed ? Extent(window - 1) : cached, window);
    return masks;
}

} // namespace sunflop
