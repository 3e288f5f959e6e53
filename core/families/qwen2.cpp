// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static Result<Decoder> read(const Config& config)
{
    ConfigReader reader(config);
    Decoder d = readDecoder(reader, {.modelType = "qwen2",
                                     .prefix = "Qwen2",
                                     .hidden = 4096,
                                     .intermediate = 22016,
                                     .layers = 32,
                                     .heads = 32,
                                     .kvHeads = 32,
                                     .vocabulary = 151936,
                                     .contextTokens = 32768});
    d.qkvBias = Bias::Yes;
    readLayerWindows(reader, d);
    if (reader.error())
        return failure(*reader.error());
    return d;
}

Family qwen2()
{
    return decoderFamily<read>("qwen2", "Qwen2, Qwen2.5");
}

} // namespace sunflop::family
