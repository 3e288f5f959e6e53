#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects what torchvision publishes of its classification, segmentation and video models (parameters, GMACs of a forward
at the input that the weights are for) and what PyTorch's FlopCounterMode counts there, on the meta device.

usage: published.py TORCHVISION.json [OPERATORS.txt]     torchvision.json was made with PyTorch 2.11 and torchvision 0.26
OPERATORS.txt lists the operators of all exported, decomposed, scripted and traced graphs, most frequent first.
"""

import collections
import concurrent.futures
import json
import sys
import warnings

import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model, get_model_weights, list_models

KINDS = {"classification": torchvision.models, "segmentation": torchvision.models.segmentation,
         "video": torchvision.models.video}


def inputs(kind, weights):
    """Candidate shapes: what the published figure does not say is the number of frames."""
    transforms = weights.transforms()
    crop = getattr(transforms, "crop_size", None) or getattr(transforms, "resize_size")
    height, width = (crop[0], crop[-1])
    if kind == "segmentation":
        return [[1, 3, width, width]]
    if kind == "video":
        return [[1, 3, frames, height, width] for frames in (16, 32, 128)]
    return [[1, 3, height, width]]


def build(name, weights):
    options = {"num_classes": len(weights.meta["categories"] or range(1000))}
    if "segmentation" in weights.__module__:
        options |= {"weights_backbone": None} | ({} if name.startswith("lraspp") else {"aux_loss": True})
    if name in ("googlenet", "inception_v3"):
        options |= {"init_weights": False, "aux_logits": name == "inception_v3"}
    if name.startswith("vit_"):
        options |= {"image_size": weights.transforms().crop_size[0]}
    # RegNet computes its widths with tensors, which need values.
    with torch.device("cpu" if name.startswith("regnet") else "meta"):
        return get_model(name, **options).to("meta").eval()


def flops(model, shape):
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(shape, device="meta"))
    counts = {path: int(sum(by_operator.values())) for path, by_operator in counter.get_flop_counts().items()}
    return counter.get_total_flops(), counts


def measure(job):
    kind, name, entry = job
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    weights = get_model_weights(name)[entry]
    model = build(name, weights)
    published = weights.meta.get("_ops")
    found = []
    for shape in inputs(kind, weights):
        try:
            total, modules = flops(model, shape)
        except Exception as error:
            found.append((float("inf"), shape, None, str(error)[:200]))
            continue
        found.append((abs(total / 2e9 - (published or 0)), shape, total, modules))
    _, shape, total, modules = min(found, key=lambda row: row[0])
    return {"name": name, "kind": kind, "weights": entry, "published_params": weights.meta["num_params"],
            "params": sum(p.numel() for p in model.parameters()), "published_gmacs": published, "input": shape,
            "flops": total}, operators(model, shape)


def called(graph_module):
    return [str(node.target) for node in graph_module.graph.nodes if node.op == "call_function"]


def scripted(graph):
    for node in graph.nodes():
        if node.kind().startswith("prim::"):
            for block in node.blocks():
                yield from scripted(block)
        else:
            name = node.schema().split("(")[0] if node.schema() != "(no schema)" else node.kind()
            yield "script " + name
            for block in node.blocks():
                yield from scripted(block)


def operators(model, shape):
    names = collections.Counter()
    example = (torch.empty(shape, device="meta"),)

    def exported():
        program = torch.export.export(model, example)
        names.update("export " + name for name in called(program.graph_module))
        names.update("decomposed " + name for name in called(program.run_decompositions().graph_module))

    def script():
        graph = torch.jit.script(model).inlined_graph
        names.update(scripted(graph))

    def trace():
        if sum(p.numel() for p in model.parameters()) > 100_000_000:
            return
        real = model.to_empty(device="cpu")
        for tensor in [*real.parameters(), *real.buffers()]:
            tensor.data.zero_()
        graph = torch.jit.trace(real, torch.zeros(shape), check_trace=False, strict=False).inlined_graph
        names.update(name.replace("script", "trace", 1) for name in scripted(graph))

    for step in (exported, script, trace):
        try:
            step()
        except Exception as error:
            names["failed " + step.__name__ + " " + type(error).__name__ + " " + str(error).strip()[:120].replace("\n", " ")] += 1
    return dict(names)


def main():
    jobs = [(kind, name, entry.name) for kind, module in KINDS.items() for name in list_models(module)
            for entry in get_model_weights(name)]
    rows, names = [], collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(14) as pool:
        futures = [(job, pool.submit(measure, job)) for job in jobs]
        for job, future in futures:
            try:
                row, called_names = future.result(timeout=420)
                rows.append(row)
                names.update(called_names)
            except Exception as error:
                print("FAILED", job, type(error).__name__, str(error)[:300], flush=True)
    document = {"torch": torch.__version__, "torchvision": torchvision.__version__, "models": rows}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.writelines(f"{count} {name}\n" for name, count in names.most_common())


if __name__ == "__main__":
    main()
