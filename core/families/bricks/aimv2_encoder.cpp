// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/aimv2_encoder.h"

#include "core/families/bricks/attend.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

constexpr Version firstRelease{4, 54};

/// What both encoders are made of.
struct Encoder {
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    double normEpsilon = 1e-5;
    Bias qkvBias = Bias::No;
    Bias mlpBias = Bias::No;
    std::string hiddenAct;
};

struct Vision {
    Encoder encoder;
    std::int64_t channels = 0;
    std::int64_t imageSize = 0; ///< pixels, square
    std::int64_t patch = 0;     ///< pixels, square
    bool isNative = false;      ///< any size, with positions computed in place of a table
    bool hasHead = false;       ///< pools by attention
};

struct Text {
    Encoder encoder;
    std::int64_t vocabulary = 0;
    std::int64_t positions = 0;
};

struct Model {
    Vision vision;
    Text text;
    std::int64_t projection = 0;
    DType dtype = DType::F32;
    std::string version; ///< the config's transformers_version
};

Encoder readEncoder(ConfigReader& config, const Encoder& defaults)
{
    Encoder e;
    e.hidden = config.size("hidden_size", defaults.hidden);
    e.intermediate = config.size("intermediate_size", defaults.intermediate);
    e.layers = config.size("num_hidden_layers", defaults.layers, mostLayers);
    e.heads = config.size("num_attention_heads", defaults.heads);
    e.normEpsilon = config.number("rms_norm_eps", 1e-5);
    e.qkvBias = config.flag("qkv_bias", false) ? Bias::Yes : Bias::No;
    e.mlpBias = config.flag("mlp_bias", false) ? Bias::Yes : Bias::No;
    e.hiddenAct = config.text("hidden_act", "silu");
    if (e.hidden % e.heads != 0)
        config.refuse("num_attention_heads",
                      fmt::format("found {}, expected a divisor of hidden_size {}", e.heads, e.hidden));
    return e;
}

Vision readVision(ConfigReader& config)
{
    Vision v;
    v.encoder = readEncoder(config, {.hidden = 1024, .intermediate = 2816, .layers = 24, .heads = 8});
    v.channels = config.size("num_channels", 3);
    v.imageSize = config.square("image_size", 224);
    v.patch = config.square("patch_size", 14);
    v.isNative = config.flag("is_native", false);
    v.hasHead = config.flag("use_head", true);
    checkVisionSizes(config, {v.encoder.hidden, v.encoder.heads, v.imageSize, v.patch});
    if (v.isNative && v.encoder.hidden % 4 != 0)
        config.refuse("hidden_size", fmt::format("found {}, expected a multiple of 4", v.encoder.hidden));
    return v;
}

Text readText(ConfigReader& config)
{
    Text t;
    t.encoder = readEncoder(config, {.hidden = 768, .intermediate = 2048, .layers = 12, .heads = 6});
    t.vocabulary = config.size("vocab_size", 49408);
    t.positions = config.size("max_position_embeddings", 77);
    return t;
}

Result<Model> read(const Config& config, Aimv2Class kind)
{
    ConfigReader reader(config);
    const bool isBoth = kind == Aimv2Class::Model;
    ConfigReader vision(isBoth ? reader.object("vision_config") : config);
    ConfigReader text(isBoth ? reader.object("text_config") : config);
    Model m;
    m.dtype = readDType(reader);
    m.version = reader.text("transformers_version", "");
    m.projection = reader.size("projection_dim", 512);
    if (kind != Aimv2Class::TextModel)
        m.vision = readVision(vision);
    if (kind != Aimv2Class::VisionModel)
        m.text = readText(text);
    if (isBoth && !m.vision.hasHead)
        vision.refuse("use_head", "found false, expected true: Aimv2Model projects what the head pools",
                      ErrorKind::Unsupported);
    for (const ConfigReader* part : {&reader, &vision, &text})
        if (part->error())
            return failure(*part->error());
    return m;
}

Tensor norm(Tracer& t, std::string_view name, const Encoder& e, const Tensor& x)
{
    return rmsNorm(t, name, x, {.className = "Aimv2RMSNorm", .epsilon = e.normEpsilon});
}

Tensor attention(Tracer& t, const Encoder& e, const Tensor& x, const Workload& w)
{
    const auto scope =
        t.module("attention", "Aimv2Attention",
                 {.role = Role::Attention, .order = {"k_proj", "v_proj", "q_proj", "out_proj"}});
    const auto heads = [&](std::string_view name) {
        return splitHeads(linear(t, name, x, e.hidden, e.qkvBias), e.heads, e.hidden / e.heads);
    };
    const Tensor q = heads("q_proj");
    const Tensor k = heads("k_proj");
    const Tensor v = heads("v_proj");
    const Tensor mixed = attend(t, q, k, v, {.kernel = w.attention});
    return linear(t, "out_proj", mergeHeads(mixed, headOrder(w.attention)), e.hidden, e.qkvBias);
}

