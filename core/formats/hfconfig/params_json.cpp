// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hfconfig/params_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <utility>

namespace sunflop {

namespace {

using nlohmann::json;

/// Width of Meta's FeedForward: two thirds of four times the model's, scaled, and rounded up.
std::int64_t feedForwardWidth(ConfigReader& params, std::int64_t dim)
{
    std::int64_t width = 2 * (4 * dim) / 3;
    const double scale = params.number("ffn_dim_multiplier", 1);
    constexpr double largestScale = 64;
    if (!(scale > 0 && scale <= largestScale))
        params.refuse("ffn_dim_multiplier",
                      fmt::format("found {}, expected more than 0 and at most {}", scale, largestScale));
    else
        width = static_cast<std::int64_t>(scale * static_cast<double>(width));
    const std::int64_t multiple = params.size("multiple_of", 256);
    return (width + multiple - 1) / multiple * multiple;
}

/// What both describe in the same words.
json common(ConfigReader& params, std::int64_t dim)
{
    const std::int64_t heads = params.size("n_heads", 32);
    return {{"hidden_size", dim},
            {"num_hidden_layers", params.size("n_layers", 32)},
            {"num_attention_heads", heads},
            {"num_key_value_heads", params.size("n_kv_heads", heads)},
            {"head_dim", params.size("head_dim", dim / heads)},
            {"rms_norm_eps", params.number("norm_eps", 1e-5)},
            {"rope_theta", params.number("rope_theta", 10'000)},
            {"torch_dtype", "bfloat16"}};
}

void addMeta(ConfigReader& params, std::int64_t dim, json& config, std::vector<std::string>& notes)
{
    constexpr std::int64_t wordsOfLlama2 = 32'000;
    // The first releases write -1, and fill it in from the tokenizer.
    const bool isTold = params.has("vocab_size") && params.integer("vocab_size", -1) >= 0;
    config["model_type"] = "llama";
    config["intermediate_size"] = feedForwardWidth(params, dim);
    config["vocab_size"] = isTold ? params.size("vocab_size", wordsOfLlama2) : wordsOfLlama2;
    config["tie_word_embeddings"] = false;
    const bool isThird = params.number("rope_theta", 10'000) > 10'000;
    const std::int64_t context = isThird ? 8192 : 4096;
    constexpr std::int64_t scaledContext = 131'072;
    config["max_position_embeddings"] =
        params.size("max_seq_len", params.flag("use_scaled_rope", false) ? scaledContext : context);
    if (!isTold)
        notes.push_back(fmt::format("params.json leaves vocab_size to the tokenizer: taken for {} words.",
                                    wordsOfLlama2));
    notes.emplace_back("params.json describes Meta's own module: the head has weights of its own. Names and "
                       "operators are those of transformers.");
}

void addMistral(ConfigReader& params, json& config)
{
    constexpr std::int64_t usualContext = 32'768;
    config["model_type"] = "mistral";
    config["intermediate_size"] = params.size("hidden_dim", 1);
    config["vocab_size"] = params.size("vocab_size", 32'000);
    config["tie_word_embeddings"] = params.flag("tied_embeddings", false);
    config["max_position_embeddings"] = params.size("max_seq_len", usualContext);
    config["sliding_window"] = nullptr;
    if (const auto window = params.optionalSize("sliding_window"))
        config["sliding_window"] = *window;
}

} // namespace

std::optional<Result<DescribedModel>> configOfParams(const Config& params)
{
    const json& keys = params.json();
    if (!keys.contains("dim") || !keys.contains("n_layers"))
        return std::nullopt;
    for (const char* experts : {"moe", "moe_args", "num_experts"})
        if (keys.contains(experts) && !keys[experts].is_null())
            return failure(ErrorKind::Unsupported, experts,
                           "a mixture of experts, which is no family that is known; its weights open as an "
                           "estimate");
    for (const char* vision : {"vision_encoder", "vision_args", "vision_chunk_size", "multimodal"})
        if (keys.contains(vision) && !keys[vision].is_null() && keys[vision] != -1)
            return failure(ErrorKind::Unsupported, vision,
                           "a model that sees, which is no family that is known; its weights open as an "
                           "estimate");
    ConfigReader reader(params);
    const std::int64_t dim = reader.size("dim", 4096);
    json config = common(reader, dim);
    DescribedModel model;
    if (keys.contains("hidden_dim"))
        addMistral(reader, config);
    else
        addMeta(reader, dim, config, model.notes);
    if (reader.error())
        return failure(*reader.error());
    model.config = Config(std::move(config));
    return model;
}

} // namespace sunflop
