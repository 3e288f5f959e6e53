#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saves torchvision's models as TorchScript, with weights that take neither memory nor room: each is one stored zero that
stands for all its elements.

usage: save.py TORCHVISION.json FOLDER [--trace] [NAME...]
For every published model that this torchvision has too, or those named, prints one line of JSON: name, input size, the
file, and whether it was scripted or traced; or why it could not be saved. --trace runs each model, which takes minutes.
"""

import argparse
import json
import pathlib
import warnings

import torch
import torchvision
from torchvision.models import get_model, list_models


def without_values(*arguments, **options):
    return arguments[0] if arguments else options["tensor"]


def leave_uninitialised():
    """Memory that nobody writes to is never taken from the machine."""
    for name in ("uniform_", "normal_", "trunc_normal_", "kaiming_uniform_", "kaiming_normal_", "xavier_uniform_",
                 "xavier_normal_"):
        setattr(torch.nn.init, name, without_values)


def build(row):
    options = {"weights": None}
    if row["kind"] == "segmentation":
        options |= {"weights_backbone": None}
        options |= {"num_classes": 21} | ({} if row["name"].startswith("lraspp") else {"aux_loss": True})
    if row["name"] in ("googlenet", "inception_v3"):
        options |= {"init_weights": False, "aux_logits": row["name"] == "inception_v3"}
    if row["name"].startswith("vit_"):
        options |= {"image_size": row["input"][-1]}
    model = get_model(row["name"], **options).eval()
    for module in model.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            zero = torch.zeros(1, dtype=parameter.dtype).expand(parameter.shape)
            setattr(module, name, torch.nn.Parameter(zero))  # of frozen ones attention takes another path
    return model


def save(row, folder, traces):
    """A scripted model takes any size that the model does."""
    size = "x".join(map(str, row["input"]))
    fixed = traces or row["name"].startswith("vit_")
    path = folder / ("_".join([row["name"], *([size] if fixed else []), "trace" if traces else "script"]) + ".pt")
    if not path.exists():
        model = build(row)
        program = torch.jit.trace(model, torch.zeros(row["input"]), check_trace=False, strict=False) if traces \
            else torch.jit.script(model)
        program.save(str(path))
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("published", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--trace", action="store_true")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    leave_uninitialised()
    known = set(list_models())
    print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__}), flush=True)
    for row in json.loads(chosen.published.read_text(encoding="utf-8"))["models"]:
        if row["name"] not in (chosen.names or known):
            continue
        line = {"name": row["name"], "weights": row["weights"]}
        try:
            line["file"] = str(save(row, chosen.folder, chosen.trace))
        except Exception as error:
            line["error"] = f"{type(error).__name__}: {error}"[:400]
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
