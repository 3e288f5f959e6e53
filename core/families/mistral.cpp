// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static Result<Decoder> read(const Config& config)
{
    ConfigReader reader(config);
    Decoder d = readDecoder(reader, {.modelType = "mistral",
                                     .prefix = "Mistral",
                                     .hidden = 4096,
                                     .intermediate = 14336,
                                     .layers = 32,
                                     .heads = 32,
                                     .kvHeads = 8,
                                     .vocabulary = 32000,
                                     .contextTokens = 131072});
    d.window = slidingWindow(reader);
    d.configuredWindow = d.window;
    if (reader.error())
        return failure(*reader.error());
    return d;
}

Family mistral()
{
    return decoderFamily<read>("mistral", "Mistral");
}

} // namespace sunflop::family
