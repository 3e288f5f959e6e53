#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures small decoders with transformers and PyTorch's FlopCounterMode: module trees, and FLOPs per module of plain
forwards, forwards behind a cache, single decode steps past a sliding window, and whole generations.

usage: decoders.py OUTPUT.json       decoders.json.gz was made with PyTorch 2.11 and transformers 5.17
Needs a GPU: FlopCounterMode has no formula for the CPU's fused attention and counts it as zero.
"""

import json
import sys

import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

SIZES = dict(hidden_size=48, intermediate_size=80, num_hidden_layers=4, num_attention_heads=6,
             num_key_value_heads=2, vocab_size=101, max_position_embeddings=512)

MODELS = {
    "llama, biases, wide heads, padding": dict(
        model_type="llama", attention_bias=True, mlp_bias=True, head_dim=16, pad_token_id=3),
    "llama, as many key as query heads, tied": dict(
        model_type="llama", num_key_value_heads=None, tie_word_embeddings=True),
    "llama, relu": dict(model_type="llama", hidden_act="relu"),
    "llama, swish": dict(model_type="llama", hidden_act="swish"),
    "llama, tanh gelu": dict(model_type="llama", hidden_act="gelu_pytorch_tanh"),
    "mistral, every layer slides": dict(model_type="mistral", sliding_window=8),
    "mistral, no window": dict(model_type="mistral", sliding_window=None, head_dim=12),
    "qwen2": dict(model_type="qwen2"),
    "qwen2, gelu": dict(model_type="qwen2", hidden_act="gelu"),
    "qwen2, upper layers slide": dict(
        model_type="qwen2", use_sliding_window=True, sliding_window=8, max_window_layers=2),
    "qwen3, biases, narrow heads": dict(model_type="qwen3", head_dim=10, attention_bias=True),
    "qwen3, layers listed": dict(
        model_type="qwen3", head_dim=8, use_sliding_window=True, sliding_window=8,
        layer_types=["full_attention", "sliding_attention", "sliding_attention", "full_attention"]),
}


def flops(call):
    """FLOPs per module path of whatever call() runs; the model itself has the empty path."""
    with FlopCounterMode(display=False) as counter:
        call()
    counts = {}
    for name, by_operator in counter.get_flop_counts().items():
        if name != "Global":
            path = name.split("ForCausalLM", 1)[-1].lstrip(".")
            counts[path] = int(sum(by_operator.values()))
    return counts


def runs(model, config):
    """Runs as [inputs for --set, FLOPs per module]."""
    tokens = torch.arange(26, device="cuda").reshape(2, 13)
    yield dict(batch=2, text_tokens=13), flops(lambda: model(tokens))

    cache = transformers.DynamicCache(config=config)
    model(tokens[:1, :11], past_key_values=cache)
    yield (dict(cached_tokens=11, text_tokens=5),
           flops(lambda: model(tokens[:1, :5], past_key_values=cache)))

    cache = transformers.DynamicCache(config=config)
    model(tokens[:1, :5], past_key_values=cache)
    for step in range(6):
        yield (dict(cached_tokens=5 + step, text_tokens=1),
               flops(lambda: model(tokens[:1, step:step + 1], past_key_values=cache)))

    prompt = tokens[:, :6]
    yield (dict(batch=2, text_tokens=6, new_tokens=7),
           flops(lambda: model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
                                        max_new_tokens=7, min_new_tokens=7)))


def measure(settings):
    keys = {**SIZES, **settings}
    config = transformers.AutoConfig.for_model(**keys)
    measured = {"config": keys, "tree": {}, "runs": []}
    for kernel in ("eager", "sdpa"):
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation=kernel)
        model = model.to("cuda").eval()
        measured["tree"] = {
            path: [type(module).__name__, sum(p.numel() for p in module.parameters()), module.extra_repr()]
            for path, module in model.named_modules()}
        with torch.no_grad():
            for inputs, counts in runs(model, config):
                measured["runs"].append([{"attention": kernel, **inputs}, counts])
    return measured


def main():
    document = {"torch": torch.__version__, "transformers": transformers.__version__,
                "models": {name: measure(settings) for name, settings in MODELS.items()}}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(document, file)


if __name__ == "__main__":
    main()
