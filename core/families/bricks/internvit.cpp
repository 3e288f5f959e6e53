// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/internvit.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <cmath>

namespace sunflop {

namespace {

Tensor rmsNorm(Tracer& t, std::string_view name, const InternVit& m, const Tensor& x)
{
    return rmsNorm(t, name, x,
                   {.className = "InternRMSNorm", .epsilon = m.normEpsilon, .printsShape = false});
}

Tensor norm(Tracer& t, std::string_view name, const InternVit& m, const Tensor& x)
{
    return m.rmsNorms ? rmsNorm(t, name, m, x) : layerNorm(t, name, x, m.normEpsilon);
}

/// The position table is always interpolated, at its own size too.
Tensor embeddings(Tracer& t, const InternVit& m, const Tensor& pixels)
{
    const auto scope = t.module("embeddings", "InternVisionEmbeddings", {.role = Role::Embedding});
    const std::int64_t side = m.patchesPerSide();
    const Extent n = pixels.size(0);
    const Tensor classToken = t.parameter("class_embedding", {1, 1, m.hidden});
    const Tensor positions = t.parameter("position_embedding", {1, m.positions(), m.hidden});
    const Tensor grid = patchConvolution(t, "patch_embedding", pixels, m.hidden, m.patch);
    const Tensor patches = transpose(view(grid, {n, m.hidden, side * side}), 1, 2);
    const Tensor tokens = cat(slice(classToken, {n, 1, m.hidden}), patches, 1);
    const Tensor table = interpolate(slice(positions, {1, m.hidden, side, side}), side, side);
    const Tensor resized =
        cat(slice(positions, {1, 1, m.hidden}), transpose(view(table, {1, m.hidden, side * side}), 1, 2), 1);
    return add(tokens, resized);
}

Tensor attention(Tracer& t, const InternVit& m, const Tensor& x, AttentionKernel kernel)
{
    const auto scope =
        t.module("attn", "InternAttention",
                 {.role = Role::Attention,
                  .order = {"qkv", "attn_drop", "proj_drop", "q_norm", "k_norm", "inner_attn", "proj"}});
    const std::int64_t width = m.hidden / m.heads;
    const Tensor qkv = linear(t, "qkv", x, 3 * m.hidden, m.qkvBias);
    const Tensor v = slice(qkv, {x.size(0), m.heads, x.size(1), width});
    Tensor q = v;
    Tensor k = v;
    if (m.normalisesHeads) {
        const Shape flat{x.size(0), x.size(1), m.hidden};
        q = splitHeads(rmsNorm(t, "q_norm", m, slice(qkv, flat)), m.heads, width);
        k = splitHeads(rmsNorm(t, "k_norm", m, slice(qkv, flat)), m.heads, width);
    }
    Tensor mixed;
    if (kernel == AttentionKernel::Flash) {
        const auto unused = t.dormant();
        dropout(t, "attn_drop", m.attentionDropout);
    } else {
        Tensor scores = matmul(mul(q, t.number()), transpose(k, 2, 3), Spelling::Operator);
        scores = softmax(std::move(scores), scores.dtype(), Spelling::Method);
        dropout(t, "attn_drop", m.attentionDropout);
        mixed = matmul(scores, v, Spelling::Operator);
    }
    if (kernel == AttentionKernel::Flash) {
        const auto inner = t.module("inner_attn", "FlashAttention");
        mixed = scaled_dot_product_attention(q, k, v, {});
    }
    const HeadOrder order = kernel == AttentionKernel::Flash ? HeadOrder::TokensFirst : HeadOrder::HeadsFirst;
    Tensor out = linear(t, "proj", mergeHeads(mixed, order), m.hidden, Bias::Yes);
    dropout(t, "proj_drop", m.dropout);
    return out;
}

Tensor mlp(Tracer& t, const InternVit& m, const Tensor& x, Version transformers)
{
    const auto scope = t.module("mlp", "InternMLP", {.role = Role::Mlp, .order = {"act", "fc1", "fc2"}});
    Tensor wide = linear(t, "fc1", x, m.intermediate, Bias::Yes);
    wide = activation(t, "act", wide, m.hiddenAct, transformers);
    return linear(t, "fc2", wide, m.hidden, Bias::Yes);
}

/// What layer i prints for its stochastic depth: nothing for Identity, else timm's DropPath attribute.
std::string dropPathText(const InternVit& m, std::int64_t i)
{
    const double rate =
        m.layers > 1 ? m.dropPathRate * static_cast<double>(i) / static_cast<double>(m.layers - 1) : 0;
    return rate > 0 ? fmt::format("drop_prob={:.3f}", rate) : std::string();
}

void dropPath(Tracer& t, std::string_view name, const std::string& text)
{
    idle(t, name, text.empty() ? "Identity" : "DropPath", text);
}

Tensor layers(Tracer& t, const InternVit& m, Tensor handed, std::int64_t first, std::int64_t count,
              const Workload& w)
{
    const auto scope =
        t.module(std::to_string(first), "InternVisionEncoderLayer",
                 {.repeat = count, .order = {"attn", "mlp", "norm1", "norm2", "drop_path1", "drop_path2"}});
    const Tensor scale1 = t.parameter("ls1", {m.hidden});
    const Tensor scale2 = t.parameter("ls2", {m.hidden});
    const std::string path = dropPathText(m, first);
    const Tensor x = t.carried(std::move(handed));
    Tensor change = attention(t, m, norm(t, "norm1", m, x), w.attention);
    change = mul(std::move(change), scale1);
    dropPath(t, "drop_path1", path);
    const Tensor attended = add(x, std::move(change));
    change = mlp(t, m, norm(t, "norm2", m, attended), w.transformers);
    change = mul(std::move(change), scale2);
    dropPath(t, "drop_path2", path);
    return t.handOn(add(attended, std::move(change)));
}

} // namespace

InternVit readInternVit(ConfigReader& config, std::optional<std::int64_t> imageSize)
{
    InternVit m;
    m.hidden = config.size("hidden_size", 3200);
    m.intermediate = config.size("intermediate_size", 12800);
    m.layers = config.size("num_hidden_layers", 48, mostLayers);
    m.heads = config.size("num_attention_heads", 25);
    m.imageSize = config.square("image_size", 224);
    if (imageSize)
        m.imageSize = *imageSize;
    m.patch = config.square("patch_size", 14);
    m.qkvBias = config.flag("qkv_bias", false) ? Bias::Yes : Bias::No;
    m.normalisesHeads = config.flag("qk_normalization", true);
    const std::string norm = config.text("norm_type", "rms_norm");
    m.rmsNorms = norm == "rms_norm";
    if (!m.rmsNorms && norm != "layer_norm")
        config.refuse("norm_type",
                      fmt::format("found \"{}\", expected rms_norm or layer_norm", shortened(norm)),
                      ErrorKind::Unsupported);
    m.normEpsilon = config.number("layer_norm_eps", 1e-6);
    m.hiddenAct = config.text("hidden_act", "gelu");
    m.dropout = config.number("dropout", 0);
    m.attentionDropout = config.number("attention_dropout", 0);
    m.dropPathRate = config.number("drop_path_rate", 0);
    checkVisionSizes(config, {m.hidden, m.heads, m.imageSize, m.patch});
    return m;
}

Tensor internVisionModel(Tracer& t, std::string_view name, const InternVit& m, const Tensor& pixels,
                         const Workload& workload)
{
    const auto scope = t.module(name, "InternVisionModel");
    Tensor x = embeddings(t, m, pixels);
    const auto encoder = t.module("encoder", "InternVisionEncoder");
    const auto list = t.module("layers", "ModuleList", {.isContainer = true});
    for (std::int64_t first = 0; first < m.layers;) {
        std::int64_t next = first + 1;
        const bool alike = m.dropPathRate <= 0;
        while (next < m.layers && (alike || dropPathText(m, next) == dropPathText(m, first)))
            ++next;
        next = t.alikeUntil(first, next);
        x = layers(t, m, std::move(x), first, next - first, workload);
        first = next;
    }
    return x;
}

} // namespace sunflop
