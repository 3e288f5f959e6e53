// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's products, module by module, against those that LibTorch's own operators perform.

#include "core/families/bricks/internvit.h"
#include "core/sunflop.h"
#include "tests/referee/torch_models.h"

#include <QtTest>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace sunflop;

namespace {

/// FLOPs by the path of the module whose own calls cost them, as FlopCounterMode counts: 2 per product.
using ModuleFlops = std::map<std::string, std::int64_t>;

void add(ModuleFlops& sum, const referee::ModuleMacs& macs)
{
    for (const auto& [path, products] : macs)
        sum[path] += 2 * products;
}

ModuleFlops ownFlops(const Trace& trace, const CostTree& costs)
{
    ModuleFlops flops;
    for (std::size_t i = 0; i < costs.nodes.size(); ++i) {
        const CostNode& node = costs.nodes[i];
        if (const Count own = node.self.forward.flops * node.instances; own != 0)
            flops[trace.path(static_cast<std::int32_t>(i))] = own.value();
    }
    return flops;
}

const Convention& flopCounter()
{
    return **conventionNamed("flopcounter");
}

std::int64_t sum(const ModuleFlops& flops)
{
    std::int64_t total = 0;
    for (const auto& [path, own] : flops)
        total += own;
    return total;
}

/// One line for every module in which the two differ; empty where they agree.
QString differences(const ModuleFlops& engine, const ModuleFlops& torch)
{
    std::string lines;
    ModuleFlops all = engine;
    all.insert(torch.begin(), torch.end());
    const auto in = [](const ModuleFlops& flops, const std::string& path) {
        const auto found = flops.find(path);
        return found == flops.end() ? 0 : found->second;
    };
    for (const auto& [path, own] : all)
        if (in(engine, path) != in(torch, path))
            lines += fmt::format("{}: engine {}, LibTorch {}\n", path, in(engine, path), in(torch, path));
    return QString::fromStdString(lines);
}

/// A run of a decoder with one layer: the prompt's forward and the decode steps behind it.
struct DecoderCase {
    referee::DecoderForward forward;
    std::int64_t newTokens = 0;
};

Result<Run> engineRun(const DecoderCase& c)
{
    const referee::DecoderForward& f = c.forward;
    Source source{.name = "referee",
                  .format = "hfconfig",
                  .config = Config(nlohmann::json{{"model_type", "qwen2"},
                                                  {"hidden_size", f.hidden},
                                                  {"intermediate_size", f.intermediate},
                                                  {"num_hidden_layers", 1},
                                                  {"num_attention_heads", f.heads},
                                                  {"num_key_value_heads", f.kvHeads},
                                                  {"head_dim", f.headDim},
                                                  {"vocab_size", f.vocabulary}}),
                  .report = {}};
    const std::vector<Assignment> inputs{
        {"batch", std::to_string(f.batch)},
        {"text_tokens", std::to_string(f.tokens)},
        {"cached_tokens", std::to_string(f.cached)},
        {"new_tokens", std::to_string(c.newTokens)},
        {"attention", f.attention == referee::Attention::Eager ? "eager" : "sdpa"}};
    return run(std::move(source), inputs, flopCounter());
}

/// The same run in LibTorch, every decode step really taken. generate() gives each sequence its own positions
/// and keeps the last position only.
ModuleFlops torchRun(const DecoderCase& c)
{
    referee::DecoderForward forward = c.forward;
    const bool generates = c.newTokens > 0;
    forward.positionRows = generates ? forward.batch : 1;
    forward.headPositions = generates ? 1 : forward.tokens;
    ModuleFlops flops;
    add(flops, referee::run(forward));
    forward.cached += forward.tokens;
    forward.tokens = 1;
    for (std::int64_t step = 1; step < c.newTokens; ++step, ++forward.cached)
        add(flops, referee::run(forward));
    return flops;
}

/// A tower with one layer: the engine's own function, counted.
ModuleFlops engineFlops(const referee::VisionForward& f)
{
    const InternVit model{.hidden = f.hidden,
                          .intermediate = f.intermediate,
                          .layers = 1,
                          .heads = f.heads,
                          .imageSize = f.imageSize,
                          .patch = f.patch,
                          .qkvBias = f.qkvBias ? Bias::Yes : Bias::No,
                          .normalisesHeads = f.normalisesHeads,
                          .hiddenAct = "gelu"};
    Tracer t({});
    Workload workload;
    workload.attention = AttentionKernel::Eager;
    workload.transformers = newestTransformers;
    internVisionModel(t, "", model, t.input({f.images, 3, f.imageSize, f.imageSize}), workload);
    const Trace trace = t.finish().value();
    return ownFlops(trace, cost(trace, flopCounter()));
}

ModuleFlops engineFlops(const referee::ConvolutionForward& f)
{
    Tracer t({});
    {
        const auto root = t.module("", "Stem");
        const auto scope = t.module("conv", "Conv2d");
        const Tensor weight =
            t.parameter("weight", {f.out, f.channels / f.groups, f.kernelHeight, f.kernelWidth});
        const auto bias = f.bias ? std::optional(t.parameter("bias", {f.out})) : std::nullopt;
        conv2d(t.input({f.images, f.channels, f.height, f.width}), weight, bias,
               {.stride = f.stride, .padding = f.padding, .groups = f.groups});
    }
    const Trace trace = t.finish().value();
    return ownFlops(trace, cost(trace, flopCounter()));
}

template<typename Forward>
ModuleFlops torchFlops(const Forward& forward)
{
    ModuleFlops flops;
    add(flops, referee::run(forward));
    return flops;
}

} // namespace

