// SPDX-License-Identifier: GPL-3.0-or-later
// Layout and operators: transformers' modeling_mixtral.py, 4.57 and 5.17.
#include "core/families/bricks/decoder.h"

namespace sunflop::family {

static constexpr DecoderKin kin{
    .modelType = "mixtral",
    .prefix = "Mixtral",
    .hidden = 4096,
    .intermediate = 14336,
    .layers = 32,
    .heads = 32,
    .kvHeads = 8,
    .vocabulary = 32000,
    .contextTokens = 131072,
    .normEpsilon = 1e-5,
    .releases = {.oldest = {4, 48}, .fusedExperts = {5, 0}, .answersLikeLlama = neverReleased},
    .experts = {.block = "block_sparse_moe",
                .expertClass = "BlockSparseTop2MLP",
                .gate = "w1",
                .up = "w3",
                .down = "w2"}};

static void finish(ConfigReader& reader, Decoder& d)
{
    slideEveryLayer(d, reader.optionalSize("sliding_window").value_or(0));
    d.routing = readRouting(reader, "num_local_experts", "num_experts_per_tok", {8, 2});
    for (LayerSpec& layer : d.layers)
        layer.feedForward = FeedForward::Routed;
}

Family mixtral()
{
    return decoderFamily<kin, finish>("Mixtral");
}

} // namespace sunflop::family
