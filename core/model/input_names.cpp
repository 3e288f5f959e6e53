// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/input_names.h"

#include "core/base/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace sunflop {

namespace {

constexpr std::string_view command = "list inputs";

constexpr Synonym synonyms[] = {
    {"bs", "batch"},
    {"batch_size", "batch"},
    {"micro_batch_size", "batch"},
    {"mbs", "batch"},
    {"num_sequences", "batch"},
    {"max_num_seqs", "batch"},
    {"concurrency", "batch"},
    {"samples", "batch"},
    {"tokens", "text_tokens"},
    {"num_tokens", "text_tokens"},
    {"seq_len", "text_tokens"},
    {"seq_length", "text_tokens"},
    {"sequence_length", "text_tokens"},
    {"max_length", "text_tokens"},
    {"max_seq_len", "text_tokens"},
    {"max_model_len", "text_tokens"},
    {"max_position_embeddings", "text_tokens"},
    {"context", "text_tokens"},
    {"context_length", "text_tokens"},
    {"context_size", "text_tokens"},
    {"ctx_size", "text_tokens"},
    {"n_ctx", "text_tokens"},
    {"length", "text_tokens"},
    {"prompt", "text_tokens"},
    {"prompt_tokens", "text_tokens"},
    {"prompt_length", "text_tokens"},
    {"prefill", "text_tokens"},
    {"input_tokens", "text_tokens"},
    {"input_length", "text_tokens"},
    {"input_len", "text_tokens"},
    {"isl", "text_tokens"},
    {"max_new_tokens", "new_tokens"},
    {"output_tokens", "new_tokens"},
    {"output_length", "new_tokens"},
    {"output_len", "new_tokens"},
    {"osl", "new_tokens"},
    {"generated_tokens", "new_tokens"},
    {"gen_len", "new_tokens"},
    {"completion_tokens", "new_tokens"},
    {"decode_steps", "new_tokens"},
    {"n_predict", "new_tokens"},
    {"past_length", "cached_tokens"},
    {"past_key_values", "cached_tokens"},
    {"past_tokens", "cached_tokens"},
    {"prefix_tokens", "cached_tokens"},
    {"kv_len", "cached_tokens"},
    {"cache_length", "cached_tokens"},
    {"resolution", "image_size"},
    {"img_size", "image_size"},
    {"input_size", "image_size"},
    {"crop_size", "image_size"},
    {"resolution", "image_width"},
    {"image_size", "image_width"},
    {"img_size", "image_width"},
    {"input_size", "image_width"},
    {"crop_size", "image_width"},
    {"width", "image_width"},
    {"resolution", "image_height"},
    {"image_size", "image_height"},
    {"img_size", "image_height"},
    {"input_size", "image_height"},
    {"crop_size", "image_height"},
    {"height", "image_height"},
    {"num_images", "images"},
    {"image_count", "images"},
    {"patches", "tiles"},
    {"crops", "tiles"},
    {"num_tiles", "tiles"},
    {"num_patches", "tiles"},
    {"max_dynamic_patch", "tiles"},
    {"max_partition", "tiles"},
    {"attn", "attention"},
    {"attn_implementation", "attention"},
    {"attention_backend", "attention"},
    {"flash_attention", "attention"},
    {"flash_attn", "attention"},
    {"sdpa", "attention"},
    {"kernel", "attention"},
    {"logits_to_keep", "logits"},
    {"num_logits_to_keep", "logits"},
    {"transformers_version", "transformers"},
    {"version", "transformers"},
    {"dtype", "weight_dtype"},
    {"torch_dtype", "weight_dtype"},
    {"precision", "weight_dtype"},
    {"quantization", "weight_dtype"},
    {"quantization_config", "weight_dtype"},
    {"quantisation", "weight_dtype"},
    {"quant", "weight_dtype"},
    {"bits", "weight_dtype"},
    {"load_in_4bit", "weight_dtype"},
    {"load_in_8bit", "weight_dtype"},
    {"weights", "weight_dtype"},
    {"dtype", "activation_dtype"},
    {"compute_dtype", "activation_dtype"},
    {"activations", "activation_dtype"},
    {"kv_cache_dtype", "kv_dtype"},
    {"cache_dtype", "kv_dtype"},
    {"cache_type_k", "kv_dtype"},
    {"use_cache", "kv_cache"},
    {"cache", "kv_cache"},
    {"cache_implementation", "kv_cache"},
    {"train", "mode"},
    {"training", "mode"},
    {"inference", "mode"},
    {"backward", "mode"},
    {"freeze", "trainable"},
    {"frozen", "trainable"},
    {"requires_grad", "input_gradients"},
    {"input_grad", "input_gradients"},
    {"lora", "lora_rank"},
    {"lora_r", "lora_rank"},
    {"rank", "lora_rank"},
    {"optim", "optimizer"},
    {"optimiser", "optimizer"},
    {"gradient_checkpointing", "checkpointing"},
    {"activation_checkpointing", "checkpointing"},
    {"recompute", "checkpointing"},
    {"amp", "autocast"},
    {"mixed_precision", "autocast"},
    {"gradient_accumulation_steps", "accumulation"},
    {"grad_accum", "accumulation"},
    {"dp", "data_parallel"},
    {"ddp", "data_parallel"},
    {"world_size", "data_parallel"},
    {"gpus", "data_parallel"},
    {"num_gpus", "data_parallel"},
    {"zero", "zero_stage"},
    {"fsdp", "zero_stage"},
    {"deepspeed", "zero_stage"},
    {"tp", "tensor_parallel"},
    {"tp_size", "tensor_parallel"},
    {"gpus", "tensor_parallel"},
    {"num_gpus", "tensor_parallel"},
    {"sp", "sequence_parallel"},
    {"pp", "pipeline_parallel"},
    {"pp_size", "pipeline_parallel"},
    {"cp", "context_parallel"},
    {"ep", "expert_parallel"},
    {"gpu", "device"},
    {"accelerator", "device"},
    {"hardware", "device"},
    {"compile", "preset"},
    {"torch_compile", "preset"},
    {"cuda_graph", "preset"},
};

} // namespace

std::string expectedInput(std::string_view id, std::span<const std::string_view> known)
{
    return expectedName(id, known, command, synonyms);
}

std::string expectedInput(std::string_view id, std::span<const Input> offered)
{
    std::vector<std::string_view> known;
    std::vector<std::string_view> arguments;
    for (const Input& input : offered) {
        known.emplace_back(input.id);
        if (input.isArgument)
            arguments.emplace_back(input.id);
    }
    if (arguments.empty() || !nearestNames(id, known, 1, synonyms).empty())
        return expectedInput(id, known);
    constexpr std::size_t few = 2;
    arguments.resize(std::min(arguments.size(), few));
    return fmt::format("expected one such as {}; \"sunflop {}\" prints all", fmt::join(arguments, " or "),
                       command);
}

} // namespace sunflop
