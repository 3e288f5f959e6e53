// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/input_sections.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

constexpr const char* parallelTitle = QT_TRANSLATE_NOOP("inputs", "Parallel");

/// Inputs that mean something only while the model is trained.
constexpr std::array<std::string_view, 12> trainingInputs{
    "optimizer",        "recipe",       "optimizer_step", "checkpointing", "autocast",  "zero_stage",
    "gradient_buckets", "accumulation", "lora_rank",      "lora_targets",  "trainable", "input_gradients"};
/// Inputs that can be set to the largest value that fits, or numbers of devices to the smallest.
constexpr std::array<std::string_view, 6> fittedInputs{
    "batch", "text_tokens", "new_tokens", "tensor_parallel", "pipeline_parallel", "context_parallel"};

/// Sections of the panel and what belongs there; inputs that are in no list come under the first.
struct Section {
    const char* title;
    std::vector<std::string_view> inputs;
};

const std::array<Section, 7>& sections()
{
    static const std::array<Section, 7> table{{
        {QT_TRANSLATE_NOOP("inputs", "Input"), {}},
        {QT_TRANSLATE_NOOP("inputs", "Generation"), {"new_tokens", "cached_tokens", "kv_cache", "logits"}},
        {QT_TRANSLATE_NOOP("inputs", "Precision"), {"weight_dtype", "kv_dtype", "activation_dtype"}},
        {QT_TRANSLATE_NOOP("inputs", "Mode"),
         {"mode", "optimizer", "recipe", "optimizer_step", "checkpointing", "autocast", "accumulation",
          "lora_rank", "lora_targets", "trainable", "input_gradients"}},
        {QT_TRANSLATE_NOOP("inputs", "Device"), {"device", "preset"}},
        {parallelTitle,
         {"data_parallel", "tensor_parallel", "sequence_parallel", "pipeline_parallel", "context_parallel",
          "expert_parallel", "zero_stage", "gradient_buckets"}},
        {QT_TRANSLATE_NOOP("inputs", "Run"), {"attention", "lifetimes", "transformers"}},
    }};
    return table;
}

std::size_t sectionOf(const Input& input)
{
    const auto lists = [&](const Section& s) {
        return !input.isArgument && std::ranges::find(s.inputs, input.id) != s.inputs.end();
    };
    const auto found = std::ranges::find_if(sections(), lists);
    return found == sections().end() ? 0 : static_cast<std::size_t>(found - sections().begin());
}

} // namespace

std::vector<InputSection> inputSections(const std::vector<Input>& inputs)
{
    std::vector<InputSection> shown;
    for (std::size_t i = 0; i < sections().size(); ++i) {
        InputSection section{.title = QCoreApplication::translate("inputs", sections()[i].title)};
        for (const Input& input : inputs)
            if (sectionOf(input) == i)
                section.inputs.push_back(&input);
        if (!section.inputs.empty())
            shown.push_back(std::move(section));
    }
    return shown;
}

bool isParallel(const Input& input)
{
    const auto found = std::ranges::find(sections(), parallelTitle, &Section::title);
    return !input.isArgument && std::ranges::find(found->inputs, input.id) != found->inputs.end();
}

bool isForTraining(const Input& input)
{
    return !input.isArgument && std::ranges::find(trainingInputs, input.id) != trainingInputs.end();
}

bool canBeFitted(const Input& input)
{
    return !input.isArgument && std::ranges::find(fittedInputs, input.id) != fittedInputs.end();
}

} // namespace sunflop
