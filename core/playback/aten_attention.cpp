// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"

#include <algorithm>
#include <utility>

namespace sunflop::aten {

namespace {

/// [batch, heads, positions, width] of a query, key or value of any rank: what leads is batch.
Shape withHeads(const Shape& shape)
{
    Shape four{1, 1, 1, 1};
    const std::size_t inner = std::min<std::size_t>(shape.rank(), 3);
    for (std::size_t i = 0; i < inner; ++i)
        four.set(3 - i, shape.fromEnd(i));
    Count batch = 1;
    for (std::size_t i = 0; i + inner < shape.rank(); ++i)
        batch *= shape[i];
    four.set(0, batch.value());
    return four;
}

using Alignment = AttentionAttributes::Alignment;

/// Of a kernel with these operands. Where as many queries as keys are, both alignments are one.
AttentionAttributes attributesOf(const std::vector<Operand>& inputs, bool isCausal, Alignment alignment)
{
    const bool isSquare = inputs[0].shape[2] == inputs[1].shape[2];
    return {.causal = isCausal,
            .mask = inputs.size() > 3 ? MaskReason::Caller : MaskReason::None,
            .alignment = isSquare ? Alignment::Last : alignment};
}

void recordAttention(Player& player, std::vector<Operand> inputs, const AttentionAttributes& attributes)
{
    player.record(OpKind::ScaledDotProductAttention, {}, std::move(inputs), attributes);
}

/// Sequences of different lengths, one behind the other, become as many of the longest's length.
Shape unpacked(Player& player, const Shape& shape, std::string_view starts, std::int64_t longest)
{
    Shape four = shape; // [batch, positions, heads, width]
    if (shape.rank() == 3) {
        const auto offsets = player.tensor(starts);
        const std::int64_t sequences =
            offsets ? std::max<std::int64_t>(1, offsets->shape.elements().value() - 1) : 1;
        four = {sequences, longest > 0 ? longest : shape[0], shape[1], shape[2]};
    }
    if (four.rank() == 4)
        four.swap(1, 2);
    return four;
}

struct Projection {
    Operand weight;
    std::optional<Operand> bias;
};

Operand project(Player& player, const Operand& x, const Projection& by)
{
    std::vector<Operand> inputs{x, by.weight};
    if (by.bias)
        inputs.push_back(*by.bias);
    Shape shape = x.shape;
    if (shape.rank() > 0 && by.weight.shape.rank() == 2)
        shape.set(shape.rank() - 1, by.weight.shape[0]);
    return player.intermediate(OpKind::Linear, {}, std::move(inputs), shape);
}

/// A third of the rows of a weight or bias of queries, keys and values.
Operand third(Operand operand)
{
    if (operand.shape.rank() > 0)
        operand.shape.set(0, operand.shape[0] / 3);
    return operand;
}

/// Queries, keys and values of [batch, tokens, width] inputs, as operands of attention.
std::vector<Operand> projected(Player& player, const std::vector<Operand>& inputs, const Projection& by,
                               std::int64_t heads)
{
    const bool isSelf = inputs[0].storage == inputs[1].storage && inputs[1].storage == inputs[2].storage;
    const Operand joint = isSelf ? project(player, inputs[0], by) : Operand();
    std::vector<Operand> parts;
    for (const Operand& input : inputs) {
        Operand part = joint;
        if (!isSelf)
            part = project(player, input,
                           {third(by.weight), by.bias ? std::optional(third(*by.bias)) : std::nullopt});
        const std::int64_t width = by.weight.shape[0] / 3;
        part.shape = {input.shape[0], heads, input.shape[1], width / heads};
        parts.push_back(part);
    }
    return parts;
}

struct MultiHead {
    Projection in;
    Projection out;
    std::int64_t heads = 1;
};

/// Nothing where the call is not as its schema says.
std::optional<MultiHead> multiHead(Player& player, std::string_view heads)
{
    const auto in = player.tensor("qkv_weight");
    const auto out = player.tensor("proj_weight");
    const std::int64_t count = player.integer(heads, 1);
    if (!in || !out || in->shape.rank() != 2 || count < 1)
        return std::nullopt;
    return MultiHead{{*in, player.tensor("qkv_bias")}, {*out, player.tensor("proj_bias")}, count};
}

bool areSequences(const std::vector<Operand>& inputs)
{
    return std::ranges::all_of(inputs, [](const Operand& x) { return x.shape.rank() == 3; });
}

/// The weighted values of all heads, [batch, tokens, width].
Operand attend(Player& player, std::vector<Operand> qkv)
{
    const Shape query = qkv[0].shape;
    const AttentionAttributes attributes = attributesOf(qkv, false, Alignment::Last);
    Operand result =
        player.intermediate(OpKind::ScaledDotProductAttention, {}, std::move(qkv), query, attributes);
    result.shape = {query[0], query[2], query[1] * query[3]};
    return result;
}

void playUnknown(Player& player, const AtenOperator& op)
{
    player.record(OpKind::Unknown, op.name, player.operands(false));
}

} // namespace

void playAttention(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"query", "key", "value", "attn_mask", "attn_bias"});
    if (inputs.empty()) // kernels that call them otherwise
        inputs = player.operandsNamed({"q", "k", "v"});
    if (inputs.size() < 3)
        return playUnknown(player, op);
    for (std::size_t i = 0; i < 3; ++i)
        inputs[i].shape = withHeads(inputs[i].shape);
    const AttentionAttributes attributes = attributesOf(inputs, player.flag("is_causal"), Alignment::First);
    recordAttention(player, std::move(inputs), attributes);
}

