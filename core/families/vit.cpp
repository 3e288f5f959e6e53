// SPDX-License-Identifier: GPL-3.0-or-later
// ViT: an image in square patches, a class token, a plain transformer, and a classifier or a pooler.
// Layout and operators: transformers' modeling_vit.py, as of 4.37, 4.41, 4.50 and 5.9 to 5.17.

#include "core/families/bricks/attend.h"
#include "core/families/family.h"

#include "core/base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace sunflop::family {

namespace {

/// What the releases of transformers do differently.
struct Layout {
    bool isFlat = false;         ///< from 5.9: no encoder module, q_proj to o_proj, one MLP module
    bool knowsFused = false;     ///< from 4.41: attention has a fused path
    bool hasOneClass = false;    ///< from 4.50: kernels are functions; softmax is computed in fp32
    bool hasSdpaClasses = false; ///< 4.41 to 4.49: the fused path is a class of its own
};

struct Vit {
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t channels = 0;
    std::int64_t imageSize = 0; ///< pixels, square
    std::int64_t patch = 0;     ///< pixels, square
    double normEpsilon = 1e-12;
    Bias qkvBias = Bias::Yes;
    std::string hiddenAct;
    double dropout = 0;
    double attentionDropout = 0;
    bool classifies = true;  ///< ViTForImageClassification, else ViTModel with its pooler
    std::int64_t labels = 0; ///< of the classifier; 0: none
    std::int64_t pooled = 0; ///< width behind the pooler
    std::string poolerAct;
    DType dtype = DType::F32;
    std::string transformers; ///< the config's own version

