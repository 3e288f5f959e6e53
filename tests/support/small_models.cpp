// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_models.h"

#include <QtGlobal>

namespace sunflop::test {

nlohmann::json smallDecoder(std::string_view modelType, const nlohmann::json& changes)
{
    nlohmann::json config{
        {"model_type", modelType}, {"hidden_size", 8}, {"num_attention_heads", 2}, {"num_key_value_heads", 1},
        {"intermediate_size", 12}, {"vocab_size", 16}, {"num_hidden_layers", 4},   {"head_dim", 4}};
    if (changes.is_object())
        config.update(changes);
    return config;
}

Source sourceOf(nlohmann::json config)
{
    return {
        .name = "small", .place = "config.json", .format = "hfconfig", .config = Config(std::move(config))};
}

Trace traceOf(const nlohmann::json& config, const std::vector<Assignment>& assignments)
{
    const Source source = sourceOf(config);
    auto result = inputsOf(source)
                      .and_then([&](const auto& offered) { return Workload::from(offered, assignments); })
                      .and_then([&](const Workload& workload) { return trace(source, workload); });
    if (!result)
        qFatal("%s", result.error().text().c_str());
    return *std::move(result);
}

Run runOf(const nlohmann::json& config, const std::vector<Assignment>& assignments,
          std::string_view convention)
{
    auto result = run(sourceOf(config), assignments, *conventionNamed(convention).value());
    if (!result)
        qFatal("%s", result.error().text().c_str());
    return *std::move(result);
}

} // namespace sunflop::test
