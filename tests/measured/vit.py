#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures small vision transformers with transformers and PyTorch's FlopCounterMode: module trees, and FLOPs per module
at the model's own image size and, with interpolate_pos_encoding, at others.

usage: vit.py OUTPUT.json            vit.json.gz was made with PyTorch 2.11 and transformers 5.17
Needs a GPU: FlopCounterMode has no formula for the CPU's fused attention and counts it as zero.
"""

import json
import sys

import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

SIZES = dict(model_type="vit", hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=6,
             image_size=32, patch_size=8)

CLASSIFIER = "ViTForImageClassification"

MODELS = {
    "vit, two labels": dict(architectures=[CLASSIFIER]),
    "vit, five labels by number, no qkv bias": dict(architectures=[CLASSIFIER], num_labels=5, qkv_bias=False),
    "vit, three labels by name, one channel": dict(
        architectures=[CLASSIFIER], id2label={"0": "cat", "1": "dog", "2": "owl"}, num_channels=1),
    "vit, no labels": dict(architectures=[CLASSIFIER], num_labels=0),
    "vit, a rest beside the patches": dict(architectures=[CLASSIFIER], image_size=45, patch_size=6),
    "vit, relu and dropout": dict(
        architectures=[CLASSIFIER], hidden_act="relu", hidden_dropout_prob=0.25, layer_norm_eps=1e-6),
    "vit, pooled": dict(architectures=["ViTModel"]),
    "vit, pooled to another width": dict(
        architectures=["ViTModel"], hidden_act="gelu_pytorch_tanh", pooler_output_size=20, pooler_act="relu"),
}


def flops(call, name):
    """FLOPs per module path of whatever call() runs; the model itself has the empty path."""
    with FlopCounterMode(display=False) as counter:
        call()
    return {path.removeprefix(name).lstrip("."): int(sum(by_operator.values()))
            for path, by_operator in counter.get_flop_counts().items() if path != "Global"}


def runs(model, config):
    """Runs as [inputs for --set, FLOPs per module]."""
    name = type(model).__name__
    own = torch.zeros(2, config.num_channels, config.image_size, config.image_size, device="cuda")
    yield dict(batch=2), flops(lambda: model(own), name)
    for width, height in ((64, 40), (35, 27), (8, 8)):
        pixels = torch.zeros(1, config.num_channels, height, width, device="cuda")
        yield (dict(image_width=width, image_height=height),
               flops(lambda: model(pixels, interpolate_pos_encoding=True), name))


def measure(settings):
    keys = {**SIZES, **settings}
    config = transformers.AutoConfig.for_model(**keys)
    measured = {"config": keys, "tree": {}, "runs": []}
    for kernel in ("eager", "sdpa"):
        kind = getattr(transformers, keys["architectures"][0])
        model = kind._from_config(config, attn_implementation=kernel).to("cuda").eval()
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
