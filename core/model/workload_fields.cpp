// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/workload_fields.h"

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

template<auto member>
ChoiceField choice(std::string_view id, std::string_view title, std::vector<std::string_view> choices)
{
    using Value = std::remove_reference_t<decltype(std::declval<Workload&>().*member)>;
    return {id, title, std::move(choices),
            [](const Workload& workload) { return static_cast<std::size_t>(workload.*member); },
            [](Workload& workload, std::size_t index) { workload.*member = static_cast<Value>(index); }};
}

const std::vector<ChoiceField>& choiceFields()
{
    static const std::vector table{
        choice<&Workload::attention>("attention", "Attention", {"eager", "sdpa", "flash"}),
        choice<&Workload::mode>("mode", "Mode", {"inference", "training"}),
        choice<&Workload::kvCache>("kv_cache", "Cache", {"dynamic", "static", "paged", "none"}),
        choice<&Workload::checkpointing>("checkpointing", "Checkpointing", {"none", "layers"}),
        choice<&Workload::autocast>("autocast", "Autocast", {"off", "bf16"}),
        choice<&Workload::trainable>("trainable", "Trainable", {"all", "language", "vision"}),
        choice<&Workload::inputGradients>("input_gradients", "Input gradients", {"no", "yes"}),
        choice<&Workload::loraTargets>("lora_targets", "LoRA targets",
                                       {"all-linear", "attention", "mlp", "stored"}),
        choice<&Workload::lifetimes>("lifetimes", "Tensors live", {"eager", "last-use", "in-place"}),
        choice<&Workload::bucketView>("gradient_buckets", "DDP buckets", {"copy", "view"}),
        choice<&Workload::sequenceParallel>("sequence_parallel", "Sequence parallel", {"off", "on"}),
    };
    return table;
}

constexpr std::array fields{
    WorkloadField{"batch", &Workload::batch},
    WorkloadField{"text_tokens", &Workload::textTokens},
    WorkloadField{"images", &Workload::images},
    WorkloadField{"image_width", &Workload::imageWidth},
    WorkloadField{"image_height", &Workload::imageHeight},
    WorkloadField{"new_tokens", &Workload::newTokens},
    WorkloadField{"cached_tokens", &Workload::cachedTokens},
    WorkloadField{.id = "weight_dtype", .dtype = &Workload::weightDType},
    WorkloadField{.id = "activation_dtype", .dtype = &Workload::activationDType},
    WorkloadField{.id = "kv_dtype", .dtype = &Workload::kvDType},
    WorkloadField{"lora_rank", &Workload::loraRank},
    WorkloadField{"accumulation", &Workload::accumulation},
    WorkloadField{"zero_stage", &Workload::zeroStage},
    WorkloadField{"data_parallel", &Workload::dataParallel},
    WorkloadField{"tensor_parallel", &Workload::tensorParallel},
    WorkloadField{"pipeline_parallel", &Workload::pipelineParallel},
    WorkloadField{"context_parallel", &Workload::contextParallel},
    WorkloadField{"expert_parallel", &Workload::expertParallel},
    WorkloadField{.id = "optimizer", .text = &Workload::optimizer},
    WorkloadField{.id = "recipe", .text = &Workload::recipe},
    WorkloadField{.id = "optimizer_step", .text = &Workload::optimizerStep},
    WorkloadField{.id = "device", .text = &Workload::device},
    WorkloadField{.id = "preset", .text = &Workload::preset},
};

} // namespace

const ChoiceField* choiceField(std::string_view id)
{
    const auto field = std::ranges::find(choiceFields(), id, &ChoiceField::id);
    return field == choiceFields().end() ? nullptr : &*field;
}

const WorkloadField* workloadField(std::string_view id)
{
    const auto field = std::ranges::find(fields, id, &WorkloadField::id);
    return field == fields.end() ? nullptr : &*field;
}

} // namespace sunflop
