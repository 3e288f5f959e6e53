#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what small models of our own hold of a GPU, in inference and in training steps, as torch.cuda counts it.

usage: memory.py OUTPUT.json         memory.json.gz was made with PyTorch 2.11 and transformers 5.17 on an H200
"""

import gc
import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageClassification

CONFIGS = {
    "qwen3": dict(hidden_size=1024, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=16,
                  num_key_value_heads=8, head_dim=128, vocab_size=32000, tie_word_embeddings=True),
    "mistral": dict(hidden_size=2048, intermediate_size=5632, num_hidden_layers=8, num_attention_heads=16,
                    num_key_value_heads=4, vocab_size=32000, sliding_window=1024),
    "llama": dict(hidden_size=1024, intermediate_size=2816, num_hidden_layers=10, num_attention_heads=16,
                  num_key_value_heads=16, vocab_size=50000),
    "vit": dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, image_size=384,
                patch_size=16),
}

BF16, FP16, FP32 = torch.bfloat16, torch.float16, torch.float32

# model, dtype, attention, batch, tokens, arguments of the forward
INFERENCES = [
    ("qwen3", BF16, "sdpa", 2, 3000, {}),
    ("qwen3", FP16, "eager", 2, 2000, {}),
    ("qwen3", BF16, "eager", 2, 2000, {}),
    ("mistral", BF16, "sdpa", 1, 4096, {}),
    ("mistral", BF16, "eager", 1, 3000, {}),
    ("llama", FP32, "sdpa", 2, 2048, {}),
    ("llama", FP16, "sdpa", 4, 1000, {}),
    ("vit", FP32, "sdpa", 64, 0, {}),
    ("vit", FP16, "eager", 64, 0, {}),
    ("qwen3", BF16, "sdpa", 2, 8000, {"logits_to_keep": 1}),
]

# model, dtype, attention, batch, tokens, checkpointing of layers, autocast to bf16
STEPS = [
    ("qwen3", BF16, "sdpa", 2, 2048, False, False),
    ("qwen3", BF16, "sdpa", 2, 2048, True, False),
    ("qwen3", FP32, "sdpa", 1, 2048, False, True),
    ("qwen3", FP32, "sdpa", 1, 2048, True, True),
    ("mistral", BF16, "eager", 1, 2048, False, False),
    ("mistral", BF16, "sdpa", 1, 2048, False, False),
    ("llama", FP32, "sdpa", 1, 2048, False, False),
    ("llama", FP16, "eager", 1, 2048, False, False),
    ("vit", FP32, "sdpa", 32, 0, False, False),
    ("vit", FP32, "sdpa", 32, 0, False, True),
    ("vit", BF16, "eager", 32, 0, False, False),
]


def build(name, dtype, attention):
    config = AutoConfig.for_model(name, **CONFIGS[name])
    cls = AutoModelForImageClassification if name == "vit" else AutoModelForCausalLM
    torch.set_default_dtype(dtype)
    with torch.device("cuda"):
        model = cls.from_config(config, attn_implementation=attention)
    torch.set_default_dtype(FP32)
    return model.to(dtype)


def inputs(name, batch, tokens, dtype):
    if name == "vit":
        return {"pixel_values": torch.randn(batch, 3, 384, 384, device="cuda", dtype=dtype)}
    return {"input_ids": torch.randint(0, 30000, (batch, tokens), device="cuda")}


def settle():
    """Bytes held once everything has run; the peak starts from there."""
    torch.cuda.synchronize()
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.memory_allocated()


def peak():
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated()


@torch.no_grad()
def infer(name, dtype, attention, batch, tokens, arguments):
    model = build(name, dtype, attention).eval()
    given = inputs(name, batch, tokens, dtype)
    model(**inputs(name, 1, 16, dtype))  # workspaces
    start = settle()
    result = model(**given, **arguments)
    row = dict(peak_over_weights=peak() - start, held_after=torch.cuda.memory_allocated() - start)
    del result
    return dict(what="infer", model=name, dtype=str(dtype), attn=attention, batch=batch, seq=tokens, kw=arguments,
                weights_alloc=start, **row)


def step(name, dtype, attention, batch, tokens, checkpoints, autocast):
    model = build(name, dtype, attention).train()
    if checkpoints:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    given = inputs(name, batch, tokens, dtype)
    if name == "vit":
        given["labels"] = torch.zeros(batch, dtype=torch.long, device="cuda")
    else:
        given |= {"labels": given["input_ids"], "use_cache": False}
    for _ in range(3):  # the first has no optimizer states yet
        start = settle()
        with torch.autocast("cuda", BF16, enabled=autocast):
            loss = model(**given).loss
        row = dict(start=start, fwd_peak=peak(), after_fwd=torch.cuda.memory_allocated())
        torch.cuda.reset_peak_memory_stats()
        loss.backward()
        row["bwd_peak"] = peak()
        del loss
        optimizer.step()
        optimizer.zero_grad()
    return dict(what="train", model=name, dtype=str(dtype), attn=attention, opt="adamw", batch=batch, seq=tokens,
                ckpt=checkpoints, autocast=autocast, **row)


def main():
    rows = [infer(*case) for case in INFERENCES] + [step(*case) for case in STEPS]
    configs = {name: dict(model_type=name, **sizes) for name, sizes in CONFIGS.items()}
    with open(sys.argv[1], "w") as file:
        json.dump(dict(configs=configs, measurements=rows), file, indent=1)


if __name__ == "__main__":
    main()