Tensor mlp(Tracer& t, const Encoder& e, const Tensor& x, Version transformers)
{
    const auto scope = t.module(
        "ffn", "Aimv2MLP", {.role = Role::Mlp, .order = {"gate_proj", "up_proj", "down_proj", "act_fn"}});
    Tensor gate = linear(t, "gate_proj", x, e.intermediate, e.mlpBias);
    gate = activation(t, "act_fn", gate, e.hiddenAct, transformers);
    Tensor up = linear(t, "up_proj", x, e.intermediate, e.mlpBias);
    return linear(t, "down_proj", mul(std::move(gate), std::move(up)), e.hidden, e.mlpBias);
}

/// Every position sees every other one, those of text too: a forward without a padding mask makes none.
Tensor encoder(Tracer& t, const Encoder& e, Tensor x, const Workload& w)
{
    const auto scope = t.module("encoder", "Aimv2Encoder");
    const auto list = t.module("layers", "ModuleList", {.isContainer = true});
    for (std::int64_t first = 0; first < e.layers;) {
        const std::int64_t next = t.alikeUntil(first, e.layers);
        const auto layer =
            t.module(std::to_string(first), "Aimv2EncoderLayer",
                     {.repeat = next - first, .order = {"attention", "ffn", "rms_norm1", "rms_norm2"}});
        x = t.carried(std::move(x));
        Tensor change = attention(t, e, norm(t, "rms_norm1", e, x), w);
        x = add(std::move(x), std::move(change));
        change = mlp(t, e, norm(t, "rms_norm2", e, x), w.transformers);
        x = t.handOn(add(std::move(x), std::move(change)));
        first = next;
    }
    return x;
}

/// Sines and cosines of the rows and columns of `patches` [n, rows * columns, hidden], a quarter of the width
/// each.
Tensor computedPositions(Tracer& t, const Tensor& patches)
{
    const std::int64_t quarter = patches.shape()[2] / 4;
    const std::int64_t places = patches.shape()[1];
    Tensor powers = pow(div(t.create({quarter}, patches.dtype()), t.number()), Spelling::Operator);
    const Tensor omega = div(std::move(powers), t.number());
    const Tensor grid = t.create({places, 1}, patches.dtype());
    const Tensor rows = matmul(grid, view(omega, {1, quarter}), Spelling::Operator);
    const Tensor columns = matmul(grid, view(omega, {1, quarter}), Spelling::Operator);
    const Tensor half = cat(sin(rows), cos(rows), 1);
    return view(cat(half, cat(sin(columns), cos(columns), 1), 1), {1, places, 4 * quarter});
}

Tensor visionEmbeddings(Tracer& t, const Vision& v, const Tensor& pixels)
{
    const auto scope = t.module("embeddings", "Aimv2VisionEmbeddings", {.role = Role::Embedding});
    const Tensor grid = patchConvolution(t, "patch_embed", pixels, v.encoder.hidden, v.patch);
    const std::int64_t patches = grid.shape()[2] * grid.shape()[3];
    const Tensor x = norm(t, "rms_norm", v.encoder,
                          transpose(view(grid, {grid.size(0), v.encoder.hidden, patches}), 1, 2));
    if (v.isNative)
        return add(x, computedPositions(t, x));
    const Tensor ids = t.input({1, patches}, DType::I64);
    return add(x, embedding(t, "position_embedding", ids, patches, v.encoder.hidden));
}

/// Attention of one learned query over states [n, patches, hidden], PyTorch's kernel whatever the workload
/// says: [n, hidden].
Tensor poolingHead(Tracer& t, const Encoder& e, const Tensor& states)
{
    const auto scope = t.module("head", "Aimv2AttentionPoolingHead", {.role = Role::Head});
    const std::int64_t width = e.hidden / e.heads;
    const Tensor token = t.parameter("cls_token", {1, 1, e.hidden});
    const Tensor k = splitHeads(linear(t, "k_proj", states, e.hidden, e.qkvBias), e.heads, width);
    const Tensor v = splitHeads(linear(t, "v_proj", states, e.hidden, e.qkvBias), e.heads, width);
    const Tensor query = slice(token, {states.size(0), e.heads, 1, width});
    const Tensor mixed = scaled_dot_product_attention(query, k, v, {});
    const Shape pooled{states.size(0), e.hidden};
    const Tensor mean = t.record(OpKind::Mean, {mergeHeads(mixed, HeadOrder::TokensFirst)}, pooled,
                                 mixed.dtype(), Spelling::Method);
    return linear(t, "output_proj", mean, e.hidden, Bias::Yes);
}

