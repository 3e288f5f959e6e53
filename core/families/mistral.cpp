// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static constexpr DecoderKin kin{.modelType = "mistral",
                                .prefix = "Mistral",
                                .hidden = 4096,
                                .intermediate = 14336,
                                .layers = 32,
                                .heads = 32,
                                .kvHeads = 8,
                                .vocabulary = 32000,
                                .contextTokens = 131072,
                                .releases = {.computedRotary = {4, 42},
                                             .rotaryOnModel = {4, 48},
                                             .rotaryOnlyOnModel = {4, 48},
                                             .scaledRotary = {4, 48},
                                             .sumMask = {4, 42},
                                             .answersLikeLlama = neverReleased}};

static void finish(ConfigReader& reader, Decoder& d)
{
    slideEveryLayer(d, slidingWindow(reader));
}

Family mistral()
{
    return decoderFamily<kin, finish>("Mistral");
}

} // namespace sunflop::family