void playFlashAttention(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"query", "key", "value"});
    if (inputs.size() < 3)
        return playUnknown(player, op);
    const bool isFlash = player.argument("cum_seq_q") != nullptr || player.argument("max_q") != nullptr;
    const std::string_view queryStarts = isFlash ? "cum_seq_q" : "cu_seqlens_q";
    const std::string_view keyStarts = isFlash ? "cum_seq_k" : "cu_seqlens_k";
    const std::int64_t queries = player.integer(isFlash ? "max_q" : "max_seqlen_q");
    const std::int64_t keys = player.integer(isFlash ? "max_k" : "max_seqlen_k");
    if (player.tensor(queryStarts))
        player.dependsOnValues(op.name);
    inputs[0].shape = unpacked(player, inputs[0].shape, queryStarts, queries);
    inputs[1].shape = unpacked(player, inputs[1].shape, keyStarts, keys);
    inputs[2].shape = unpacked(player, inputs[2].shape, keyStarts, keys);
    if (inputs[0].shape.rank() != 4 || inputs[1].shape.rank() != 4)
        return playUnknown(player, op);
    // CustomMaskType of PyTorch: 1 aligns the first query with the first key, 2 the last with the last.
    const std::int64_t type = player.integer("custom_mask_type");
    const AttentionAttributes attributes = attributesOf(inputs, player.flag("is_causal") || type != 0,
                                                        type == 1 ? Alignment::First : Alignment::Last);
    recordAttention(player, std::move(inputs), attributes);
}

void playMultiHeadAttention(Player& player, const AtenOperator& op)
{
    const std::vector<Operand> inputs = player.operandsNamed({"query", "key", "value"});
    const auto layer = multiHead(player, "num_head");
    if (inputs.size() != 3 || !areSequences(inputs) || !layer)
        return playUnknown(player, op);
    const Operand values = attend(player, projected(player, inputs, layer->in, layer->heads));
    std::vector<Operand> last{values, layer->out.weight};
    if (layer->out.bias)
        last.push_back(*layer->out.bias);
    player.record(OpKind::Linear, {}, std::move(last));
}

namespace {

/// Inputs of an encoder layer that are not its attention's.
struct FeedForward {
    Projection up;
    Projection down;
    std::vector<Operand> norms; ///< weight and bias of the first, of the second
};

std::optional<FeedForward> feedForward(Player& player)
{
    const auto up = player.tensor("ffn_weight_1");
    const auto down = player.tensor("ffn_weight_2");
    const auto norms = player.operandsNamed({"norm_weight_1", "norm_bias_1", "norm_weight_2", "norm_bias_2"});
    if (!up || !down || norms.size() != 4)
        return std::nullopt;
    return FeedForward{{*up, player.tensor("ffn_bias_1")}, {*down, player.tensor("ffn_bias_2")}, norms};
}

Operand normed(Player& player, const Operand& x, const FeedForward& layer, std::size_t which)
{
    return player.intermediate(OpKind::LayerNorm, {}, {x, layer.norms[2 * which], layer.norms[2 * which + 1]},
                               x.shape, NormAttributes{.rows = (Count(x.shape[0]) * x.shape[1]).value()});
}

} // namespace

void playEncoderLayer(Player& player, const AtenOperator& op)
{
    const auto source = player.tensor("src");
    const auto attention = multiHead(player, "num_heads");
    const auto layer = feedForward(player);
    if (!source || !attention || !layer || source->shape.rank() != 3)
        return playUnknown(player, op);
    const bool isNormFirst = player.flag("norm_first");
    const auto added = [&](const Operand& a, const Operand& b) {
        return player.intermediate(OpKind::Add, {}, {a, b}, a.shape);
    };
    const Operand x = isNormFirst ? normed(player, *source, *layer, 0) : *source;
    const Operand values = attend(player, projected(player, {x, x, x}, attention->in, attention->heads));
    Operand middle = added(*source, project(player, values, attention->out));
    if (!isNormFirst)
        middle = normed(player, middle, *layer, 0);
    const Operand entry = isNormFirst ? normed(player, middle, *layer, 1) : middle;
    Operand wide = project(player, entry, layer->up);
    wide = player.intermediate(player.flag("use_gelu") ? OpKind::GeLU : OpKind::ReLU, {}, {wide}, wide.shape);
    const Operand narrow = project(player, wide, layer->down);
    if (isNormFirst)
        return player.record(OpKind::Add, {}, {middle, narrow});
    const Operand sum = added(middle, narrow);
    player.record(OpKind::LayerNorm, {}, {sum, layer->norms[2], layer->norms[3]},
                  NormAttributes{.rows = (Count(sum.shape[0]) * sum.shape[1]).value()});
}

} // namespace sunflop::aten