/// Pixels to what the head pools, else to the states.
Tensor visionModel(Tracer& t, std::string_view name, const Vision& v, const Workload& w)
{
    const auto scope = t.module(name, "Aimv2VisionModel");
    const std::int64_t width = v.isNative ? w.imageWidth : v.imageSize;
    const std::int64_t height = v.isNative ? w.imageHeight : v.imageSize;
    const Tensor pixels = t.input({w.batch, v.channels, height, width});
    const Tensor embedded = visionEmbeddings(t, v, pixels);
    const Tensor states = norm(t, "rms_norm", v.encoder, encoder(t, v.encoder, embedded, w));
    t.hold(states);
    return v.hasHead ? poolingHead(t, v.encoder, states) : states;
}

/// Token ids to the state of the last token [n, hidden].
Tensor textModel(Tracer& t, std::string_view name, const Text& m, const Workload& w)
{
    const auto scope = t.module(name, "Aimv2TextModel");
    const Tensor ids = t.input({w.batch, w.textTokens}, DType::I64);
    Tensor x;
    {
        const auto words = t.module("embeddings", "Aimv2TextEmbeddings", {.role = Role::Embedding});
        const std::int64_t hidden = m.encoder.hidden;
        x = embedding(t, "token_embedding", ids, m.vocabulary, hidden);
        const Tensor places = t.input({1, w.textTokens}, DType::I64);
        x = add(std::move(x), embedding(t, "position_embedding", places, m.positions, hidden));
    }
    const Tensor states = norm(t, "rms_norm", m.encoder, encoder(t, m.encoder, std::move(x), w));
    t.hold(states);
    argmax(to(elementwise("eq", ids, DType::Bool), DType::I32));
    const Shape pooled{w.batch, m.encoder.hidden};
    return copy(slice(states, pooled), pooled);
}

/// x / |x| for rows of x.
Tensor normalised(Tracer& t, const Tensor& x)
{
    const Tensor squares = pow(x, Spelling::Function);
    const Tensor sum =
        t.record(OpKind::Reduction, {squares}, {x.size(0), 1}, x.dtype(), Spelling::Function, {}, "sum");
    return div(x, pow(sum, Spelling::Function));
}

/// Aimv2Model, the current module: how alike every image and every text are.
void likeness(Tracer& t, const Model& m, Tensor image, Tensor text)
{
    image = linear(t, "visual_projection", image, m.projection, Bias::No, Role::Projector);
    text = linear(t, "text_projection", text, m.projection, Bias::No, Role::Projector);
    image = normalised(t, image);
    text = normalised(t, text);
    const Tensor stored = t.parameter("logit_scale", {});
    const Tensor scale = elementwise("exp", elementwise("clamp", stored, stored.dtype()), stored.dtype());
    t.hold(matmul(mul(scale, text), transpose(image, 0, 1), Spelling::Operator));
    t.hold(std::move(image));
    t.hold(std::move(text));
}

} // namespace

Result<std::vector<Input>> aimv2EncoderInputs(const Config& config, Aimv2Class kind)
{
    return read(config, kind).map([&](const Model& m) {
        const bool sees = kind != Aimv2Class::TextModel;
        const bool reads = kind != Aimv2Class::VisionModel;
        std::vector<Input> offered{inputs::offer<&Workload::batch>(!reads  ? "images"
                                                                   : !sees ? "sequences"
                                                                           : "pairs")};
        if (reads) {
            Input tokens = inputs::offer<&Workload::textTokens>(std::min<std::int64_t>(m.text.positions, 77));
            tokens.maximum = m.text.positions;
            offered.push_back(std::move(tokens));
        }
        if (sees && m.vision.isNative)
            for (Input side : {inputs::offer<&Workload::imageWidth>(m.vision.imageSize),
                               inputs::offer<&Workload::imageHeight>(m.vision.imageSize)}) {
                side.minimum = m.vision.patch;
                offered.push_back(std::move(side));
            }
        offered.push_back(inputs::offer<&Workload::attention>());
        offered.push_back(inputs::transformers(m.version, firstRelease));
        offered.push_back(inputs::offer<&Workload::weightDType>(m.dtype));
        offered.push_back(inputs::offer<&Workload::activationDType>(activationsFor(m.dtype)));
        if (sees)
            offered.push_back(inputs::offer<&Workload::inputGradients>());
        return offered;
    });
}

Result<Trace> traceAimv2Encoder(const Config& config, Aimv2Class kind, const Workload& workload)
{
    return read(config, kind).and_then([&](const Model& m) {
        Tracer t(tracerSettings(workload));
        if (kind == Aimv2Class::VisionModel)
            t.hold(visionModel(t, "", m.vision, workload));
        if (kind == Aimv2Class::TextModel)
            t.hold(textModel(t, "", m.text, workload));
        if (kind == Aimv2Class::Model) {
            const auto scope = t.module("", "Aimv2Model");
            Tensor image = visionModel(t, "vision_model", m.vision, workload);
            Tensor text = textModel(t, "text_model", m.text, workload);
            likeness(t, m, std::move(image), std::move(text));
        }
        return t.finish();
    });
}

} // namespace sunflop
