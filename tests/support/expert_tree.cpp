// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/expert_tree.h"

#include "core/families/blocks.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sunflop::test {

namespace {

constexpr std::int64_t hidden = 2048;
constexpr std::int64_t intermediate = 768;
constexpr std::int64_t heads = 16;
constexpr std::int64_t vocabulary = 32000;
constexpr std::int64_t visitedExperts = 8;

Result<std::vector<Input>> inputsOfExperts(const Config&)
{
    return std::vector{inputs::batch(), inputs::textTokens(), inputs::newTokens(),
                       inputs::weightDType(DType::BF16)};
}

Tensor attention(Tracer& t, const Tensor& x, Extent cached)
{
    const auto scope = t.module("self_attn", "ExpertsAttention", {.role = Role::Attention});
    const auto projected = [&](std::string_view name) {
        return splitHeads(linear(t, name, x, hidden, Bias::No), heads, hidden / heads);
    };
    const Tensor q = projected("q_proj");
    const auto withCache = [&](const Tensor& now) {
        return cached == Extent(0) ? now : cat(t.input({now.size(0), heads, cached, hidden / heads}), now, 2);
    };
    const Tensor k = withCache(projected("k_proj"));
    const Tensor v = withCache(projected("v_proj"));
    const Tensor mixed = scaled_dot_product_attention(q, k, v, {.causal = true});
    return linear(t, "o_proj", mergeHeads(mixed), hidden, Bias::No);
}

Tensor expert(Tracer& t, const std::string& name, const Tensor& x)
{
    const auto scope = t.module(name, "ExpertsMLP");
    const Tensor gate = silu(linear(t, "gate_proj", x, intermediate, Bias::No));
    return linear(t, "down_proj", mul(gate, linear(t, "up_proj", x, intermediate, Bias::No)), hidden,
                  Bias::No);
}

Tensor mixture(Tracer& t, const Tensor& x, std::int64_t experts)
{
    const auto scope = t.module("mlp", "ExpertsBlock", {.role = Role::Mlp});
    softmax(linear(t, "gate", x, experts, Bias::No, Role::Router), DType::F32);
    const std::int64_t tokens = x.size(0).size * x.size(1).size;
    const Tensor share =
        slice(x, {std::max<std::int64_t>(1, tokens * std::min(visitedExperts, experts) / experts), hidden});
    const auto list = t.module("experts", "ModuleList", {.isContainer = true});
    for (std::int64_t i = 0; i < experts; ++i)
        expert(t, std::to_string(i), share);
    return x;
}

void layer(Tracer& t, std::int64_t number, const Tensor& x, Extent cached, std::int64_t experts)
{
    const auto scope = t.module(std::to_string(number), "ExpertsDecoderLayer");
    const RmsNormStyle norm{"ExpertsRMSNorm"};
    const Tensor attended = add(x, attention(t, rmsNorm(t, "input_layernorm", x, norm), cached));
    add(attended, mixture(t, rmsNorm(t, "post_attention_layernorm", attended, norm), experts));
}

void forward(Tracer& t, const Step& step, const Workload& workload, std::int64_t layers, std::int64_t experts)
{
    const auto scope = t.module("model", "ExpertsModel");
    const Tensor x =
        embedding(t, "embed_tokens", t.input({workload.batch, step.tokens}, DType::I64), vocabulary, hidden);
    {
        const auto list = t.module("layers", "ModuleList", {.isContainer = true});
        for (std::int64_t i = 0; i < layers; ++i)
            layer(t, i, x, step.cached, experts);
    }
    rmsNorm(t, "norm", x, {"ExpertsRMSNorm"});
}

Result<Trace> traceExperts(const Config& config, const Workload& workload)
{
    ConfigReader reader(config);
    const std::int64_t layers = reader.size("layers", 1);
    const std::int64_t experts = reader.size("experts", 1);
    Tracer t({workload.weightDType, workload.activationDType, !workload.isGeneration()});
    {
        const auto scope = t.module("", "ExpertsForCausalLM");
        for (const Step& step : runSteps(workload, workload.textTokens)) {
            if (step.phase.kind == Phase::Kind::Decode)
                t.beginPhase(step.phase);
            forward(t, step, workload, layers, experts);
            const Tensor states = t.input({workload.batch, step.tokens, hidden});
            linear(t, "lm_head", states, vocabulary, Bias::No, Role::Head);
        }
    }
    return t.finish();
}

const Family& family()
{
    static const Family experts{.id = "experts",
                                .title = "Experts",
                                .modelTypes = {"experts"},
                                .inputs = inputsOfExperts,
                                .trace = traceExperts};
    return experts;
}

} // namespace

Model expertModel(int layers, int experts)
{
    Source source{.name = "experts", .place = "test", .format = "hfconfig"};
    source.config =
        Config(nlohmann::json{{"model_type", "experts"}, {"layers", layers}, {"experts", experts}});
    auto inputs = family().inputs(source.config);
    return {std::move(source), &family(), *std::move(inputs), {}};
}

} // namespace sunflop::test