    std::int64_t patchesPerSide() const { return imageSize / patch; }
    /// Patches and the class token at the model's own size.
    std::int64_t positions() const { return patchesPerSide() * patchesPerSide() + 1; }
};

/// One forward: the model, its release, and the run's kernel.
struct Forward {
    const Vit& vit;
    Layout layout;
    Version transformers;
    AttentionKernel kernel;
    Mode mode;
};

/// What attention returns. Eager code hands the weights on, and the layer keeps them while it runs.
struct Attended {
    Tensor output;
    std::optional<Tensor> weights;
};

Layout layoutOf(Version transformers)
{
    return {.isFlat = transformers >= Version{5, 9},
            .knowsFused = transformers >= Version{4, 41},
            .hasOneClass = transformers >= Version{4, 50},
            .hasSdpaClasses = transformers >= Version{4, 41} && transformers < Version{4, 50}};
}

/// Pixels [n, channels, h, w] to patches [n, h / patch * w / patch, hidden]; what is left of a side is cut
/// off.
Tensor patchEmbeddings(Tracer& t, const Vit& m, const Tensor& pixels)
{
    const auto scope = t.module("patch_embeddings", "ViTPatchEmbeddings", {.role = Role::Embedding});
    const Tensor grid = patchConvolution(t, "projection", pixels, m.hidden, m.patch);
    return transpose(view(grid, {grid.size(0), m.hidden, grid.shape()[2] * grid.shape()[3]}), 1, 2);
}

/// The position table [1, positions, hidden] resampled for another image. As in transformers, a square
/// image of as many patches takes it as it is.
Tensor resampled(const Vit& m, const Tensor& table, const Tensor& pixels)
{
    const std::int64_t rows = pixels.shape()[2] / m.patch;
    const std::int64_t columns = pixels.shape()[3] / m.patch;
    const std::int64_t side = m.patchesPerSide();
    if (rows * columns == side * side && pixels.size(2) == pixels.size(3))
        return table;
    const Tensor grid = interpolate(slice(table, {1, m.hidden, side, side}), rows, columns);
    return cat(slice(table, {1, 1, m.hidden}), slice(grid, {1, rows * columns, m.hidden}), 1);
}

/// Patches behind the class token, and their positions. Another size than the model's own is a run with
/// interpolate_pos_encoding.
Tensor embeddings(Tracer& t, const Vit& m, const Tensor& pixels)
{
    const auto scope = t.module("embeddings", "ViTEmbeddings", {.role = Role::Embedding});
    const Tensor classToken = t.parameter("cls_token", {1, 1, m.hidden});
    const Tensor table = t.parameter("position_embeddings", {1, m.positions(), m.hidden});
    Tensor x = patchEmbeddings(t, m, pixels);
    x = cat(slice(classToken, {x.size(0), 1, m.hidden}), x, 1);
    x = add(x, resampled(m, table, pixels));
    dropout(t, "dropout", m.dropout);
    return x;
}

/// Without a mask: every position sees every other one.
Attended attended(Tracer& t, const Forward& f, const Tensor& q, const Tensor& k, const Tensor& v)
{
    Attended mixed;
    Tensor weights;
    mixed.output = attend(t, q, k, v, {.kernel = f.kernel, .weights = &weights});
    mixed.output = mergeHeads(mixed.output, headOrder(f.kernel));
    mixed.weights = std::move(weights);
    return mixed;
}

/// ViTAttention from 5.9 on.
Attended attention(Tracer& t, const Forward& f, const Tensor& x)
{
    const Vit& m = f.vit;
    const auto scope = t.module("attention", "ViTAttention", {.role = Role::Attention});
    const std::int64_t width = m.hidden / m.heads;
    const Tensor q = splitHeads(linear(t, "q_proj", x, m.hidden, m.qkvBias), m.heads, width);
    const Tensor k = splitHeads(linear(t, "k_proj", x, m.hidden, m.qkvBias), m.heads, width);
    const Tensor v = splitHeads(linear(t, "v_proj", x, m.hidden, m.qkvBias), m.heads, width);
    Attended mixed = attended(t, f, q, k, v);
    mixed.output = linear(t, "o_proj", mixed.output, m.hidden, Bias::Yes);
    return mixed;
}

/// Before 4.50 eager attention divides by the root, and the softmax keeps the scores' type.
Tensor attentionOf449(Tracer& t, const Forward& f, const Tensor& q, const Tensor& k, const Tensor& v)
{
    if (f.kernel != AttentionKernel::Eager) {
        const auto unused = t.dormant();
        dropout(t, "dropout", f.vit.attentionDropout);
    }
    if (f.kernel != AttentionKernel::Eager)
        return attended(t, f, q, k, v).output;
    Tensor scores = matmul(q, transpose(k, 2, 3));
    scores = div(std::move(scores), t.number());
    const Tensor weights = softmax(scores, scores.dtype());
    dropout(t, "dropout", f.vit.attentionDropout);
    return mergeHeads(matmul(weights, v), HeadOrder::HeadsFirst);
}

/// ViTSelfAttention, before 5.9.
Tensor selfAttention(Tracer& t, const Forward& f, const Tensor& x)
{
    const Vit& m = f.vit;
    const bool isEager = f.kernel == AttentionKernel::Eager;
    const bool isSdpaClass = f.layout.hasSdpaClasses && !isEager;
    const auto scope = t.module("attention", isSdpaClass ? "ViTSdpaSelfAttention" : "ViTSelfAttention");
    const std::int64_t width = m.hidden / m.heads;
    const Tensor q = splitHeads(linear(t, "query", x, m.hidden, m.qkvBias), m.heads, width);
    const Tensor k = splitHeads(linear(t, "key", x, m.hidden, m.qkvBias), m.heads, width);
    const Tensor v = splitHeads(linear(t, "value", x, m.hidden, m.qkvBias), m.heads, width);
    if (!f.layout.hasOneClass)
        return attentionOf449(t, f, q, k, v);
    return attended(t, f, q, k, v).output;
}

/// ViTSelfOutput, before 5.9.
Tensor selfOutput(Tracer& t, const Vit& m, const Tensor& x)
{
    const auto scope = t.module("output", "ViTSelfOutput");
    const Tensor out = linear(t, "dense", x, m.hidden, Bias::Yes);
    dropout(t, "dropout", m.dropout);
    return out;
}

/// ViTAttention or ViTSdpaAttention, before 5.9.
Tensor nestedAttention(Tracer& t, const Forward& f, const Tensor& x)
{
    const bool isSdpaClass = f.layout.hasSdpaClasses && f.kernel != AttentionKernel::Eager;
    const auto scope =
        t.module("attention", isSdpaClass ? "ViTSdpaAttention" : "ViTAttention", {.role = Role::Attention});
    const Tensor mixed = selfAttention(t, f, x);
    return selfOutput(t, f.vit, mixed);
}

/// ViTMLP, from 5.9 on.
Tensor mlp(Tracer& t, const Forward& f, const Tensor& x)
{
    const Vit& m = f.vit;
    const auto scope =
        t.module("mlp", "ViTMLP", {.role = Role::Mlp, .order = {"activation_fn", "fc1", "fc2"}});
    Tensor y = linear(t, "fc1", x, m.intermediate, Bias::Yes);
    y = activation(t, "activation_fn", y, m.hiddenAct, f.transformers);
    return linear(t, "fc2", y, m.hidden, Bias::Yes);
}

/// ViTIntermediate, before 5.9.
Tensor intermediate(Tracer& t, const Forward& f, const Tensor& x)
{
    const auto scope = t.module("intermediate", "ViTIntermediate", {.role = Role::Mlp});
    const Tensor wide = linear(t, "dense", x, f.vit.intermediate, Bias::Yes);
    return activation(t, "intermediate_act_fn", wide, f.vit.hiddenAct, f.transformers);
}

/// ViTOutput, before 5.9, adds the residual itself.
Tensor output(Tracer& t, const Vit& m, const Tensor& x, const Tensor& residual)
{
    const auto scope = t.module("output", "ViTOutput", {.role = Role::Mlp});
    const Tensor out = linear(t, "dense", x, m.hidden, Bias::Yes);
    dropout(t, "dropout", m.dropout);
    return add(out, residual);
}

/// ViTLayer, from 5.9 on: [n, positions, hidden] to the same.
Tensor layer(Tracer& t, const Forward& f, const Tensor& handed, std::int64_t first, std::int64_t count)
{
    const Vit& m = f.vit;
    const auto scope = t.module(
        std::to_string(first), "ViTLayer",
        {.repeat = count, .order = {"attention", "layernorm_before", "layernorm_after", "mlp", "dropout"}});
    const Tensor x = t.carried(handed);
    Tensor y = layerNorm(t, "layernorm_before", x, m.normEpsilon);
    Attended mixed = attention(t, f, y);
    y = std::move(mixed.output);
    dropout(t, "dropout", m.dropout);
    y = add(std::move(y), x);
    const Tensor residual = y;
    y = layerNorm(t, "layernorm_after", y, m.normEpsilon);
    y = mlp(t, f, y);
    return t.handOn(add(std::move(y), residual));
}

/// ViTLayer, before 5.9.
Tensor nestedLayer(Tracer& t, const Forward& f, const Tensor& handed, std::int64_t first, std::int64_t count)
{
    const Vit& m = f.vit;
    const auto scope =
        t.module(std::to_string(first), "ViTLayer",
                 {.repeat = count,
                  .order = {"attention", "intermediate", "output", "layernorm_before", "layernorm_after"}});
    const Tensor x = t.carried(handed);
    const Tensor attended = nestedAttention(t, f, layerNorm(t, "layernorm_before", x, m.normEpsilon));
    const Tensor states = add(attended, x);
    Tensor y = layerNorm(t, "layernorm_after", states, m.normEpsilon);
    y = intermediate(t, f, y);
    return t.handOn(output(t, m, y, states));
}

/// Layers of the current module, their list, in runs of equal ones.
Tensor layers(Tracer& t, const Forward& f, Tensor x)
{
    for (std::int64_t first = 0; first < f.vit.layers;) {
        const std::int64_t next = t.alikeUntil(first, f.vit.layers);
        x = f.layout.isFlat ? layer(t, f, x, first, next - first) : nestedLayer(t, f, x, first, next - first);
        first = next;
    }
    return x;
}

Tensor encoder(Tracer& t, const Forward& f, const Tensor& x)
{
    if (f.layout.isFlat) {
        const auto list = t.module("layers", "ModuleList", {.isContainer = true});
        return layers(t, f, x);
    }
    const auto scope = t.module("encoder", "ViTEncoder");
    const auto list = t.module("layer", "ModuleList", {.isContainer = true});
    return layers(t, f, x);
}

/// The class token's state [n, hidden] to [n, pooled].
Tensor pooler(Tracer& t, const Forward& f, const Tensor& states)
{
    const Vit& m = f.vit;
    const auto scope = t.module("pooler", "ViTPooler", {.role = Role::Head});
    const Tensor first = slice(states, {states.size(0), m.hidden});
    const Tensor pooled = linear(t, "dense", first, m.pooled, Bias::Yes);
    if (m.poolerAct != "tanh")
        return activation(t, "activation", pooled, m.poolerAct, f.transformers);
    const auto act = t.module("activation", "Tanh", {.role = Role::Activation});
    return tanh(pooled);
}

/// ViTModel under `name`: pixels [n, channels, h, w] to states [n, positions, hidden].
Tensor model(Tracer& t, std::string_view name, const Forward& f, const Tensor& pixels)
{
    const auto scope = t.module(name, "ViTModel");
    const Tensor embedded = embeddings(t, f.vit, pixels);
    const Tensor states = encoder(t, f, embedded);
    const Tensor normed = layerNorm(t, "layernorm", states, f.vit.normEpsilon);
    if (!f.vit.classifies) {
        t.hold(pooler(t, f, normed));
        t.hold(normed);
    }
    return normed;
}

void classification(Tracer& t, const Forward& f, const Tensor& pixels)
{
    const auto scope = t.module("", "ViTForImageClassification");
    const Tensor states = model(t, "vit", f, pixels);
    const Tensor first = slice(states, {states.size(0), f.vit.hidden});
    if (f.vit.labels == 0) {
        idle(t, "classifier", "Identity");
        t.hold(first);
        return;
    }
    Tensor logits = linear(t, "classifier", first, f.vit.labels, Bias::Yes, Role::Head);
    if (f.mode == Mode::Training)
        t.hold(nll_loss(log_softmax(logits), t.input({logits.size(0)}, DType::I64)));
    else
        t.hold(std::move(logits));
}

/// A config without "architectures" is taken for the classifier.
bool isClassifier(ConfigReader& config)
{
    static constexpr std::array<std::string_view, 2> known{"ViTForImageClassification", "ViTModel"};
    return readArchitecture(config, known).value_or(0) == 0;
}

Result<Vit> read(const Config& config)
{
    ConfigReader reader(config);
    Vit m;
    m.classifies = isClassifier(reader);
    m.hidden = reader.size("hidden_size", 768);
    m.intermediate = reader.size("intermediate_size", 3072);
    m.layers = reader.size("num_hidden_layers", 12, mostLayers);
    m.heads = reader.size("num_attention_heads", 12);
    m.channels = reader.size("num_channels", 3);
    m.imageSize = reader.square("image_size", 224);
    m.patch = reader.square("patch_size", 16);
    m.normEpsilon = reader.number("layer_norm_eps", 1e-12);
    m.qkvBias = reader.flag("qkv_bias", true) ? Bias::Yes : Bias::No;
    m.hiddenAct = reader.text("hidden_act", "gelu");
    m.dropout = reader.number("hidden_dropout_prob", 0);
    m.attentionDropout = reader.number("attention_probs_dropout_prob", 0);
    m.labels = readLabels(reader);
    m.pooled = reader.size("pooler_output_size", m.hidden);
    m.poolerAct = reader.text("pooler_act", "tanh");
    m.dtype = readDType(reader);
    m.transformers = reader.text("transformers_version", "");
    checkVisionSizes(reader, {m.hidden, m.heads, m.imageSize, m.patch});
    if (reader.error())
        return failure(*reader.error());
    return m;
}

Result<std::vector<Input>> offered(const Source& source)
{
    return read(source.config).map([](const Vit& m) {
        Input width = inputs::offer<&Workload::imageWidth>(m.imageSize);
        Input height = inputs::offer<&Workload::imageHeight>(m.imageSize);
        width.minimum = height.minimum = m.patch;
        std::vector<Input> offered{inputs::offer<&Workload::batch>("images per device"),
                                   width,
                                   height,
                                   inputs::offer<&Workload::attention>(),
                                   inputs::transformers(m.transformers, {4, 6}),
                                   inputs::offer<&Workload::weightDType>(m.dtype),
                                   inputs::offer<&Workload::activationDType>(activationsFor(m.dtype)),
                                   inputs::offer<&Workload::inputGradients>()};
        return offered;
    });
}

Result<Trace> traceModel(const Vit& m, const Workload& w)
{
    Tracer t(tracerSettings(w));
    const Layout layout = layoutOf(w.transformers);
    const Forward f{m, layout, w.transformers, layout.knowsFused ? w.attention : AttentionKernel::Eager,
                    w.mode};
    const Tensor pixels = t.input({w.batch, m.channels, w.imageHeight, w.imageWidth});
    if (m.classifies)
        classification(t, f, pixels);
    else
        model(t, "", f, pixels);
    return t.finish();
}

} // namespace

Family vit()
{
    return {.id = "vit",
            .title = "ViT",
            .modelTypes = {"vit"},
            .inputs = offered,
            .trace = [](const Source& source, const Workload& workload) {
                return read(source.config).and_then([&](const Vit& m) { return traceModel(m, workload); });
            }};
}

} // namespace sunflop::family
