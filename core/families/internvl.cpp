// SPDX-License-Identifier: GPL-3.0-or-later
// InternVLChat 2, 2.5 and 3: InternViT, pixel shuffle, a two-layer projector and a language model.
// Layout and operators: OpenGVLab's modeling_internvl_chat.py as shipped with the checkpoints.

#include "core/families/bricks/internvit.h"
#include "core/families/bricks/vision_language.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop::family {

namespace {

struct InternVl {
    InternVit vision;
    Decoder language;
    std::int64_t shuffle = 2; ///< side of the square of patches that becomes one token: 1 / downsample_ratio
    std::int64_t minimumTiles = 1;
    std::int64_t maximumTiles = 6;
    bool tilesImages = false;
    bool thumbnail = false;

    std::int64_t tokensPerTile() const
    {
        const std::int64_t side = vision.patchesPerSide() / shuffle;
        return side * side;
    }
};

Result<InternVl> read(const Config& config)
{
    ConfigReader reader(config);
    ConfigReader vision(reader.object("vision_config"));
    static constexpr std::array<std::string_view, 1> known{"InternVLChatModel"};
    readArchitecture(reader, known);
    InternVl m;
    m.vision = readInternVit(vision, reader.optionalSize("force_image_size"));
    const double ratio = reader.number("downsample_ratio", 0.5);
    const std::int64_t patches = m.vision.patchesPerSide();
    const bool isPart = ratio <= 1 && ratio * static_cast<double>(patches) >= 1;
    m.shuffle = isPart ? static_cast<std::int64_t>(1 / ratio) : 1;
    if (!isPart || patches % m.shuffle != 0)
        reader.refuse("downsample_ratio",
                      fmt::format("found {}, expected 1/n with n a divisor of {} patches", ratio, patches));
    m.minimumTiles = reader.size("min_dynamic_patch", 1, mostTiles);
    m.maximumTiles = reader.size("max_dynamic_patch", 6, mostTiles);
    if (m.maximumTiles < m.minimumTiles)
        reader.refuse("max_dynamic_patch", fmt::format("found {}, expected at least min_dynamic_patch {}",
                                                       m.maximumTiles, m.minimumTiles));
    m.tilesImages = reader.flag("dynamic_image_size", false);
    m.thumbnail = reader.flag("use_thumbnail", false);
    for (const ConfigReader* part : {&vision, &reader})
        if (part->error())
            return failure(*part->error());
    auto language = languageModel(config, "llm_config");
    if (!language)
        return failure(language.error());
    m.language = *std::move(language);
    return m;
}

Result<std::vector<Input>> offered(const Source& source)
{
    return read(source.config).map([](const InternVl& m) {
        return visionLanguageInputs(m.language, m.vision.imageSize);
    });
}

ImageTokens imageTokens(const InternVl& m, const Workload& w)
{
    Tiling tiling;
    if (m.tilesImages)
        tiling = internvlTiling(w.imageWidth, w.imageHeight, m.vision.imageSize, m.minimumTiles,
                                m.maximumTiles, m.thumbnail);
    const std::int64_t tiles = w.tiles.value_or(tiling.tiles());
    return {.images = w.images,
            .tilesPerImage = tiles,
            .towerTokens = w.images * tiles * m.vision.positions(),
            .featureTokens = w.images * tiles * m.tokensPerTile()};
}

/// mlp1: merged patches [n, tokens, hidden * shuffle^2] to the language model's width.
Tensor projector(Tracer& t, const InternVl& m, const Tensor& x)
{
    const auto scope = t.module("mlp1", "Sequential", {.role = Role::Projector});
    Tensor y = layerNorm(t, "0", x, 1e-5);
    y = linear(t, "1", y, m.language.hidden, Bias::Yes);
    {
        const auto act = t.module("2", "GELU", {.detail = "approximate='none'", .role = Role::Activation});
        y = gelu(y);
    }
    return linear(t, "3", y, m.language.hidden, Bias::Yes);
}

/// Tiles [n, 3, side, side] to features [n, tokens per tile, hidden of the language model].
Tensor extractFeature(Tracer& t, const InternVl& m, const Workload& w, std::int64_t tiles)
{
    const Tensor pixels = t.input({tiles, 3, m.vision.imageSize, m.vision.imageSize});
    const Tensor states = internVisionModel(t, "vision_model", m.vision, pixels, w);
    const Tensor merged = copy(states, {tiles, m.tokensPerTile(), m.vision.hidden * m.shuffle * m.shuffle});
    return projector(t, m, merged);
}

Result<Trace> traceModel(const InternVl& m, const Workload& w)
{
    const ImageTokens images = imageTokens(m, w);
    const std::int64_t tiles = w.batch * images.images * images.tilesPerImage;
    return traceVisionLanguage(w, m.language, images,
                               {.className = "InternVLChatModel",
                                .language = "language_model",
                                .order = {"vision_model", "language_model", "mlp1"}},
                               [&](Tracer& t) -> std::optional<Tensor> {
                                   if (tiles > 0)
                                       return view(extractFeature(t, m, w, tiles),
                                                   {w.batch, images.featureTokens, m.language.hidden});
                                   const auto off = t.dormant();
                                   extractFeature(t, m, w, 1);
                                   return std::nullopt;
                               });
}

/// A printed InternVLChatModel: the tower's width, depth and norms, the projector, and a language model.
std::vector<Config> rebuild(const PrintedReport& report)
{
    PrintedSizes sizes(report, 0);
    if (report.modules.front().module.className != "InternVLChatModel")
        return {};
    const std::string layer = "vision_model.encoder.layers.0.";
    nlohmann::json vision{
        {"hidden_size", sizes.number(layer + "attn.qkv", "in_features=")},
        {"intermediate_size", sizes.number(layer + "mlp.fc1", "out_features=")},
        {"num_hidden_layers", sizes.children("vision_model.encoder.layers")},
        {"qkv_bias", sizes.detail(layer + "attn.qkv").ends_with("bias=True")},
        {"qk_normalization", report.find(layer + "attn.q_norm") >= 0},
        {"norm_type", sizes.className(layer + "norm1") == "LayerNorm" ? "layer_norm" : "rms_norm"},
        {"patch_size", sizes.number("vision_model.embeddings.patch_embedding", "kernel_size=(")},
    };
    constexpr std::int64_t headWidths[] = {64, 128};
    const auto width = vision["hidden_size"].get<std::int64_t>();
    const std::int64_t headWidth =
        width % headWidths[1] == 0 && width >= 3200 ? headWidths[1] : headWidths[0];
    vision["num_attention_heads"] = std::max<std::int64_t>(width / headWidth, 1);
    const double merged =
        static_cast<double>(sizes.number("mlp1.1", "in_features=")) / static_cast<double>(width);
    nlohmann::json config{{"model_type", "internvl_chat"}, {"vision_config", vision},
                          {"force_image_size", 448},       {"downsample_ratio", 1 / std::sqrt(merged)},
                          {"dynamic_image_size", true},    {"use_thumbnail", true},
                          {"max_dynamic_patch", 12}};
    return sizes.complete() ? withLanguageModels(report, "language_model", "llm_config", std::move(config))
                            : std::vector<Config>();
}

} // namespace

Family internvl()
{
    return {.id = "internvl",
            .title = "InternVLChat 2, 2.5, 3",
            .modelTypes = {"internvl_chat"},
            .inputs = offered,
            .trace =
                [](const Source& source, const Workload& workload) {
                    return read(source.config).and_then([&](const InternVl& m) {
                        return traceModel(m, workload);
                    });
                },
            .rebuild = rebuild};
}

} // namespace sunflop::family
