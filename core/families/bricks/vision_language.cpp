// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/vision_language.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace sunflop {

Result<Decoder> languageModel(const Config& config, std::string_view key)
{
    ConfigReader reader(config);
    const Config inner = reader.object(key);
    const std::string outerVersion = reader.text("transformers_version", "");
    if (reader.error())
        return failure(*reader.error());
    const auto family = familyOf(inner);
    if (!family)
        return failure(family.error());
    if ((*family)->decoder == nullptr)
        return failure(ErrorKind::Unsupported, inner.keyPath("model_type"),
                       fmt::format("\"{}\" is no language model", shortened(inner.modelType())));
    auto decoder = (*family)->decoder(inner);
    if (decoder && !outerVersion.empty())
        decoder->version = outerVersion;
    if (decoder) // made by AutoModelForCausalLM, or by its class
        decoder->head = DecoderHead::CausalLM;
    return decoder;
}

std::vector<Input> visionLanguageInputs(const Decoder& language, std::int64_t side)
{
    std::vector<Input> offered = decoderInputs(language);
    const auto text = std::ranges::find(offered, "text_tokens", &Input::id);
    text->minimum = 0;
    Input tiles = inputs::offer<&Workload::tiles>();
    tiles.maximum = mostTiles;
    const auto images = {inputs::offer<&Workload::images>(), inputs::offer<&Workload::imageWidth>(side),
                         inputs::offer<&Workload::imageHeight>(side), tiles};
    offered.insert(std::next(text), images);
    offered.push_back(inputs::offer<&Workload::trainable>());
    offered.push_back(inputs::offer<&Workload::inputGradients>());
    return offered;
}

Result<Trace> traceVisionLanguage(const Workload& workload, const Decoder& language,
                                  const ImageTokens& images, const VisionLanguageNames& names,
                                  const std::function<std::optional<Tensor>(Tracer&)>& features)
{
    const std::int64_t prompt = workload.textTokens + images.featureTokens + images.markerTokens;
    if (prompt < 1)
        return failure(ErrorKind::OutOfRange, "text_tokens",
                       "0 text tokens and 0 images make an empty prompt, expected at least one token");
    Tracer t(tracerSettings(workload));
    {
        const auto root = t.module("", names.className, {.order = names.order});
        const auto visual = [&] {
            const auto frozen =
                t.frozen(workload.hasAdapters() ||
                         (workload.mode == Mode::Training && workload.trainable == Trainable::Language));
            return features(t);
        }();
        runDecoder(t, names.language, language, workload, prompt, visual);
    }
    if (images.images > 0)
        t.run().images = images;
    return t.finish();
}

std::vector<Config> withLanguageModels(const PrintedReport& report, std::string_view name,
                                       const std::string& key, nlohmann::json config)
{
    std::vector<Config> configs;
    const std::int32_t root = report.find(name);
    if (root < 0)
        return configs;
    for (const Family& family : families()) {
        if (family.decoder == nullptr)
            continue;
        for (const Config& language : rebuildDecoder(report, root, *family.decoder(Config()).value().kin)) {
            config[key] = language.json();
            configs.emplace_back(config);
        }
    }
    return configs;
}

} // namespace sunflop
