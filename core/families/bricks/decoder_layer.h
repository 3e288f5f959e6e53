// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One layer of a decoder, and the runs of equal ones.

#include "core/families/bricks/decoder_layout.h"

#include <optional>
#include <string_view>
#include <vector>

namespace sunflop {

/// What every layer of one forward needs.
struct Forward {
    const Decoder& decoder;
    const DecoderLayout& layout;
    const std::vector<LayerSpec>& layers; ///< as the release runs them
    const Workload& workload;
    const Step& step;
};

/// A run of equal layers, traced once.
struct LayerRun {
    std::int64_t first = 0;
    std::int64_t count = 0;
    LayerSpec spec;
};

/// Neighbouring layers of one kind with the same adapters. The current module is their list.
std::vector<LayerRun> layerRuns(const Tracer& t, const Forward& f);

/// "Qwen2DecoderLayer".
std::string layerClass(const DecoderKin& kin);

/// A norm over the width of the states, as the family's decoder has it.
Tensor decoderNorm(Tracer& t, std::string_view name, const Tensor& x, const Forward& f);

/// The module that makes the tables of one forward. A plain forward makes one row of positions for all
/// sequences, generate() derives them from the padding mask, a row for each.
Rotary decoderRotary(Tracer& t, const Forward& f);

/// A run of layers: states [b, n, hidden] to the same. Without tables each layer makes its own.
Tensor decoderLayer(Tracer& t, Tensor handed, const LayerRun& run, const std::optional<Rotary>& rotary,
                    const LayerMask& mask, const Forward& f);

} // namespace sunflop
