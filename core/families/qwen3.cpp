// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static constexpr DecoderKin kin{.modelType = "qwen3",
                                .prefix = "Qwen3",
                                .hidden = 4096,
                                .intermediate = 22016,
                                .layers = 32,
                                .heads = 32,
                                .kvHeads = 32,
                                .headDim = 128,
                                .vocabulary = 151936,
                                .contextTokens = 32768,
                                .releases = {.oldest = {4, 51}}};

static void finish(ConfigReader& reader, Decoder& d)
{
    d.qkvBias = d.outputBias = reader.flag("attention_bias", false) ? Bias::Yes : Bias::No;
    d.headNorms = true;
    readLayerWindows(reader, d);
}

Family qwen3()
{
    return decoderFamily<kin, finish>("Qwen3");
}

} // namespace sunflop::family
