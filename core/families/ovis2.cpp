// SPDX-License-Identifier: GPL-3.0-or-later
// Ovis 2: an AIMv2 tower whose head makes every visual token a distribution over a visual vocabulary, which
// then looks up an embedding table as a product. Layout and operators: AIDC-AI's modeling_ovis.py of the
// checkpoints.

#include "core/base/plain_text.h"
#include "core/families/bricks/aimv2_tower.h"
#include "core/families/bricks/vision_language.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop::family {

namespace {

/// Visual ids that mark begin, middle and end of an image and separate rows and columns.
constexpr std::int64_t indicatorIds = 5;
/// Largest grid of tiles in the model's own preprocessing.
constexpr std::int64_t maximumPartition = 9;

struct Ovis2 {
    Aimv2 vision;
    Decoder language;
    std::int64_t stride = 1;     ///< side of the square of patches that becomes one token
    std::int64_t vocabulary = 0; ///< rows of the visual embedding table, indicators included
    std::int64_t hidden = 0;     ///< width of the visual embedding table

    std::int64_t headOutputs() const { return vocabulary - indicatorIds; }
    std::int64_t tokensPerTile() const
    {
        const std::int64_t side = (vision.patchesPerSide() + stride - 1) / stride;
        return side * side;
    }
};

Result<Ovis2> read(const Config& config)
{
    ConfigReader reader(config);
    ConfigReader tokenizer(reader.object("visual_tokenizer_config"));
    const std::string kind = tokenizer.text("model_type", "");
    if (kind != "aimv2_visual_tokenizer")
        tokenizer.refuse("model_type",
                         fmt::format("found \"{}\", expected aimv2_visual_tokenizer", shortened(kind)),
                         ErrorKind::Unsupported);
    const std::string function = tokenizer.text("tokenize_function", "softmax");
    if (function != "softmax")
        tokenizer.refuse("tokenize_function",
                         fmt::format("found \"{}\", expected softmax", shortened(function)),
                         ErrorKind::Unsupported);
    static constexpr std::array<std::string_view, 1> known{"Ovis"};
    readArchitecture(reader, known);
    ConfigReader backbone(tokenizer.object("backbone_config"));
    Ovis2 m;
    m.vision = readAimv2(backbone);
    m.stride = tokenizer.size("hidden_stride", 1, m.vision.patchesPerSide());
    m.vocabulary = tokenizer.size("vocab_size", 16384);
    if (m.vocabulary <= indicatorIds)
        tokenizer.refuse("vocab_size",
                         fmt::format("found {}, expected more than {}", m.vocabulary, indicatorIds));
    for (const ConfigReader* part : {&reader, &tokenizer, &backbone})
        if (part->error())
            return failure(*part->error());
    auto language = languageModel(config, "llm_config");
    if (!language)
        return failure(language.error());
    m.language = *std::move(language);
    m.hidden = reader.size("hidden_size", m.language.hidden);
    if (m.hidden != m.language.hidden)
        return failure(
            ErrorKind::Conflict, "hidden_size",
            fmt::format("found {}, expected llm_config.hidden_size {}", m.hidden, m.language.hidden));
    return m;
}

Result<std::vector<Input>> offered(const Source& source)
{
    return read(source.config).map([](const Ovis2& m) {
        return visionLanguageInputs(m.language, m.vision.imageSize);
    });
}

ImageTokens imageTokens(const Ovis2& m, const Workload& w)
{
    const Tiling tiling = ovisTiling(w.imageWidth, w.imageHeight, m.vision.imageSize, maximumPartition);
    const std::int64_t tiles = w.tiles.value_or(tiling.tiles());
    // Begin, middle, end, and one separator between neighbouring cells: rows * (columns - 1) + (rows - 1).
    const std::int64_t cells = tiles > 1 ? tiles - 1 : 1;
    return {.images = w.images,
            .tilesPerImage = tiles,
            .towerTokens = w.images * tiles * m.vision.patchesPerSide() * m.vision.patchesPerSide(),
            .featureTokens = w.images * tiles * m.tokensPerTile(),
            .markerTokens = w.images * (3 + cells - 1)};
}

/// The tower's last hidden states, `stride` times `stride` neighbours side by side: [n, tokens per tile,
/// width]. It is asked for all hidden states and holds them while it runs.
Tensor encode(Tracer& t, const Ovis2& m, const Tensor& pixels)
{
    std::vector<Tensor> hiddenStates;
    Tensor patches = aimv2Model(t, "backbone", m.vision, pixels, &hiddenStates);
    return copy(std::move(patches),
                {pixels.size(0), m.tokensPerTile(), m.vision.hidden * m.stride * m.stride});
}

/// Tiles [n, channels, side, side] to distributions [n, tokens per tile, vocabulary].
Tensor visualTokenizer(Tracer& t, const Ovis2& m, std::int64_t tiles)
{
    const auto scope = t.module("visual_tokenizer", "Aimv2VisualTokenizer");
    const Tensor pixels = t.input({tiles, m.vision.channels, m.vision.imageSize, m.vision.imageSize});
    const Tensor features = encode(t, m, pixels);
    Tensor logits;
    {
        const auto head = t.module("head", "Sequential", {.role = Role::Head});
        logits = layerNorm(t, "1", linear(t, "0", features, m.headOutputs(), Bias::No), 1e-5);
    }
    Tensor tokens = softmax(logits, logits.dtype(), Spelling::Captured);
    Tensor padding = t.create({tiles, m.tokensPerTile(), indicatorIds}, tokens.dtype());
    return cat(std::move(tokens), std::move(padding), 2);
}

/// The visual embedding table: indicator rows are always looked up, distributions are multiplied with it.
Tensor visualEmbedding(Tracer& t, const Ovis2& m, const std::optional<Tensor>& distributions)
{
    const auto scope =
        t.module("vte", "VisualEmbedding",
                 {.detail = fmt::format("{}, {}", m.vocabulary, m.hidden), .role = Role::Embedding});
    const Tensor table = t.parameter("weight", {m.vocabulary, m.hidden});
    const Tensor indicators = embedding(t.create({indicatorIds}, DType::I64), table);
    return distributions ? matmul(*distributions, table) : indicators;
}

/// Image features and indicators of all sequences, [batch, positions, hidden]; nothing without images.
std::optional<Tensor> imageFeatures(Tracer& t, const Ovis2& m, const Workload& w, const ImageTokens& images)
{
    const std::int64_t tiles = w.batch * images.images * images.tilesPerImage;
    if (tiles == 0) {
        {
            const auto off = t.dormant();
            visualTokenizer(t, m, 1);
        }
        visualEmbedding(t, m, std::nullopt);
        return std::nullopt;
    }
    const Tensor distributions = visualTokenizer(t, m, tiles);
    const Tensor features = visualEmbedding(t, m, distributions);
    argmax(distributions);
    return cat(view(features, {w.batch, images.featureTokens, m.hidden}),
               t.create({w.batch, images.markerTokens, m.hidden}, features.dtype()), 1);
}

Result<Trace> traceModel(const Ovis2& m, const Workload& w)
{
    const ImageTokens images = imageTokens(m, w);
    return traceVisionLanguage(
        w, m.language, images,
        {.className = "Ovis", .language = "llm", .order = {"llm", "visual_tokenizer", "vte"}},
        [&](Tracer& t) { return imageFeatures(t, m, w, images); });
}

/// A printed Ovis with an AIMv2 tower.
std::vector<Config> rebuild(const PrintedReport& report)
{
    PrintedSizes sizes(report, 0);
    const std::string tower = "visual_tokenizer.backbone.";
    if (report.modules.front().module.className != "Ovis" || report.find(tower + "trunk.blocks") < 0)
        return {};
    const std::int64_t width = sizes.number(tower + "trunk.blocks.0.attn.qkv", "in_features=");
    constexpr std::int64_t headWidth = 128;
    nlohmann::json backbone{
        {"model_type", "aimv2"},
        {"hidden_size", width},
        {"intermediate_size", sizes.number(tower + "trunk.blocks.0.mlp.fc1", "out_features=")},
        {"num_hidden_layers", sizes.children(tower + "trunk.blocks")},
        {"num_attention_heads", std::max<std::int64_t>(width / headWidth, 1)},
        {"image_size", 448},
        {"patch_size", sizes.number(tower + "preprocessor.patchifier.proj", "kernel_size=(")},
        {"qkv_bias", sizes.detail(tower + "trunk.blocks.0.attn.qkv").ends_with("bias=True")},
        {"use_bias", sizes.detail(tower + "trunk.blocks.0.attn.proj").ends_with("bias=True")},
    };
    const double merged = static_cast<double>(sizes.number("visual_tokenizer.head.0", "in_features="));
    nlohmann::json config{{"model_type", "ovis"},
                          {"visual_tokenizer_config",
                           {{"model_type", "aimv2_visual_tokenizer"},
                            {"backbone_config", std::move(backbone)},
                            {"hidden_stride", static_cast<std::int64_t>(std::lround(
                                                  std::sqrt(merged / static_cast<double>(width))))},
                            {"vocab_size", sizes.position("vte", 0)}}}};
    return sizes.complete() ? withLanguageModels(report, "llm", "llm_config", std::move(config))
                            : std::vector<Config>();
}

} // namespace

Family ovis2()
{
    return {
        .id = "ovis2",
        .title = "Ovis 2",
        .modelTypes = {"ovis"},
        .inputs = offered,
        .trace =
            [](const Source& source, const Workload& workload) {
                return read(source.config).and_then([&](const Ovis2& m) { return traceModel(m, workload); });
            },
        .rebuild = rebuild};
}

} // namespace sunflop::family
