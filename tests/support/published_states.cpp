// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/overheads.h"
#include "core/memory/sharding.h"
#include "core/quantisation/quantisation.h"
#include "tests/support/closed_forms.h"
#include "tests/support/published.h"

#include <array>

namespace sunflop::test {

namespace {

/// States of a model that is known by its number of parameters, one tensor.
StateParts statesOfParams(double params, std::string_view recipe)
{
    const Parameter all{.name = "weight", .shape = {static_cast<std::int64_t>(params)}};
    return statesOf(all, true, recipeNamed(recipe).value());
}

constexpr std::array shardings{DataSharding::Replicated, DataSharding::Optimizer, DataSharding::Gradients,
                               DataSharding::Full};

/// Mixed precision Adam, 16 bytes a parameter, on N devices under the stages from `first` on.
Prediction zeroStages(double params, std::int64_t devices, std::size_t first)
{
    const StateParts whole = statesOfParams(params, "mixed");
    std::vector<std::optional<double>> bytes;
    for (std::size_t i = first; i < shardings.size(); ++i)
        bytes.emplace_back(bytesIn(dataSharded(whole, shardings[i], devices).total(), gigabyte));
    return {bytes};
}

Prediction zeroPaper(std::string_view id)
{
    const auto devices = std::stoll(std::string(id.substr(std::string_view("zero-7.5b-dp").size())));
    return zeroStages(7.5e9, devices, 0);
}

Prediction deepspeedZero2(std::string_view)
{
    const auto estimate = [](deepspeed::Offload offload) {
        return deepspeed::zero2(2'851'000'000, 8, 1, offload);
    };
    const auto offloaded = estimate(deepspeed::Offload::Optimizer);
    return {{bytesIn(offloaded.deviceBytes, gibibyte),
             bytesIn(estimate(deepspeed::Offload::None).deviceBytes, gibibyte),
             bytesIn(offloaded.hostBytes, gibibyte)}};
}

Prediction deepspeedZero3(std::string_view)
{
    using deepspeed::Offload;
    const auto estimate = [](Offload offload) {
        return deepspeed::zero3(2'851'000'000, 32'000'000, 8, 1, offload);
    };
    const auto both = estimate(Offload::OptimizerAndWeights);
    return {{bytesIn(both.deviceBytes, gibibyte), bytesIn(estimate(Offload::Optimizer).deviceBytes, gibibyte),
             bytesIn(estimate(Offload::None).deviceBytes, gibibyte), bytesIn(both.hostBytes, gibibyte)}};
}

Prediction deepspeedT5Large(std::string_view)
{
    using deepspeed::Offload;
    std::vector<std::optional<double>> bytes;
    for (const Offload offload : {Offload::None, Offload::OptimizerAndWeights, Offload::Optimizer})
        bytes.emplace_back(
            bytesIn(deepspeed::zero3(737'670'000, 32'900'000, 4, 1, offload).deviceBytes, mebibyte));
    return {bytes};
}

/// Twelve bytes a parameter: master, two states.
Prediction gpt2Zero1(std::string_view)
{
    const StateParts whole = statesOfParams(1.5e9, "mixed");
    const StateParts part = dataSharded(whole, DataSharding::Optimizer, 8);
    return {{bytesIn(whole.optimizer + whole.masters, gigabyte),
             bytesIn(part.optimizer + part.masters, gigabyte)}};
}

/// One input a layer, batch 2 of 2048 tokens, the setting of torchtune's table.
Count checkpoints(std::int64_t hidden, std::int64_t layers)
{
    const forms::Geometry g{.hidden = hidden, .batch = 2, .tokens = 2048};
    return forms::unitsToBytes(g, forms::checkpointed(layers, 0));
}

Prediction torchtuneFull(std::string_view id)
{
    TrainingRecipe recipe = recipeNamed("bf16").value();
    recipe.optimizer = optimizerNamed("adamw-8bit").value();
    const Trace model = bundledTrace("llama-3.1-8b");
    const StateBytes states = statesOf(model, recipe);
    // The step runs in backward; paged states of the small card lie on the host.
    const bool isPaged = id.ends_with("4090");
    const Count held = states.root().weights + states.largestGradient + checkpoints(4096, 32) +
                       (isPaged ? Count(0) : states.root().optimizer);
    return {{bytesIn(held, gibibyte)}};
}

Prediction torchtuneLora(std::string_view id)
{
    const bool isQuantised = id.find("qlora") != std::string_view::npos;
    const Quantisation method = quantisationNamed(isQuantised ? "bnb-nf4-dq" : "none").value();
    if (id.find("70b") == std::string_view::npos)
        return {{bytesIn(weightBytesOf(bundledTrace("llama-3.1-8b"), method).bytes() + checkpoints(4096, 32),
                         gibibyte)}};
    const Trace model = bundledTrace("llama-3.1-70b");
    StateParts whole{.frozen = weightBytesOf(model, method).bytes()};
    const double unit = (paramsOf(model) - 2.0 * 128'256 * 8192) / 80;
    const GatheredBytes units =
        gathered(static_cast<std::int64_t>(unit), Count(2 * 128'256) * 8192, DType::BF16, DType::BF16);
    return {
        {bytesIn(dataSharded(whole, DataSharding::Full, 8).total() + units.weights + checkpoints(8192, 80),
                 gibibyte)}};
}

/// fp32 weights, and with them everything that full finetuning holds for them.
Prediction peft(double params, bool fitsFully)
{
    const StateParts states = statesOfParams(params, "fp32");
    const auto full = fitsFully ? std::optional(bytesIn(states.total(), gigabyte)) : std::nullopt;
    return {{full, bytesIn(states.weights, gigabyte)}};
}

/// Eager attention keeps 4 + 1 + 4 bytes a score in fp32 with dropout; three more byte masks and 16 copies of
/// the hidden states a layer.
Prediction bertLargeTraining(std::string_view)
{
    const forms::Geometry g{.hidden = 1024,
                            .heads = 16,
                            .kvHeads = 16,
                            .headDim = 64,
                            .intermediate = 4096,
                            .layers = 24,
                            .batch = 4,
                            .tokens = 512,
                            .elementBytes = 4};
    const Count scores = g.scores(g.tokens) * forms::eagerSavedScoreBytes(4, true);
    const Count layer = forms::unitsToBytes(g, 16) + Count(2 * 4 * 512) * 1024 + scores;
    const Count states = statesOfParams(335'140'000, "fp32").total();
    return {{bytesIn(states + layer * 24 + Count(1343 * overheads::mib), mebibyte)}};
}

} // namespace

std::vector<PublishedFigure> publishedStates()
{
    std::vector<PublishedFigure> figures;
    const auto add = [&](std::string_view id, Prediction (*predict)(std::string_view)) {
        figures.push_back({id, predict});
    };
    for (const std::string_view id : {"zero-7.5b-dp1", "zero-7.5b-dp4", "zero-7.5b-dp16", "zero-7.5b-dp64",
                                      "zero-7.5b-dp256", "zero-7.5b-dp1024"})
        add(id, zeroPaper);
    add("zero-128b-dp64", [](std::string_view) { return zeroStages(128e9, 64, 1); });
    add("zero-1t-dp1024", [](std::string_view) { return zeroStages(1e12, 1024, 1); });
    add("ds-z2-t5-3b", deepspeedZero2);
    add("ds-z3-t5-3b", deepspeedZero3);
    add("ds-z3-t5-large", deepspeedT5Large);
    add("ds-gpt2-1.5b", gpt2Zero1);
    add("acc-bert-base-adam", [](std::string_view) -> Prediction {
        return {{bytesIn(statesOfParams(108'310'272, "fp32").total(), gibibyte)}};
    });
    add("qlora-65b-fullft", [](std::string_view) -> Prediction {
        const Trace model = referenceTrace("huggyllama--llama-65b");
        const StateBytes states = statesOf(model, recipeNamed("bf16-fp32-states").value());
        return {{bytesIn(states.root().total(), gigabyte)}, Bound::AtLeast};
    });
    add("galore-llama7b", [](std::string_view) -> Prediction {
        const StateParts s =
            statesOf(referenceTrace("huggyllama--llama-7b"), recipeNamed("bf16").value()).root();
        return {{bytesIn(s.weights, gigabyte), bytesIn(s.gradients + s.optimizer, gigabyte), {}, {}}};
    });
    add("hf-anatomy-bert-large-train", bertLargeTraining);
    for (const std::string_view id :
         {"torchtune-llama-3.1-8b-full-4090", "torchtune-llama-3.1-8b-full-a6000"})
        add(id, torchtuneFull);
    for (const std::string_view id : {"torchtune-llama-3.1-8b-lora-4090", "torchtune-llama-3.1-8b-lora-a6000",
                                      "torchtune-llama-3.1-8b-qlora-4090", "torchtune-llama-3.1-70b-lora"})
        add(id, torchtuneLora);
    add("peft-t0_3b", [](std::string_view) { return peft(2.85e9, true); });
    add("peft-mt0-xxl", [](std::string_view) { return peft(12.9e9, false); });
    add("peft-bloomz-7b1", [](std::string_view) { return peft(7.07e9, false); });
    return figures;
}

} // namespace sunflop::test
