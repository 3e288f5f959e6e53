// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/aimv2_tower.h"

#include <string>
#include <utility>

namespace sunflop {

namespace {

Tensor norm(Tracer& t, std::string_view name, const Aimv2& m, const Tensor& x)
{
    return rmsNorm(t, name, x, {.className = "RMSNorm", .epsilon = m.normEpsilon, .weightOnTheLeft = false});
}

Tensor patchEmbed(Tracer& t, const Aimv2& m, const Tensor& pixels)
{
    const auto scope = t.module("patchifier", "AIMv2PatchEmbed", {.role = Role::Embedding});
    const Tensor grid = patchConvolution(t, "proj", pixels, m.hidden, m.patch);
    const Tensor patches =
        transpose(view(grid, {grid.size(0), m.hidden, grid.size(2) * grid.shape()[3]}), 1, 2);
    return norm(t, "norm", m, patches);
}

Tensor preprocessor(Tracer& t, const Aimv2& m, const Tensor& pixels)
{
    const auto scope = t.module("preprocessor", "AIMv2ViTPreprocessor", {.role = Role::Embedding});
    const std::int64_t patches = m.patchesPerSide() * m.patchesPerSide();
    const Tensor positions = t.parameter("pos_embed", {1, patches, m.hidden});
    return add(patchEmbed(t, m, pixels), positions);
}

/// PyTorch's fused attention whatever the workload says: the class has no other path.
Tensor attention(Tracer& t, const Aimv2& m, const Tensor& x)
{
    const auto scope = t.module("attn", "AIMv2Attention", {.role = Role::Attention});
    const std::int64_t width = m.hidden / m.heads;
    const Tensor qkv = linear(t, "qkv", x, 3 * m.hidden, m.qkvBias);
    const Tensor third = slice(qkv, {x.size(0), m.heads, x.size(1), width});
    const Tensor mixed = scaled_dot_product_attention(third, third, third, {});
    {
        const auto unused = t.dormant();
        dropout(t, "attn_drop", m.attentionDropout);
    }
    Tensor out = linear(t, "proj", mergeHeads(mixed, HeadOrder::TokensFirst), m.hidden, m.bias);
    dropout(t, "proj_drop", m.projectionDropout);
    return out;
}

Tensor feedForward(Tracer& t, const Aimv2& m, const Tensor& x)
{
    const auto scope = t.module("mlp", "AIMv2SwiGLUFFN", {.role = Role::Mlp, .order = {"fc1", "fc2", "fc3"}});
    Tensor gate = silu(linear(t, "fc1", x, m.intermediate, m.bias));
    Tensor up = linear(t, "fc3", x, m.intermediate, m.bias);
    gate = mul(std::move(gate), std::move(up));
    return linear(t, "fc2", gate, m.hidden, m.bias);
}

} // namespace

Aimv2 readAimv2(ConfigReader& config)
{
    Aimv2 m;
    m.hidden = config.size("hidden_size", 1024);
    m.intermediate = config.size("intermediate_size", 2816);
    m.layers = config.size("num_hidden_layers", 24, mostLayers);
    m.heads = config.size("num_attention_heads", 8);
    m.channels = config.size("num_channels", 3);
    m.imageSize = config.square("image_size", 224);
    m.patch = config.square("patch_size", 14);
    m.normEpsilon = config.number("rms_norm_eps", 1e-5);
    m.qkvBias = config.flag("qkv_bias", false) ? Bias::Yes : Bias::No;
    m.bias = config.flag("use_bias", false) ? Bias::Yes : Bias::No;
    m.attentionDropout = config.number("attention_dropout", 0);
    m.projectionDropout = config.number("projection_dropout", 0);
    m.dtype = readDType(config);
    checkVisionSizes(config, {m.hidden, m.heads, m.imageSize, m.patch});
    return m;
}

Tensor aimv2Model(Tracer& t, std::string_view name, const Aimv2& m, const Tensor& pixels,
                  std::vector<Tensor>* hiddenStates)
{
    const auto scope = t.module(name, "AIMv2Model");
    Tensor x = preprocessor(t, m, pixels);
    const auto trunk = t.module("trunk", "AIMv2Transformer");
    {
        const auto blocks = t.module("blocks", "ModuleList", {.isContainer = true});
        for (std::int64_t first = 0; first < m.layers;) {
            const std::int64_t next = t.alikeUntil(first, m.layers);
            const auto block =
                t.module(std::to_string(first), "AIMv2Block",
                         {.repeat = next - first, .order = {"attn", "norm_1", "mlp", "norm_2"}});
            x = t.carried(std::move(x));
            const Tensor handed = x;
            Tensor change = attention(t, m, norm(t, "norm_1", m, x));
            x = add(std::move(x), std::move(change));
            change = feedForward(t, m, norm(t, "norm_2", m, x));
            x = t.handOn(add(std::move(x), std::move(change)));
            if (hiddenStates != nullptr)
                hiddenStates->insert(hiddenStates->end(), {handed, x});
            first = next;
        }
    }
    norm(t, "post_trunk_norm", m, x);
    return x;
}

} // namespace sunflop
