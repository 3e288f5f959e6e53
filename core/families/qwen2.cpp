// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static constexpr DecoderKin kin{.modelType = "qwen2",
                                .prefix = "Qwen2",
                                .hidden = 4096,
                                .intermediate = 22016,
                                .layers = 32,
                                .heads = 32,
                                .kvHeads = 32,
                                .vocabulary = 151936,
                                .contextTokens = 32768,
                                .releases = {.computedRotary = {4, 45},
                                             .rotaryOnModel = {4, 45},
                                             .rotaryOnlyOnModel = {4, 48},
                                             .scaledRotary = {4, 45},
                                             .sumMask = {4, 42},
                                             .answersLikeLlama = {4, 48}}};

static void finish(ConfigReader& reader, Decoder& d)
{
    d.qkvBias = Bias::Yes;
    readLayerWindows(reader, d);
}

Family qwen2()
{
    return decoderFamily<kin, finish>("Qwen2, Qwen2.5");
}

} // namespace sunflop::family
