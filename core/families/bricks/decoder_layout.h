// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How a release of transformers lays a decoder out: where modules sit, which classes print, which masks it
/// builds.

#include "core/families/bricks/attend.h"
#include "core/families/bricks/decoder.h"
#include "core/families/bricks/rotary.h"

#include <span>
#include <string>
#include <vector>

namespace sunflop {

/// The arithmetic by which a model builds its additive causal mask, by generation of transformers.
enum class MaskStyle {
    Converter,    ///< modeling_attn_mask_utils: arange + 1, and 1.0 - mask over the padding mask
    LlamaProduct, ///< triangle *= comparison, times the padding mask
    PaddingSum,   ///< triangle *= comparison, plus the padding mask
    IndexCompare, ///< masking_utils: index ranges plus offsets, compared and filled
};

struct DecoderLayout {
    std::string normClass; ///< of a family's own norm
    bool normsPrintShape = true;
    bool rotaryInAttention = false;
    bool rotaryOnModel = true;
    RotaryTables rotary = RotaryTables::Computed;
    bool scalesRotary = true;           ///< cos and sin are multiplied by attention_scaling
    bool scalesWords = false;           ///< the model multiplies embedded words, not their table
    bool splitAttentionClasses = false; ///< one class per kernel
    bool dividesByRoot = false;         ///< scores / sqrt(d) instead of scores * scaling
    bool upcastsLogits =
        false; ///< the head's result becomes float32 at once, and the loss shifts a copy of it
    bool groupsInSdpa = false;  ///< fused attention without a mask does not repeat key heads
    bool alwaysMasks = false;   ///< fused attention is never told to be causal, but handed a mask each time
    bool sdpaMaskSlides = true; ///< fused attention is handed a mask for the sake of a sliding window
    bool unmasksRows = false;   ///< a mask made with a padding mask is multiplied by which rows see anything
    MaskStyle mask = MaskStyle::IndexCompare;
};

/// How a release lays a family out. Releases before 4.37 are laid out like it.
DecoderLayout decoderLayout(const DecoderKin& kin, Version transformers);

/// "Qwen2Attention", "Qwen2SdpaAttention" or "Qwen2FlashAttention2".
std::string attentionClass(const DecoderLayout& layout, std::string_view prefix, AttentionKernel kernel);

/// The layers with the windows that the workload's release and kernel give them.
std::vector<LayerSpec> layersRun(const Decoder& decoder, const Workload& workload);

/// Keys that layers with this window (0: none) find in the cache.
Extent cachedKeys(const Workload& workload, const Step& step, std::int64_t window);
/// Keys before their queries: all places of a cache of fixed size, else the cached ones and the new ones.
Extent keysSeen(const Workload& workload, const Step& step, std::int64_t window);

/// The masks of a forward, as operators of the current module (XModel). generate() always passes a padding
/// mask, whose sequences are equally long here, a plain forward none.
struct CausalMasks {
    LayerMask full;
    LayerMask sliding;
};
CausalMasks causalMasks(Tracer& t, const DecoderLayout& layout, const Decoder& decoder,
                        std::span<const LayerSpec> layers, const Workload& workload, const Step& step);

} // namespace sunflop