Q_DECLARE_METATYPE(DecoderCase)
Q_DECLARE_METATYPE(sunflop::referee::VisionForward)
Q_DECLARE_METATYPE(sunflop::referee::ConvolutionForward)

class TestReferee : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decoderMultipliesAsPyTorchDoes_data();
    void decoderMultipliesAsPyTorchDoes();
    void visionTowerMultipliesAsPyTorchDoes_data();
    void visionTowerMultipliesAsPyTorchDoes();
    void convolutionMultipliesAsPyTorchDoes_data();
    void convolutionMultipliesAsPyTorchDoes();
    void refereeNoticesOneWrongSize();
    void refereeNoticesOneWrongStep();
};

/// Every row runs with both attention spellings.
void TestReferee::decoderMultipliesAsPyTorchDoes_data()
{
    QTest::addColumn<DecoderCase>("decoder");
    const auto row = [](const char* name, referee::DecoderForward forward, std::int64_t newTokens = 0) {
        for (const auto attention : {referee::Attention::Eager, referee::Attention::Sdpa}) {
            forward.attention = attention;
            const char* spelling = attention == referee::Attention::Eager ? "eager" : "sdpa";
            QTest::addRow("%s, %s", name, spelling) << DecoderCase{forward, newTokens};
        }
    };
    const referee::DecoderForward small{.batch = 1,
                                        .tokens = 7,
                                        .hidden = 48,
                                        .intermediate = 80,
                                        .heads = 6,
                                        .kvHeads = 2,
                                        .headDim = 8,
                                        .vocabulary = 100};
    const auto with = [&](auto change) {
        referee::DecoderForward changed = small;
        change(changed);
        return changed;
    };
    row("grouped heads", small);
    row("one token", with([](auto& f) { f.tokens = 1; }));
    row("a batch", with([](auto& f) { f.batch = 5; }));
    row("one key head", with([](auto& f) { f.kvHeads = 1; }));
    row("a key head for each query head", with([](auto& f) { f.kvHeads = 6; }));
    row("heads wider than the model", with([](auto& f) { f.headDim = 64; }));
    row("heads narrower than the model", with([](auto& f) { f.headDim = 2; }));
    row("cached tokens", with([](auto& f) { f.cached = 11; }));
    row("one token behind a long cache", with([](auto& f) { f.tokens = 1, f.cached = 4095; }));
    row("cached tokens of a batch", with([](auto& f) { f.batch = 3, f.cached = 2; }));
    row("first token", small, 1);
    row("generation", small, 6);
    row("generation of a batch behind a cache", with([](auto& f) { f.batch = 3, f.cached = 11; }), 9);
    const referee::DecoderForward qwen{.tokens = 147,
                                       .hidden = 2048,
                                       .intermediate = 11008,
                                       .heads = 16,
                                       .kvHeads = 2,
                                       .headDim = 128,
                                       .vocabulary = 151936};
    row("Qwen2.5-3B", qwen);
    row("Qwen2.5-3B generates", qwen, 40);
}

void TestReferee::decoderMultipliesAsPyTorchDoes()
{
    QFETCH(const DecoderCase, decoder);
    const auto run = engineRun(decoder);
    QVERIFY2(run.has_value(), run ? "" : run.error().text().c_str());
    const ModuleFlops torch = torchRun(decoder);
    // Seven projections, attention's own two products, the rotary angles and the head.
    QCOMPARE(torch.size(), std::size_t{7 + 1 + 1 + 1});
    QCOMPARE(differences(ownFlops(run->trace, run->costs), torch), QString());
    QCOMPARE(run->costs.root().total.forward.flops.value(), sum(torch));
}

