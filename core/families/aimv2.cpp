// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/aimv2.h"

#include "core/families/aimv2_encoder.h"
#include "core/families/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

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

namespace family {

static Result<Aimv2> read(const Config& config)
{
    ConfigReader reader(config);
    const Aimv2 m = readAimv2(reader);
    if (reader.error())
        return failure(*reader.error());
    return m;
}

/// The class of transformers that a config is of; nothing: the one that ships with Apple's checkpoints, which
/// "architectures" and "auto_map" name. Without either, model_type and the parts of the config tell.
static Result<std::optional<Aimv2Class>> encoderClass(const Config& config)
{
    static constexpr std::array<std::string_view, 4> known{"AIMv2Model", "Aimv2Model", "Aimv2VisionModel",
                                                           "Aimv2TextModel"};
    static constexpr std::array<std::optional<Aimv2Class>, 4> classes{
        std::nullopt, Aimv2Class::Model, Aimv2Class::VisionModel, Aimv2Class::TextModel};
    ConfigReader reader(config);
    const auto named = readArchitecture(reader, known);
    if (reader.error())
        return failure(*reader.error());
    if (named)
        return classes[*named];
    if (config.modelType() == "aimv2_vision_model")
        return Aimv2Class::VisionModel;
    if (config.modelType() == "aimv2_text_model")
        return Aimv2Class::TextModel;
    const bool hasParts = reader.has("vision_config") || reader.has("text_config");
    return hasParts && !reader.has("auto_map") ? std::optional(Aimv2Class::Model) : std::nullopt;
}

static Result<std::vector<Input>> remoteInputs(const Source& source)
{
    return read(source.config).map([](const Aimv2& m) {
        std::vector<Input> offered{inputs::batch("images per device"), inputs::weightDType(m.dtype),
                                   inputs::activationDType(activationsFor(m.dtype)),
                                   inputs::inputGradients()};
        return offered;
    });
}

static Result<Trace> remoteTrace(const Source& source, const Workload& workload)
{
    return read(source.config).and_then([&](const Aimv2& m) {
        Tracer t(tracerSettings(workload));
        aimv2Model(t, "", m, t.input({workload.batch, m.channels, m.imageSize, m.imageSize}));
        return t.finish();
    });
}

static Result<std::vector<Input>> offered(const Source& source)
{
    return encoderClass(source.config).and_then([&](const std::optional<Aimv2Class>& kind) {
        return kind ? aimv2EncoderInputs(source.config, *kind) : remoteInputs(source);
    });
}

static Result<Trace> trace(const Source& source, const Workload& workload)
{
    return encoderClass(source.config).and_then([&](const std::optional<Aimv2Class>& kind) {
        return kind ? traceAimv2Encoder(source.config, *kind, workload) : remoteTrace(source, workload);
    });
}

Family aimv2()
{
    return {.id = "aimv2",
            .title = "AIMv2",
            .modelTypes = {"aimv2", "aimv2_vision_model", "aimv2_text_model"},
            .inputs = offered,
            .trace = trace};
}

} // namespace family

} // namespace sunflop
