// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static Result<Decoder> read(const Config& config)
{
    ConfigReader reader(config);
    Decoder d = readDecoder(reader, {.modelType = "llama",
                                     .prefix = "Llama",
                                     .hidden = 4096,
                                     .intermediate = 11008,
                                     .layers = 32,
                                     .heads = 32,
                                     .vocabulary = 32000,
                                     .contextTokens = 2048});
    d.qkvBias = d.outputBias = reader.flag("attention_bias", false) ? Bias::Yes : Bias::No;
    d.mlpBias = reader.flag("mlp_bias", false) ? Bias::Yes : Bias::No;
    if (reader.error())
        return failure(*reader.error());
    return d;
}

Family llama()
{
    return decoderFamily<read>("llama", "Llama");
}

} // namespace sunflop::family