void TestReferee::visionTowerMultipliesAsPyTorchDoes_data()
{
    QTest::addColumn<referee::VisionForward>("tower");
    const referee::VisionForward small{
        .images = 1, .imageSize = 56, .patch = 14, .hidden = 48, .intermediate = 96, .heads = 4};
    const auto row = [&](const char* name, auto change) {
        referee::VisionForward changed = small;
        change(changed);
        QTest::newRow(name) << changed;
    };
    row("one tile", [](auto&) {});
    row("tiles of a batch", [](auto& f) { f.images = 13; });
    row("a pixel for each patch", [](auto& f) { f.imageSize = 9, f.patch = 1; });
    row("pixels left over at the border", [](auto& f) { f.imageSize = 61; });
    row("one head", [](auto& f) { f.heads = 1; });
    row("query, key and value biases", [](auto& f) { f.qkvBias = true; });
    row("normalised heads", [](auto& f) { f.normalisesHeads = true; });
    row("a narrow feed-forward", [](auto& f) { f.intermediate = 5; });
    QTest::newRow("InternViT-300M") << referee::VisionForward{.images = 10,
                                                              .imageSize = 448,
                                                              .patch = 14,
                                                              .hidden = 1024,
                                                              .intermediate = 4096,
                                                              .heads = 16,
                                                              .qkvBias = true};
    QTest::newRow("InternViT-6B") << referee::VisionForward{.images = 2,
                                                            .imageSize = 448,
                                                            .patch = 14,
                                                            .hidden = 3200,
                                                            .intermediate = 12800,
                                                            .heads = 25,
                                                            .normalisesHeads = true};
}

void TestReferee::visionTowerMultipliesAsPyTorchDoes()
{
    QFETCH(const referee::VisionForward, tower);
    const ModuleFlops torch = torchFlops(tower);
    // The patches' convolution, four linear layers and attention's own two products.
    QCOMPARE(torch.size(), std::size_t{1 + 4 + 1});
    QCOMPARE(differences(engineFlops(tower), torch), QString());
}

void TestReferee::convolutionMultipliesAsPyTorchDoes_data()
{
    QTest::addColumn<referee::ConvolutionForward>("convolution");
    const auto row = [](const char* name, const referee::ConvolutionForward& forward) {
        QTest::newRow(name) << forward;
    };
    const auto with = [](auto change) {
        referee::ConvolutionForward forward{.images = 2,
                                            .channels = 12,
                                            .height = 31,
                                            .width = 20,
                                            .out = 18,
                                            .kernelHeight = 3,
                                            .kernelWidth = 3};
        change(forward);
        return forward;
    };
    row("plain", with([](auto&) {}));
    row("with a bias", with([](auto& f) { f.bias = true; }));
    row("padded", with([](auto& f) { f.padding = 1; }));
    row("strided", with([](auto& f) { f.stride = 2; }));
    row("strided and padded", with([](auto& f) { f.stride = 3, f.padding = 2; }));
    row("grouped", with([](auto& f) { f.groups = 6; }));
    row("depthwise", with([](auto& f) { f.groups = f.out = f.channels; }));
    row("pointwise", with([](auto& f) { f.kernelHeight = f.kernelWidth = 1; }));
    row("kernel higher than wide", with([](auto& f) { f.kernelHeight = 7, f.kernelWidth = 2; }));
    row("kernel as large as the image", with([](auto& f) { f.kernelHeight = 31, f.kernelWidth = 20; }));
    row("all at once", with([](auto& f) { f.stride = 2, f.padding = 3, f.groups = 3, f.bias = true; }));
    row("ResNet's stem", {.images = 8,
                          .channels = 3,
                          .height = 224,
                          .width = 224,
                          .out = 64,
                          .kernelHeight = 7,
                          .kernelWidth = 7,
                          .stride = 2,
                          .padding = 3});
}

void TestReferee::convolutionMultipliesAsPyTorchDoes()
{
    QFETCH(const referee::ConvolutionForward, convolution);
    const ModuleFlops torch = torchFlops(convolution);
    QCOMPARE(torch.size(), std::size_t{1});
    QCOMPARE(differences(engineFlops(convolution), torch), QString());
}

void TestReferee::refereeNoticesOneWrongSize()
{
    referee::VisionForward tower{.imageSize = 56, .patch = 14, .hidden = 48, .intermediate = 96, .heads = 4};
    const ModuleFlops engine = engineFlops(tower);
    tower.intermediate = 97;
    QCOMPARE(differences(engine, torchFlops(tower)),
             QString::fromStdString(fmt::format("encoder.layers.0.mlp.fc1: engine {0}, LibTorch {1}\n"
                                                "encoder.layers.0.mlp.fc2: engine {0}, LibTorch {1}\n",
                                                2 * 17 * 48 * 96, 2 * 17 * 48 * 97)));
}

void TestReferee::refereeNoticesOneWrongStep()
{
    DecoderCase decoder{.forward = {.tokens = 7,
                                    .hidden = 48,
                                    .intermediate = 80,
                                    .heads = 6,
                                    .kvHeads = 2,
                                    .headDim = 8,
                                    .vocabulary = 100},
                        .newTokens = 6};
    const auto run = engineRun(decoder);
    QVERIFY(run.has_value());
    decoder.newTokens = 5;
    QVERIFY(!differences(ownFlops(run->trace, run->costs), torchRun(decoder)).isEmpty());
}

QTEST_APPLESS_MAIN(TestReferee)
#include "tst_referee.moc"
