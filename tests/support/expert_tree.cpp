// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/expert_tree.h"

#include "core/families/bricks/blocks.h"

#include <nlohmann/json.hpp>

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

Result<std::vector<Input>> inputsOfExperts(const Source&)
{
    return std::vector{inputs::offer<&Workload::batch>(), inputs::offer<&Workload::textTokens>(),
                       inputs::offer<&Workload::newTokens>(),
                       inputs::offer<&Workload::weightDType>(DType::BF16)};
}

Tensor attention(Tracer& t, const Tensor& x, Extent cached)
{
    const auto scope = t.module("self_attn", "ExpertsAttention", {.role = Role::Attention});
    const auto projected = [&](std::string_view name) {
        return splitHeads(linear(t, name, x, hidden, Bias::No), heads, hidden / heads);
    };
    const Tensor q = projected("q_proj");
    const auto withCache = [&](const Tensor& now) {
        return cached == Extent(0)
                   ? now
                   : cat(t.cached({now.size(0), heads, cached, hidden / heads}, now.dtype()), now, 2);
    };
    const Tensor k = withCache(projected("k_proj"));
    const Tensor v = withCache(projected("v_proj"));
    const Tensor mixed = scaled_dot_product_attention(q, k, v, {.causal = true});
    return linear(t, "o_proj", mergeHeads(mixed, HeadOrder::TokensFirst), hidden, Bias::No);
}

/// How many there are, and whether equal ones are traced once.
struct Plan {
    std::int64_t layers = 1;
    std::int64_t experts = 1;
    bool isFolded = false;
};

Tensor expert(Tracer& t, const std::string& name, const Tensor& x, const ModuleTraits& traits)
{
    const auto scope = t.module(name, "ExpertsMLP", traits);
    const Tensor gate = silu(linear(t, "gate_proj", x, intermediate, Bias::No));
    return linear(t, "down_proj", mul(gate, linear(t, "up_proj", x, intermediate, Bias::No)), hidden,
                  Bias::No);
}

Tensor mixture(Tracer& t, const Tensor& x, const Plan& plan)
{
    const std::int64_t experts = plan.experts;
    const std::int64_t visited = std::min(visitedExperts, experts);
    const auto scope = t.module("mlp", "ExpertsBlock", {.role = Role::Mlp});
    softmax(linear(t, "gate", x, experts, Bias::No, Role::Router), DType::F32);
    const std::int64_t tokens = x.size(0).size * x.size(1).size;
    const Tensor share = slice(x, {std::max<std::int64_t>(1, tokens * visited / experts), hidden});
    const auto list = t.module("experts", "ModuleList", {.isContainer = true});
    if (plan.isFolded)
        expert(t, "0", share, {.repeat = experts, .visited = visited});
    for (std::int64_t i = 0; !plan.isFolded && i < experts; ++i)
        expert(t, std::to_string(i), share, {});
    return x;
}

void layer(Tracer& t, std::int64_t number, const Tensor& x, Extent cached, const Plan& plan)
{
    const auto scope =
        t.module(std::to_string(number), "ExpertsDecoderLayer", {.repeat = plan.isFolded ? plan.layers : 1});
    const RmsNormStyle norm{"ExpertsRMSNorm"};
    const Tensor attended = add(x, attention(t, rmsNorm(t, "input_layernorm", x, norm), cached));
    add(attended, mixture(t, rmsNorm(t, "post_attention_layernorm", attended, norm), plan));
}

void forward(Tracer& t, const Step& step, const Workload& workload, const Plan& plan)
{
    const auto scope = t.module("model", "ExpertsModel");
    const Tensor x =
        embedding(t, "embed_tokens", t.input({workload.batch, step.tokens}, DType::I64), vocabulary, hidden);
    {
        const auto list = t.module("layers", "ModuleList", {.isContainer = true});
        for (std::int64_t i = 0; i < (plan.isFolded ? 1 : plan.layers); ++i)
            layer(t, i, x, step.cached, plan);
    }
    rmsNorm(t, "norm", x, {"ExpertsRMSNorm"});
}

Result<Trace> traceExperts(const Source& source, const Workload& workload)
{
    ConfigReader reader(source.config);
    const Plan plan{.layers = reader.size("layers", 1),
                    .experts = reader.size("experts", 1),
                    .isFolded = reader.flag("folded", false)};
    Tracer t({workload.weightDType, workload.activationDType, !workload.isGeneration()});
    {
        const auto scope = t.module("", "ExpertsForCausalLM");
        for (const Step& step : runSteps(workload, workload.textTokens)) {
            if (step.phase.kind == Phase::Kind::Decode)
                t.beginPhase(step.phase);
            forward(t, step, workload, plan);
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

Model modelOf(const Plan& plan)
{
    Source source{.name = "experts", .place = "test", .format = "hfconfig"};
    source.config = Config(nlohmann::json{{"model_type", "experts"},
                                          {"layers", plan.layers},
                                          {"experts", plan.experts},
                                          {"folded", plan.isFolded}});
    auto inputs = family().inputs(source);
    return {std::move(source), &family(), *std::move(inputs), {}};
}

} // namespace

Model expertModel(int layers, int experts)
{
    return modelOf({layers, experts, false});
}

Model foldedExpertModel(int layers, int experts)
{
    return modelOf({layers, experts, true});
}

} // namespace sunflop::test
