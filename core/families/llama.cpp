// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static constexpr DecoderKin kin{.modelType = "llama",
                                .prefix = "Llama",
                                .hidden = 4096,
                                .intermediate = 11008,
                                .layers = 32,
                                .heads = 32,
                                .vocabulary = 32000,
                                .contextTokens = 2048,
                                .releases = {.computedRotary = {4, 38},
                                             .rotaryOnModel = {4, 43},
                                             .rotaryOnlyOnModel = {4, 46},
                                             .scaledRotary = {4, 43},
                                             .productMask = {4, 38},
                                             .sumMask = {4, 43},
                                             .answers = {4, 38}}};

static void finish(ConfigReader& reader, Decoder& d)
{
    d.qkvBias = d.outputBias = reader.flag("attention_bias", false) ? Bias::Yes : Bias::No;
    d.mlpBias = reader.flag("mlp_bias", false) ? Bias::Yes : Bias::No;
}

Family llama()
{
    return decoderFamily<kin, finish>("Llama");
}

} // namespace sunflop::family
