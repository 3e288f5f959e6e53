// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/own_weights.h"

#include "core/base/plain_text.h"
#include "core/model/inputs.h"
#include "core/model/own_quantisation.h"
#include "core/quantisation/quantisation_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

Input* inputNamed(std::vector<Input>& inputs, std::string_view id)
{
    const auto found = std::ranges::find(inputs, id, &Input::id);
    return found == inputs.end() || found->isArgument ? nullptr : &*found;
}

void offer(Input& input, std::string_view value)
{
    input.defaultValue = value;
    if (std::ranges::find(input.choices, value) == input.choices.end())
        input.choices.emplace_back(value);
}

} // namespace

std::vector<Input> withOwnQuantisation(std::vector<Input> inputs, const Config& config)
{
    const auto object = quantisationObject(config);
    if (!object)
        return inputs;
    if (Input* const cache = inputNamed(inputs, "kv_dtype"))
        if (const auto dtype = cacheDType(*object))
            offer(*cache, info(*dtype).id);
    Input* const weights = inputNamed(inputs, "weight_dtype");
    const auto method = readQuantisation(*object);
    if (weights == nullptr || !method || method->rules.empty())
        return inputs;
    weights->own = std::make_shared<const OwnQuantisation>(
        OwnQuantisation{.id = method->id,
                        .rest = dtypeNamed(weights->defaultValue).value_or(DType::BF16),
                        .config = *object});
    offer(*weights, weights->own->id);
    return inputs;
}

std::vector<Input> withOwnAdapters(std::vector<Input> offered, std::shared_ptr<const Adapters> adapters)
{
    if (adapters == nullptr)
        return offered;
    if (inputNamed(offered, "lora_rank") == nullptr) { // a model whose own layers are offered none
        offered.push_back(inputs::offer<&Workload::loraRank>());
        offered.push_back(inputs::offer<&Workload::loraTargets>());
        offered.back().choices.clear();
    }
    Input& rank = *inputNamed(offered, "lora_rank");
    rank.defaultValue = std::to_string(adapters->rank);
    rank.maximum = std::max(rank.maximum, adapters->rank);
    Input& targets = *inputNamed(offered, "lora_targets");
    offer(targets, "stored");
    targets.adapters = std::move(adapters);
    return offered;
}

std::vector<std::string> weightNotes(const Source& source, const Workload& workload, const Trace& trace)
{
    std::vector<std::string> notes;
    const auto object = quantisationObject(source.config);
    if (object && source.program == nullptr)
        if (const auto method = readQuantisation(*object); !method) {
            const std::string name = methodName(*object);
            notes.push_back(
                fmt::format("The config's own quantisation{} is left out: {}. Weights are counted in "
                            "{}.",
                            name.empty() ? "" : fmt::format(" ({})", shortened(name)), method.error().text(),
                            workload.text("weight_dtype")));
        }
    const bool isAllTrained =
        workload.mode == Mode::Training && std::ranges::all_of(trace.parameters, &Parameter::trainable);
    if (isAllTrained && !workload.quantisation.empty())
        notes.push_back(
            fmt::format("Weights that are trained are kept in {}, not in {}: what is frozen beside "
                        "adapters (lora_rank) is quantised.",
                        info(workload.weightDType).id, workload.quantisation));
    return notes;
}

} // namespace sunflop
