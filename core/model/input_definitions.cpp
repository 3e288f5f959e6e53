// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/input_definitions.h"

#include "core/base/registry.h"
#include "core/base/units.h"
#include "core/model/own_quantisation.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace sunflop {

namespace {

constexpr std::int64_t manyTokens = 1 << 30;
constexpr std::int64_t mostDevices = 1 << 14;

std::int64_t numberOf(std::string_view value)
{
    return parseWhole(value).value();
}

template<auto member>
InputDefinition number(InputDefinition row)
{
    row.member = &memberKey<member>;
    row.text = [](const Workload& workload) { return std::to_string(workload.*member); };
    row.set = [](Workload& workload, const Input&, std::string_view value) {
        workload.*member = numberOf(value);
    };
    return row;
}

/// One of a fixed list, in the order of the member's values.
template<auto member>
InputDefinition choice(InputDefinition row)
{
    using Value = std::remove_reference_t<decltype(std::declval<Workload&>().*member)>;
    row.scale = InputScale::Choice;
    row.member = &memberKey<member>;
    row.text = [](const Workload& workload) {
        return std::string(
            definitionOfMember(&memberKey<member>).choices[static_cast<std::size_t>(workload.*member)]);
    };
    row.set = [](Workload& workload, const Input&, std::string_view value) {
        const auto& choices = definitionOfMember(&memberKey<member>).choices;
        workload.*member = static_cast<Value>(std::ranges::find(choices, value) - choices.begin());
    };
    return row;
}

/// An id of what a layer above knows.
template<auto member>
InputDefinition name(InputDefinition row)
{
    row.scale = InputScale::Choice;
    row.member = &memberKey<member>;
    row.text = [](const Workload& workload) { return workload.*member; };
    row.set = [](Workload& workload, const Input&, std::string_view value) { workload.*member = value; };
    return row;
}

template<auto member>
InputDefinition dtype(InputDefinition row)
{
    row.scale = InputScale::Choice;
    row.member = &memberKey<member>;
    row.text = [](const Workload& workload) { return std::string(info(workload.*member).id); };
    row.set = [](Workload& workload, const Input&, std::string_view value) {
        workload.*member = dtypeNamed(value).value();
    };
    return row;
}

std::vector<std::string_view> dtypeIds(bool hasBlocks)
{
    std::vector<std::string_view> ids;
    for (const DTypeInfo& format : dtypes())
        if (isOffered(format.dtype) && (hasBlocks || !isBlockFormat(format.dtype)))
            ids.push_back(format.id);
    return ids;
}

/// And the block types that llama.cpp keeps keys and values in: --cache-type-k, --cache-type-v.
std::vector<std::string_view> cacheIds()
{
    std::vector<std::string_view> ids = dtypeIds(false);
    for (const DType block : {DType::Q8_0, DType::Q5_1, DType::Q5_0, DType::Q4_1, DType::Q4_0, DType::IQ4_NL})
        ids.push_back(info(block).id);
    return ids;
}

/// A name that is no dtype is a way to store weights; what they compute in stays. What a config calls its own
/// way goes before a dtype of that name.
void setWeights(Workload& workload, const Input& input, std::string_view value)
{
    const bool isOwn = input.own != nullptr && value == input.own->id;
    const auto dtype = isOwn ? input.own->rest : dtypeNamed(value);
    if (dtype)
        workload.weightDType = *dtype;
    workload.quantisation = dtype && !isOwn ? std::string_view() : value;
    workload.ownQuantisation = isOwn ? input.own : nullptr;
}

InputDefinition weights(InputDefinition row)
{
    row = dtype<&Workload::weightDType>(std::move(row));
    row.text = [](const Workload& workload) {
        return workload.quantisation.empty() ? std::string(info(workload.weightDType).id)
                                             : workload.quantisation;
    };
    row.set = setWeights;
    return row;
}

/// A number that follows from others unless it is set.
InputDefinition tiles(InputDefinition row)
{
    row.member = &memberKey<&Workload::tiles>;
    row.text = [](const Workload& workload) {
        return workload.tiles ? std::to_string(*workload.tiles) : std::string(automatic);
    };
    row.set = [](Workload& workload, const Input&, std::string_view value) {
        workload.tiles = value == automatic ? std::nullopt : std::optional(numberOf(value));
    };
    row.isAutomatic = [](const Workload& workload) { return !workload.tiles; };
    return row;
}

/// A choice that follows from others unless it is set.
InputDefinition logits(InputDefinition row)
{
    row.scale = InputScale::Choice;
    row.member = &memberKey<&Workload::logits>;
    row.text = [](const Workload& workload) {
        return std::string(workload.keptLogits() == Logits::All ? "all" : "last");
    };
    row.set = [](Workload& workload, const Input&, std::string_view value) {
        workload.logits.reset();
        if (value != automatic)
            workload.logits = value == "all" ? Logits::All : Logits::Last;
    };
    row.isAutomatic = [](const Workload& workload) { return !workload.logits; };
    return row;
}

InputDefinition release(InputDefinition row)
{
    row.scale = InputScale::Choice;
    row.member = &memberKey<&Workload::transformers>;
    row.text = [](const Workload& workload) { return workload.transformers.text(); };
    row.set = [](Workload& workload, const Input&, std::string_view value) {
        workload.transformers = Version::parse(value).value();
    };
    return row;
}

/// What is "stored" is the adapters of the file that was opened.
InputDefinition loraTargets(InputDefinition row)
{
    row = choice<&Workload::loraTargets>(std::move(row));
    row.set = [](Workload& workload, const Input& input, std::string_view value) {
        const auto& choices = definitionOfMember(&memberKey<&Workload::loraTargets>).choices;
        workload.loraTargets = static_cast<LoraTargets>(std::ranges::find(choices, value) - choices.begin());
        workload.adapters = workload.loraTargets == LoraTargets::Stored ? input.adapters : nullptr;
    };
    return row;
}

// clang-format off
/// What the model is given.
std::vector<InputDefinition> sizes()
{
    return {
        number<&Workload::batch>({.id = "batch", .title = "Batch", .unit = "sequences per device",
            .isFitted = true, .value = "1", .minimum = 1, .maximum = 1 << 20,
            .otherNames = "bs batch_size micro_batch_size mbs num_sequences max_num_seqs concurrency samples"}),
        number<&Workload::textTokens>({.id = "text_tokens", .title = "Text tokens", .unit = "tokens",
            .isFitted = true, .value = "512", .minimum = 1, .maximum = manyTokens,
            .otherNames = "tokens num_tokens seq_len seq_length sequence_length max_length max_seq_len "
                        "max_model_len max_position_embeddings context context_length context_size ctx_size n_ctx "
                        "length prompt prompt_tokens prompt_length prefill input_tokens input_length input_len "
                        "isl"}),
        number<&Workload::images>({.id = "images", .title = "Images", .unit = "images", .value = "1", .minimum = 0,
            .maximum = 1 << 16,
            .otherNames = "num_images image_count"}),
        number<&Workload::imageWidth>({.id = "image_width", .title = "Image width", .unit = "px", .value = "1",
            .minimum = 1, .maximum = mostPixels,
            .otherNames = "resolution image_size img_size input_size crop_size width"}),
        number<&Workload::imageHeight>({.id = "image_height", .title = "Image height", .unit = "px", .value = "1",
            .minimum = 1, .maximum = mostPixels,
            .otherNames = "resolution image_size img_size input_size crop_size height"}),
        tiles({.id = "tiles", .title = "Tiles per image", .unit = "tiles", .value = automatic, .minimum = 1,
            .maximum = 1,
            .otherNames = "patches crops num_tiles num_patches max_dynamic_patch max_partition"}),
    };
}

std::vector<InputDefinition> generation()
{
    return {
        number<&Workload::newTokens>({.id = "new_tokens", .title = "New tokens", .unit = "tokens",
            .group = InputGroup::Generation, .isFitted = true, .value = "0", .minimum = 0, .maximum = manyTokens,
            .otherNames = "max_new_tokens output_tokens output_length output_len osl generated_tokens gen_len "
                        "completion_tokens decode_steps n_predict"}),
        number<&Workload::cachedTokens>({.id = "cached_tokens", .title = "Cached tokens", .unit = "tokens",
            .group = InputGroup::Generation, .value = "0", .minimum = 0, .maximum = manyTokens,
            .otherNames = "past_length past_key_values past_tokens prefix_tokens kv_len cache_length"}),
        choice<&Workload::kvCache>({.id = "kv_cache", .title = "Cache", .group = InputGroup::Generation,
            .value = "dynamic", .choices = {"dynamic", "static", "paged", "none"},
            .otherNames = "use_cache cache cache_implementation"}),
        logits({.id = "logits", .title = "Logits", .group = InputGroup::Generation, .value = automatic,
            .choices = {"all", "last"},
            .otherNames = "logits_to_keep num_logits_to_keep"}),
    };
}

std::vector<InputDefinition> precision()
{
    return {
        weights({.id = "weight_dtype", .title = "Weights", .group = InputGroup::Precision, .value = "bf16",
            .choices = dtypeIds(true),
            .otherNames = "dtype torch_dtype precision quantization quantization_config quantisation quant bits "
                        "load_in_4bit load_in_8bit weights"}),
        dtype<&Workload::activationDType>({.id = "activation_dtype", .title = "Activations",
            .group = InputGroup::Precision, .value = "bf16", .choices = dtypeIds(false),
            .otherNames = "dtype compute_dtype activations"}),
        dtype<&Workload::kvDType>({.id = "kv_dtype", .title = "KV cache", .group = InputGroup::Precision,
            .value = "bf16", .choices = cacheIds(),
            .otherNames = "kv_cache_dtype cache_dtype cache_type_k"}),
    };
}

/// What is trained.
std::vector<InputDefinition> adapted()
{
    return {
        choice<&Workload::trainable>({.id = "trainable", .title = "Trainable", .group = InputGroup::Mode,
            .isForTraining = true, .value = "all", .choices = {"all", "language", "vision"},
            .otherNames = "freeze frozen"}),
        choice<&Workload::inputGradients>({.id = "input_gradients", .title = "Input gradients",
            .group = InputGroup::Mode, .isForTraining = true, .value = "no", .choices = {"no", "yes"},
            .otherNames = "requires_grad input_grad"}),
        number<&Workload::loraRank>({.id = "lora_rank", .title = "LoRA rank", .group = InputGroup::Mode,
            .isForTraining = true, .value = "0", .minimum = 0, .maximum = 1 << 14,
            .otherNames = "lora lora_r rank"}),
        loraTargets({.id = "lora_targets", .title = "LoRA targets", .group = InputGroup::Mode,
            .isForTraining = true, .value = "all-linear", .choices = {"all-linear", "attention", "mlp", "stored"},
            .unoffered = 1}),
    };
}

std::vector<InputDefinition> software()
{
    return {
        choice<&Workload::attention>({.id = "attention", .title = "Attention", .group = InputGroup::Run,
            .value = "sdpa", .choices = {"eager", "sdpa", "flash"},
            .otherNames = "attn attn_implementation attention_backend flash_attention flash_attn sdpa kernel"}),
        release({.id = "transformers", .title = "transformers", .unit = "version", .group = InputGroup::Run,
            .minimum = ordinal(oldestTransformers), .maximum = ordinal(newestTransformers),
            .otherNames = "transformers_version version"}),
        choice<&Workload::lifetimes>({.id = "lifetimes", .title = "Tensors live", .group = InputGroup::Run,
            .isOfEveryRun = true, .value = "eager", .choices = {"eager", "last-use", "in-place"}}),
    };
}

/// How it is trained.
std::vector<InputDefinition> trained()
{
    return {
        choice<&Workload::mode>({.id = "mode", .title = "Mode", .group = InputGroup::Mode, .isOfEveryRun = true,
            .value = "inference", .choices = {"inference", "training"},
            .otherNames = "train training inference backward"}),
        name<&Workload::optimizer>({.id = "optimizer", .title = "Optimizer", .group = InputGroup::Mode,
            .isForTraining = true, .isOfEveryRun = true, .value = "adamw",
            .otherNames = "optim optimiser"}),
        name<&Workload::recipe>({.id = "recipe", .title = "State dtypes", .group = InputGroup::Mode,
            .isForTraining = true, .isOfEveryRun = true, .value = "as-is"}),
        name<&Workload::optimizerStep>({.id = "optimizer_step", .title = "Step", .group = InputGroup::Mode,
            .isForTraining = true, .isOfEveryRun = true, .value = "fused", .choices = {"fused", "foreach", "loop"}}),
        choice<&Workload::checkpointing>({.id = "checkpointing", .title = "Checkpointing",
            .group = InputGroup::Mode, .isForTraining = true, .isOfEveryRun = true, .value = "none",
            .choices = {"none", "layers"},
            .otherNames = "gradient_checkpointing activation_checkpointing recompute"}),
        choice<&Workload::autocast>({.id = "autocast", .title = "Autocast", .group = InputGroup::Mode,
            .isForTraining = true, .isOfEveryRun = true, .value = "off", .choices = {"off", "bf16"},
            .otherNames = "amp mixed_precision"}),
        number<&Workload::accumulation>({.id = "accumulation", .title = "Accumulation", .unit = "micro-batches",
            .group = InputGroup::Mode, .isForTraining = true, .isOfEveryRun = true, .value = "1", .minimum = 1,
            .maximum = 1 << 20,
            .otherNames = "gradient_accumulation_steps grad_accum"}),
    };
}

/// How many devices share the work.
std::vector<InputDefinition> shared()
{
    return {
        number<&Workload::dataParallel>({.id = "data_parallel", .title = "Data parallel", .unit = "devices",
            .group = InputGroup::Parallel, .isOfEveryRun = true, .value = "1", .minimum = 1,
            .maximum = mostDevices,
            .otherNames = "dp ddp world_size gpus num_gpus"}),
        number<&Workload::zeroStage>({.id = "zero_stage", .title = "ZeRO stage", .group = InputGroup::Parallel,
            .isForTraining = true, .isOfEveryRun = true, .value = "0", .minimum = 0, .maximum = 3,
            .otherNames = "zero fsdp deepspeed", .scale = InputScale::Linear}),
        choice<&Workload::bucketView>({.id = "gradient_buckets", .title = "DDP buckets",
            .group = InputGroup::Parallel, .isForTraining = true, .isOfEveryRun = true, .value = "copy",
            .choices = {"copy", "view"}}),
        number<&Workload::tensorParallel>({.id = "tensor_parallel", .title = "Tensor parallel", .unit = "devices",
            .group = InputGroup::Parallel, .isOfEveryRun = true, .isFitted = true, .value = "1", .minimum = 1,
            .maximum = mostDevices,
            .otherNames = "tp tp_size gpus num_gpus"}),
        choice<&Workload::sequenceParallel>({.id = "sequence_parallel", .title = "Sequence parallel",
            .group = InputGroup::Parallel, .isOfEveryRun = true, .value = "off", .choices = {"off", "on"},
            .otherNames = "sp"}),
        number<&Workload::pipelineParallel>({.id = "pipeline_parallel", .title = "Pipeline parallel",
            .unit = "stages", .group = InputGroup::Parallel, .isOfEveryRun = true, .isFitted = true, .value = "1",
            .minimum = 1, .maximum = mostDevices,
            .otherNames = "pp pp_size"}),
        number<&Workload::contextParallel>({.id = "context_parallel", .title = "Context parallel",
            .unit = "devices", .group = InputGroup::Parallel, .isOfEveryRun = true, .isFitted = true, .value = "1",
            .minimum = 1, .maximum = mostDevices,
            .otherNames = "cp"}),
        number<&Workload::expertParallel>({.id = "expert_parallel", .title = "Expert parallel", .unit = "devices",
            .group = InputGroup::Parallel, .isOfEveryRun = true, .value = "1", .minimum = 1,
            .maximum = mostDevices,
            .otherNames = "ep"}),
    };
}

std::vector<InputDefinition> hardware()
{
    return {
        name<&Workload::device>({.id = "device", .title = "Device", .group = InputGroup::Device,
            .isOfEveryRun = true, .value = "h100-sxm", .list = "list devices",
            .otherNames = "gpu accelerator hardware"}),
        name<&Workload::preset>({.id = "preset", .title = "Launch", .group = InputGroup::Device,
            .isOfEveryRun = true, .value = "eager",
            .otherNames = "compile torch_compile cuda_graph"}),
    };
}
// clang-format on

const std::vector<InputDefinition>& rows()
{
    static const std::vector<InputDefinition> table = [] {
        std::vector<InputDefinition> all;
        for (const auto group : {sizes, generation, precision, adapted, software, trained, shared, hardware})
            std::ranges::move(group(), std::back_inserter(all));
        return all;
    }();
    return table;
}

} // namespace

std::span<const InputDefinition> inputDefinitions()
{
    return rows();
}

const InputDefinition* inputDefinition(std::string_view id)
{
    return entryNamed(rows(), id);
}

const InputDefinition& definitionOfMember(const void* member)
{
    const auto found = std::ranges::find(rows(), member, &InputDefinition::member);
    assert(found != rows().end());
    return *found;
}

const InputDefinition* definitionOf(const Input& input)
{
    return input.isArgument ? nullptr : inputDefinition(input.id);
}

} // namespace sunflop
